import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Model } from '../../index.ts';
import { terminalLine } from '../../plot/index.ts';
import { makeFolder, stamp, writeWhole } from '../files.ts';
import type { Output } from '../output.ts';
import { runFile, type Settings } from '../settings.ts';
import type { Part, Plan, Prepared } from '../tasks/prepared.ts';
import { UsageError } from '../usage.ts';
import { fit, type Run, type Trained } from './fit.ts';
import { mainFigure, type Scores, scoresFor } from './scores.ts';
import { findRate, tune } from './search.ts';
import { writeReport } from './writeReport.ts';

/** Answers and truth of some rows, side by side. */
export interface Judged {
  readonly answers: Float64Array;
  readonly truth: Float64Array;
  readonly scores: Scores;
}

export const judge = async (prepared: Prepared, net: Model, { x, y }: Pick<Part, 'x' | 'y'>): Promise<Judged> => {
  const [answers, truth] = [await prepared.answers(net, x), await prepared.truth(y)];
  return { answers, truth, scores: scoresFor(prepared.task, truth, answers, prepared.classes.length) };
};

/** Figures of always saying the same: the shares of the classes, or the mean. */
const trivialScores = async ({ task, classes, train, test, truth }: Prepared): Promise<Scores> => {
  const [known, asked] = [await truth(train.y), await truth(test.y)];
  if (task === 'regression') {
    const mean = known.reduce((a, b) => a + b, 0) / known.length;
    return scoresFor(task, asked, new Float64Array(asked.length).fill(mean), 0);
  }
  const count = classes.length;
  const shares = new Float64Array(count);
  if (task === 'classification') for (const label of known) shares[label] = (shares[label] as number) + 1 / known.length;
  else known.forEach((yes, place) => (shares[place % count] = (shares[place % count] as number) + (yes * count) / known.length));
  const rows = task === 'classification' ? asked.length : asked.length / count;
  return scoresFor(
    task,
    asked,
    Float64Array.from({ length: rows * count }, (_, place) => shares[place % count] as number),
    count,
  );
};

/** What a network of the user's own is made from. */
export interface NetworkInfo {
  readonly inputs: Prepared['inputs'];
  readonly outputs: number;
  readonly task: Prepared['task'];
  readonly classes: readonly string[];
  readonly seed: number;
}

/** The network of a file: its export `network`, or its default one. @throws UsageError for a file without. */
export const ownNetwork = async (path: string): Promise<(info: NetworkInfo) => Model> => {
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new UsageError(`--model ${path} cannot be loaded: ${(error as Error).message}`);
  }
  const make = module.network ?? module.default;
  if (typeof make !== 'function')
    throw new UsageError(`--model ${path} exports no network: export const network = ({ inputs, outputs, seed }) => sequential([…]).`);
  return make as (info: NetworkInfo) => Model;
};

const figures = (scores: Scores): string =>
  Object.entries(scores)
    .map(([name, value]) => `${name} ${value.toFixed(4)}`)
    .join('   ');

/** The run's file, made anew where something was found out. */
const keep = (folder: string, settings: Settings): Promise<void> =>
  writeWhole(join(folder, runFile), `${JSON.stringify(settings, undefined, 2)}\n`);

/** What the training proper goes by: what was given, found before the run was interrupted, or is found now. */
const planFor = async (
  run: Run,
  folder: string,
  isOwn: boolean,
): Promise<{ plan: Plan; rates: readonly { rate: number; loss: number }[] }> => {
  const { settings, prepared } = run;
  const epochs = settings.epochs ?? prepared.usual.epochs;
  if (settings.found !== undefined) return { plan: { ...settings.found, epochs }, rates: [] };
  const { weightDecay, size } = prepared.usual;
  const batchSize = settings.batchSize ?? prepared.usual.batchSize;
  let rates: readonly { rate: number; loss: number }[] = [];
  let found: NonNullable<Settings['found']>;
  if (settings.tune !== undefined) found = await tune(run, settings.tune, epochs, folder);
  else if (settings.learningRate !== undefined || isOwn)
    found = { batchSize, learningRate: settings.learningRate ?? 1e-3, weightDecay, size };
  else {
    run.output.say('then a few epochs at several learning rates …');
    const { rate, tried } = await findRate(run);
    rates = tried;
    found = { batchSize, learningRate: rate, weightDecay, size };
  }
  await keep(folder, { ...settings, found });
  return { plan: { ...found, epochs }, rates };
};

