import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { type Model, random, type Tensor } from '../../index.ts';
import { weightsByPath } from '../export.ts';
import { writeWhole } from '../files.ts';
import { reportPage } from '../report/page.ts';
import type { LayerValues, RunReport } from '../report/runReport.ts';
import type { Settings } from '../settings.ts';
import type { Plan, Prepared } from '../tasks/prepared.ts';
import { examplesOf } from './examples.ts';
import type { Run, Trained } from './fit.ts';
import type { Judged } from './run.ts';
import { mainFigure, type Scores, scoresFor } from './scores.ts';

export interface ReportFacts {
  readonly run: Run;
  readonly folder: string;
  readonly best: Trained;
  readonly kept: string;
  readonly test: Readonly<Record<string, Scores>>;
  readonly judged: Judged;
  readonly rates: readonly { readonly rate: number; readonly loss: number }[];
  readonly plan: Plan;
  readonly seconds: number;
}

/** What takes too long, or too much room on the page, is left out beyond these. */
const [mostColumns, repeats, mostValues, mostLayers, tracedRows] = [40, 3, 20_000, 40, 64];

/** How much the main figure falls when a column's values are shuffled among the rows for the end (Breiman 2001). */
const importanceOf = async ({ run, best, judged }: ReportFacts): Promise<RunReport['importance']> => {
  const { prepared, settings } = run;
  const { shuffledColumns, task, classes } = prepared;
  if (shuffledColumns === undefined) return undefined;
  const names = shuffledColumns.names.slice(0, mostColumns);
  const figure = mainFigure[task];
  const rows = prepared.test.rows.length;
  const orders: number[][] = [];
  for (let repeat = 0; repeat < repeats; repeat++)
    orders.push(Array.from(await random.permutation(rows, { seed: settings.seed + repeat }).data()));
  const [means, deviations]: [number[], number[]] = [[], []];
  for (const name of names) {
    const falls: number[] = [];
    for (const order of orders) {
      const answers = await prepared.answers(best.net, shuffledColumns.encode(name, order));
      falls.push((judged.scores[figure] as number) - (scoresFor(task, judged.truth, answers, classes.length)[figure] as number));
    }
    const mean = falls.reduce((a, b) => a + b, 0) / repeats;
    means.push(mean);
    deviations.push(Math.sqrt(falls.reduce((sum, fall) => sum + (fall - mean) ** 2, 0) / repeats));
  }
  return { names, means, deviations, figure, repeats };
};

/** Values spread evenly over a tensor, not more than are worth drawing. */
const sampled = async (name: string, value: Tensor): Promise<LayerValues> => {
  const all = await value.cast('float32').data();
  const step = Math.max(1, Math.ceil(all.length / mostValues));
  return {
    name,
    values: step === 1 ? all : Float32Array.from({ length: Math.floor(all.length / step) }, (_, index) => all[index * step] as number),
  };
};

const valuesOf = async (tensors: Readonly<Record<string, Tensor>>): Promise<readonly LayerValues[]> => {
  const found: LayerValues[] = [];
  for (const [name, value] of Object.entries(tensors).slice(0, mostLayers)) if (value.size > 1) found.push(await sampled(name, value));
  return found;
};

/** What each layer makes of some rows for the end. */
const activationsOf = async ({ test }: Prepared, { net }: Trained): Promise<readonly LayerValues[]> => {
  const rows = Math.min(tracedRows, test.rows.length);
  const some = test.x.map(x => x.slice([0], [rows]));
  const layers = new Set(net.describe().flatMap(({ name, kind }) => (kind === 'input' ? [] : [name])));
  const trace = await net.trace(some.length === 1 ? (some[0] as Tensor) : some);
  return valuesOf(Object.fromEntries(Object.entries(trace).filter(([name]) => layers.has(name))));
};

/** The network as nodes and edges. */
export const drawingOf = (net: Model): NonNullable<RunReport['network']> => {
  const nodes = net.describe();
  return {
    nodes: nodes.map(({ name, kind, shape, parameters }) => ({ id: name, name, kind, shape, parameters })),
    edges: nodes.flatMap(({ name, inputs }) => inputs.map(from => [from, name] as const)),
  };
};

/** The command that gives the run again. */
export const commandOf = (settings: Settings): string => {
  const names = { batchSize: 'batch-size', learningRate: 'learning-rate', mixedPrecision: 'mixed-precision' } as const;
  const quoted = (value: unknown): string =>
    /^[\w./:-]+$/.test(String(value)) ? String(value) : `'${String(value).replaceAll("'", "'\\''")}'`;
  const { data, reproducible, found: _, columns = {}, ...rest } = settings;
  const flags = Object.entries(rest).map(([name, value]) => {
    const shown = name === 'task' && value === 'multiLabel' ? 'multi-label' : value;
    return `--${name in names ? names[name as keyof typeof names] : name} ${quoted(shown)}`;
  });
  const kinds = Object.entries(columns).map(([name, kind]) => `--column ${quoted(`${name}=${kind}`)}`);
  return ['gradus train', quoted(data), ...flags, ...kinds, ...(reproducible ? ['--reproducible'] : [])].join(' ');
};

/** The run as a page. */
export const writeReport = async (facts: ReportFacts): Promise<void> => {
  const { run, folder, best, kept, test, judged, rates, plan, seconds } = facts;
  const { prepared, settings } = run;
  const { source: title, target, task, classes, columns } = prepared;
  const importance = await importanceOf(facts);
  const report: RunReport = {
    ...{ title, target, task, kept, scores: test, history: best.history, truth: judged.truth, columns },
    ...(task === 'regression' ? { predictions: judged.answers } : { classes, probabilities: judged.answers }),
    examples: await examplesOf(prepared, best, judged),
    ...(importance === undefined ? {} : { importance }),
    ...(rates.length < 2
      ? {}
      : { rateFinder: { rates: rates.map(({ rate }) => rate), losses: rates.map(({ loss }) => loss), chosen: plan.learningRate } }),
    ...{ weights: await valuesOf(weightsByPath(best.net)), activations: await activationsOf(prepared, best) },
    network: drawingOf(best.net),
    summary: best.net.summary({ print: false }),
    environment: {
      ...{
        node: process.version,
        v8: process.versions.v8,
        processor: cpus()[0]?.model ?? process.arch,
        cores: availableParallelism(),
      },
      ...{ seed: settings.seed, 'learning rate': plan.learningRate, 'batch size': plan.batchSize, seconds: Number(seconds.toFixed(1)) },
    },
    command: commandOf(settings),
  };
  await writeWhole(join(folder, 'report.html'), reportPage(report));
};
