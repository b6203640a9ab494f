import type { ExampleItem, ExampleList, MarkedWord } from '../report/runReport.ts';
import type { Prepared } from '../tasks/prepared.ts';
import type { Trained } from './fit.ts';
import type { Judged } from './run.ts';

const each = 6;

/** How wrong each row's answer is: the surprise at the truth, or the distance from it. */
const errorsOf = ({ task, classes }: Prepared, { truth, answers }: Judged): Float64Array => {
  const count = classes.length;
  if (task === 'regression') return Float64Array.from(truth, (value, row) => Math.abs(value - (answers[row] as number)));
  const surprise = (chance: number): number => -Math.log(Math.max(1e-9, chance));
  if (task === 'classification') return Float64Array.from(truth, (label, row) => surprise(answers[row * count + label] as number));
  return Float64Array.from({ length: truth.length / count }, (_, row) => {
    let sum = 0;
    for (let place = row * count; place < (row + 1) * count; place++)
      sum += surprise((truth[place] as number) > 0.5 ? (answers[place] as number) : 1 - (answers[place] as number));
    return sum / count;
  });
};

/** The largest chance of a row's classes less the second: how sure the answer is. */
const marginsOf = (answers: Float64Array, count: number): Float64Array =>
  Float64Array.from({ length: answers.length / count }, (_, row) => {
    const [first = 0, second = 0] = Array.from(answers.subarray(row * count, (row + 1) * count)).sort((a, b) => b - a);
    return first - second;
  });

const shown = (value: number): string => String(Number(value.toPrecision(5)));

/** What is true of a row, and what the model says. */
const answerOf = (
  { task, classes }: Prepared,
  { truth, answers }: Judged,
  row: number,
): Pick<ExampleItem, 'truth' | 'answer' | 'confidence'> => {
  const count = classes.length;
  if (task === 'regression') return { truth: shown(truth[row] as number), answer: shown(answers[row] as number) };
  const chances = answers.subarray(row * count, (row + 1) * count);
  if (task === 'multiLabel') {
    const names = (values: Float64Array): string => classes.filter((_, place) => (values[place] as number) > 0.5).join(', ') || 'none';
    return { truth: names(truth.subarray(row * count, (row + 1) * count)), answer: names(chances) };
  }
  const best = chances.reduce((top, value, place) => (value > (chances[top] as number) ? place : top), 0);
  return { truth: classes[truth[row] as number] as string, answer: classes[best] as string, confidence: chances[best] as number };
};

/** How much each word of a row's text raises the chance of the answer: what is lost without it. */
const wordsOf = async (prepared: Prepared, { net }: Trained, row: number): Promise<readonly MarkedWord[] | undefined> => {
  if (prepared.withoutWords === undefined || prepared.task !== 'classification') return undefined;
  const { words, x } = prepared.withoutWords(row);
  const chances = await prepared.answers(net, x);
  const count = prepared.classes.length;
  const whole = chances.subarray(0, count);
  const best = whole.reduce((top, value, place) => (value > (whole[top] as number) ? place : top), 0);
  return words.map((text, index) => ({ text, weight: (whole[best] as number) - (chances[(index + 1) * count + best] as number) }));
};

/** The worst, the surest and the least sure answers, for people to look at. */
export const examplesOf = async (prepared: Prepared, best: Trained, judged: Judged): Promise<readonly ExampleList[]> => {
  const errors = errorsOf(prepared, judged);
  const places = Array.from(errors.keys());
  const worst = places.toSorted((a, b) => (errors[b] as number) - (errors[a] as number)).slice(0, each);
  const surest = places.toSorted((a, b) => (errors[a] as number) - (errors[b] as number)).slice(0, each);
  const lists: { title: string; rows: readonly number[] }[] = [
    { title: 'Most wrong', rows: worst },
    { title: prepared.task === 'regression' ? 'Closest' : 'Most typical', rows: surest },
  ];
  if (prepared.task === 'classification') {
    const margins = marginsOf(judged.answers, prepared.classes.length);
    lists.push({ title: 'Least sure', rows: places.toSorted((a, b) => (margins[a] as number) - (margins[b] as number)).slice(0, each) });
  }
  const item = async (row: number): Promise<ExampleItem> => {
    const { caption, image, audio, text, cells } = prepared.example(row);
    const words =
      text === undefined ? undefined : ((await wordsOf(prepared, best, row)) ?? text.split(/\s+/).map(word => ({ text: word, weight: 0 })));
    return {
      ...{ caption, ...answerOf(prepared, judged, row) },
      ...(image === undefined ? {} : { image }),
      ...(audio === undefined ? {} : { audio }),
      ...(words === undefined ? {} : { words }),
      ...(cells === undefined ? {} : { cells: Object.fromEntries(cells) }),
    };
  };
  return Promise.all(lists.map(async ({ title, rows }) => ({ title, items: await Promise.all(rows.map(item)) })));
};