/** Trains on prepared data, compares with what is trivial and what is linear, and leaves a run folder. */
export const trainPrepared = async (
  prepared: Prepared,
  settings: Settings,
  output: Output,
  signal: AbortSignal,
  folder: string = join('runs', `${prepared.source.replace(/\.[^.]+$/, '')}-${stamp()}`),
): Promise<void> => {
  const started = performance.now();
  const { task, target, usual } = prepared;
  if (settings.model !== undefined && settings.tune !== undefined)
    throw new UsageError('--model and --tune exclude each other: networks are tried by halving, or there is one of your own.');
  const own = settings.model === undefined ? undefined : await ownNetwork(settings.model);
  const run: Run = { prepared, settings, output, signal };
  for (const line of prepared.about) output.say(line);
  await makeFolder(folder);
  await keep(folder, settings);
  output.event({
    event: 'start',
    data: settings.data,
    kind: prepared.kind,
    task,
    target,
    rows: prepared.train.rows.length,
    seed: settings.seed,
  });
  signal.addEventListener('abort', () => process.stderr.write(`\nTo go on: gradus train --resume ${folder}\n`), { once: true });
  const linearPlan: Plan = {
    ...{ epochs: Math.min(settings.epochs ?? usual.epochs, 40), batchSize: settings.batchSize ?? usual.batchSize },
    ...{ learningRate: usual.linearRate, weightDecay: usual.weightDecay, size: usual.size },
  };
  output.say('First a linear model, to compare with …');
  const linear = await fit(run, prepared.linear(settings.seed), linearPlan);
  const { plan, rates } = await planFor(run, folder, own !== undefined);
  const { inputs, outputs, classes } = prepared;
  const net = own === undefined ? prepared.deep(settings.seed, plan.size) : own({ inputs, outputs, task, classes, seed: settings.seed });
  const deep = await fit(run, net, plan, { checkpoints: join(folder, 'checkpoints') });
  const main = mainFigure[task];
  const chosenBy = async (trained: Trained): Promise<number> =>
    (await judge(prepared, trained.net, prepared.validation)).scores[main] as number;
  const isLinear = own === undefined && (await chosenBy(linear)) > (await chosenBy(deep));
  const best = isLinear ? linear : deep;
  const kept = isLinear ? 'linear model' : 'neural network';
  const [ofLinear, ofDeep] = [await judge(prepared, linear.net, prepared.test), await judge(prepared, deep.net, prepared.test)];
  const test = { 'always the same': await trivialScores(prepared), 'linear model': ofLinear.scores, 'neural network': ofDeep.scores };
  prepared.keepIn(best.net);
  // Which rows were kept for the end follows from the settings: `evaluate` judges by the same.
  const { found: _, ...begun } = settings;
  best.net.metadata = { ...best.net.metadata, run: { ...begun } };
  await best.net.save(join(folder, 'model.gradus'));
  const seconds = (performance.now() - started) / 1000;
  const result = { ...settings, kind: prepared.kind, task, target, ...plan, kept, test, history: best.history, seconds };
  await writeWhole(join(folder, 'history.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  const split = { train: prepared.train.rows, validation: prepared.validation.rows, test: prepared.test.rows };
  await writeWhole(join(folder, 'split.json'), `${JSON.stringify(split)}\n`);
  await writeReport({ run, folder, best, kept, test, judged: isLinear ? ofLinear : ofDeep, rates, plan, seconds });
  const losses = (best.history.valLoss ?? []).filter(Number.isFinite);
  if (losses.length > 2) output.say(`\nvalidation loss  ${terminalLine(losses, { width: Math.min(60, losses.length) })}`);
  output.say(
    `\nOn ${prepared.kind === 'table' ? 'the rows' : prepared.kind === 'images' ? 'the images' : 'the recordings'} that were kept for the end:`,
  );
  for (const [name, scores] of Object.entries(test)) output.say(`  ${name.padEnd(16)} ${figures(scores)}`);
  const gain = (test[kept][main] as number) - (test['always the same'][main] as number);
  if (!(gain > 0.01)) output.say('The model learned nothing that always saying the same would not give: do not use it.');
  if (isLinear) output.say('The linear model did better on the rows to choose by, and is the one that was kept.');
  output.say(`\nRun folder: ${folder} (model.gradus, history.json, report.html), ${seconds.toFixed(1)} s in all`);
  output.event({ event: 'end', test, kept, folder, seconds });
};
