import { averagePrecision, confusionMatrixChart, formatShare, formatValue, mostConfusionClasses, rocArea } from '../../plot/index.ts';
import { clipped, folded, paragraph, sideBySide, table, warning, wideFigure } from './html.ts';
import { classColumn, type Judged } from './judged.ts';
import type { RunReport, Section } from './runReport.ts';

interface ClassFigures {
  readonly label: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
  readonly area: number;
  readonly averagePrecision: number;
}

/** Areas cost a sort for each class. */
const mostWithAreas = 200;
const mostListed = 40;
/** Beside a matrix, and without one. */
const [fewMistakes, mostMistakes] = [10, 20];

/** Of each class: what the model takes for it, and what of it the model finds; with several labels a row from a probability of one half. */
const figuresOf = (judged: Judged): ClassFigures[] => {
  const { classes, truth, predictions, probabilities, rows } = judged;
  const counts = classes.map(() => ({ hits: 0, truths: 0, guesses: 0 }));
  const note = (label: number, isTrue: boolean, isGuess: boolean): void => {
    const count = counts[label] as (typeof counts)[number];
    if (isTrue) count.truths++;
    if (isGuess) count.guesses++;
    if (isTrue && isGuess) count.hits++;
  };
  for (let row = 0; row < rows; row++) {
    if (predictions.length === 0)
      classes.forEach((_, label) =>
        note(label, truth[row * classes.length + label] === 1, (probabilities?.[row * classes.length + label] as number) >= 0.5),
      );
    else {
      note(truth[row] as number, true, truth[row] === predictions[row]);
      if (truth[row] !== predictions[row]) note(predictions[row] as number, false, true);
    }
  }
  return counts.map(({ hits, truths, guesses }, label) => {
    const hasBoth = truths > 0 && truths < rows;
    const column = probabilities !== undefined && hasBoth && classes.length <= mostWithAreas ? classColumn(judged, label) : undefined;
    return {
      label,
      precision: guesses === 0 ? Number.NaN : hits / guesses,
      recall: truths === 0 ? Number.NaN : hits / truths,
      f1: truths + guesses === 0 ? Number.NaN : (2 * hits) / (truths + guesses),
      support: truths,
      area: column === undefined ? Number.NaN : rocArea(column.truth, column.scores),
      averagePrecision: column === undefined ? Number.NaN : averagePrecision(column.truth, column.scores),
    };
  });
};

const shown = (value: number): string => (Number.isNaN(value) ? '–' : value.toFixed(3));

/** A number with a line below it that is as long as the number is large. */
const barred = (value: number): { html: string } => ({
  html: `<span class="share" style="--share:${Number.isNaN(value) ? 0 : value.toFixed(3)}">${shown(value)}</span>`,
});

const classTable = (judged: Judged): string => {
  const all = figuresOf(judged);
  const hasAreas = all.some(({ area }) => !Number.isNaN(area));
  const head = ['Class', 'precision', 'recall', 'F1', ...(hasAreas ? ['area under ROC', 'average precision'] : []), 'rows'];
  const rowOf = (one: ClassFigures): (string | { html: string })[] => [
    clipped(judged.classes[one.label] as string, 60),
    shown(one.precision),
    shown(one.recall),
    barred(one.f1),
    ...(hasAreas ? [shown(one.area), shown(one.averagePrecision)] : []),
    formatValue(one.support),
  ];
  const present = all.filter(({ support }) => support > 0);
  const mean = (pick: (one: ClassFigures) => number): number => {
    const values = present.map(pick).filter(value => !Number.isNaN(value));
    return values.reduce((sum, value) => sum + value / values.length, values.length === 0 ? Number.NaN : 0);
  };
  // A class that is never guessed has no precision of its own, but its mean counts it as 0, as scikit-learn does.
  const means = [
    'Mean of the classes',
    shown(mean(one => (Number.isNaN(one.precision) ? 0 : one.precision))),
    shown(mean(one => one.recall)),
    barred(mean(one => one.f1)),
    ...(hasAreas ? [shown(mean(one => one.area)), shown(mean(one => one.averagePrecision))] : []),
    formatValue(all.reduce((sum, { support }) => sum + support, 0)),
  ];
  if (all.length <= mostListed) return table({ caption: 'Each class', head, rows: [...all.map(rowOf), means], strong: all.length });
  const worst = present.toSorted((a, b) => a.f1 - b.f1).slice(0, 25);
  const rest = table({ caption: `All ${all.length} classes`, head, rows: all.slice(0, 2000).map(rowOf) });
  return (
    table({ caption: 'The classes with the lowest F1', head, rows: [...worst.map(rowOf), means], strong: worst.length }) +
    folded(`All ${formatValue(all.length)} classes`, rest)
  );
};

const matrixOf = ({ classes, truth, predictions }: Judged): number[][] => {
  const matrix = classes.map(() => classes.map(() => 0));
  truth.forEach((label, row) => {
    const line = matrix[label] as number[];
    const guess = predictions[row] as number;
    line[guess] = (line[guess] as number) + 1;
  });
  return matrix;
};

/** The pairs of classes that are mixed up most often. */
const mistakesTable = ({ classes, truth, predictions }: Judged): string => {
  const counts = new Map<string, number>();
  const supports = new Map<number, number>();
  truth.forEach((label, row) => {
    supports.set(label, (supports.get(label) ?? 0) + 1);
    if (label === predictions[row]) return;
    const key = `${label} ${predictions[row]}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  if (counts.size === 0) return paragraph('No row is wrong.');
  const rows = [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, classes.length > mostConfusionClasses ? mostMistakes : fewMistakes)
    .map(([key, count]) => {
      const [label, guess] = key.split(' ').map(Number) as [number, number];
      return [
        clipped(classes[label] as string, 60),
        clipped(classes[guess] as string, 60),
        formatValue(count),
        formatShare(count / (supports.get(label) as number)),
      ];
    });
  return table({ caption: 'The commonest mistakes', head: ['Is', 'was taken for', 'times', 'of its rows'], rows, words: [1] });
};

/** What is wrong that no picture shows. */
export const brokenWarning = ({ broken, rows }: Judged): string =>
  broken === 0
    ? ''
    : warning(
        `the answer is no number for ${formatValue(broken)} of ${formatValue(broken + rows)} rows, which are left out here. The model is damaged, or its inputs are.`,
      );

/** Confusion matrix or commonest mistakes, and figures of each class. */
export const classesSection = (report: RunReport, judged: Judged | undefined): Section | undefined => {
  if (judged === undefined || report.task === 'regression' || judged.rows + judged.broken === 0) return undefined;
  const side: string[] = [];
  if (report.task === 'classification' && judged.rows > 0) {
    if (judged.classes.length <= mostConfusionClasses) {
      const chart = confusionMatrixChart({ title: 'Confusion matrix', names: judged.classes, matrix: matrixOf(judged), width: 440 });
      const caption = 'The darker a cell, the larger its share of the row; what is right stands in the framed diagonal.';
      side.push(wideFigure('Confusion matrix', chart, caption));
    }
    if (judged.classes.length > 2) side.push(mistakesTable(judged));
  }
  if (judged.rows > 0) side.push(classTable(judged));
  const note =
    report.task === 'multiLabel'
      ? paragraph('Each label is judged by itself; one with a probability of one half or more counts as given.')
      : '';
  return { id: 'classes', title: 'What it gets right and wrong', html: brokenWarning(judged) + note + sideBySide(side) };
};
