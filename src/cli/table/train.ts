import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { callbacks, losses, type Model, optimizers, schedules, type Tensor, ValueError } from '../../index.ts';
import { stamp, writeWhole } from '../files.ts';
import type { Output } from '../output.ts';
import type { Command } from '../usage.ts';
import { isMissing } from './columns.ts';
import { encodeInputs, encodeTarget, unscaledTarget } from './encode.ts';
import { deepNetwork, hasText, linearNetwork, withRecipe } from './network.ts';
import { readTable } from './read.ts';
import { type Recipe, recipeFor, type Table, targetColumn, targetFor } from './recipe.ts';
import { reportPage } from './report.ts';
import { classificationScores, confusionOf, regressionScores, type Scores } from './scores.ts';
import { splitRows } from './split.ts';

/** Rows as a model takes them, and what they should give. */
interface Part {
  readonly x: readonly Tensor[];
  readonly y: Tensor;
  readonly rows: readonly number[];
}

/** Answers of a model: probabilities (rows, classes), or numbers in the target's own unit. */
export const answersOf = async (net: Model, recipe: Recipe, x: readonly Tensor[]): Promise<Float64Array> => {
  const output = await net.predict(x, { batchSize: 512 });
  const { target } = recipe;
  if (target.task === 'classification') return Float64Array.from(await output.softmax(-1).data());
  return Float64Array.from(await output.data(), value => unscaledTarget(target, value));
};

/** Figures of a model on some rows. */
export const scoresOf = async (net: Model, recipe: Recipe, part: Pick<Part, 'x' | 'y'>): Promise<Scores> => {
  const answers = await answersOf(net, recipe, part.x);
  const { target } = recipe;
  const truth = await part.y.data();
  if (target.task === 'classification') return classificationScores(truth, answers, target.classes.length);
  return regressionScores(
    Float64Array.from(truth, value => unscaledTarget(target, value)),
    answers,
  );
};

/** Figures of always saying the same: the commonest class, or the mean. */
const trivialScores = async (recipe: Recipe, train: Part, test: Part): Promise<Scores> => {
  const { target } = recipe;
  const [known, truth] = [await train.y.data(), await test.y.data()];
  if (target.task === 'classification') {
    const classes = target.classes.length;
    const shares = new Float64Array(classes);
    for (const label of known) shares[label] = (shares[label] as number) + 1 / known.length;
    const same = new Float64Array(truth.length * classes);
    for (let row = 0; row < truth.length; row++) same.set(shares, row * classes);
    return classificationScores(truth, same, classes);
  }
  const values = Float64Array.from(known, value => unscaledTarget(target, value));
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return regressionScores(
    Float64Array.from(truth, value => unscaledTarget(target, value)),
    new Float64Array(truth.length).fill(mean),
  );
};

const mainFigure = (recipe: Recipe): string => (recipe.target.task === 'classification' ? 'accuracy' : 'r2');

interface Trained {
  readonly net: Model;
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly epochs: number;
}

interface Plan {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: number;
}

const fit = async (
  net: Model,
  recipe: Recipe,
  train: Part,
  validation: Part,
  plan: Plan,
  command: Command,
  signal: AbortSignal,
  isShown: boolean,
): Promise<Trained> => {
  const decaySteps = plan.epochs * Math.ceil(train.rows.length / plan.batchSize);
  const learningRate = schedules.cosineDecay({ initialLearningRate: plan.learningRate, decaySteps });
  const isClassification = recipe.target.task === 'classification';
  net.compile({
    optimizer: optimizers.adamW({ learningRate, weightDecay: 0.01 }),
    loss: isClassification ? losses.sparseCategoricalCrossentropy({ fromLogits: true }) : 'mse',
    ...(isClassification ? { metrics: ['accuracy'] } : {}),
  });
  const history = await net.fit(train.x, train.y, {
    ...{ epochs: plan.epochs, batchSize: plan.batchSize, seed: plan.seed, signal },
    validationData: [validation.x, validation.y],
    validationBatchSize: 512,
    verbose: isShown && !command.json ? 'auto' : 'silent',
    callbacks: [callbacks.earlyStopping({ patience: Math.max(8, Math.round(plan.epochs / 5)), restoreBestWeights: true })],
  });
  return { net, history, epochs: history.loss.length };
};

const batchSizeFor = (rows: number): number => Math.min(256, Math.max(16, 2 ** Math.round(Math.log2(rows / 60))));

/** The learning rate that gets furthest in a few epochs. */
const findRate = async (
  recipe: Recipe,
  train: Part,
  validation: Part,
  plan: Omit<Plan, 'learningRate'>,
  command: Command,
  signal: AbortSignal,
): Promise<number> => {
  let best = { rate: 3e-3, loss: Infinity };
  const epochs = Math.max(2, Math.min(6, Math.ceil(20_000 / train.rows.length)));
  for (const rate of [1e-3, 3e-3, 1e-2]) {
    const { history } = await fit(
      deepNetwork(recipe, train.rows.length, plan.seed),
      recipe,
      train,
      validation,
      { ...plan, epochs, learningRate: rate },
      command,
      signal,
      false,
    );
    const loss = Math.min(...(history.valLoss ?? []));
    if (loss < best.loss) best = { rate, loss };
  }
  return best.rate;
};

const describeStep = (recipe: Recipe): string[] =>
  recipe.steps.map(step => {
    const text = {
      number: () =>
        `number${step.kind === 'number' && step.logarithm ? ', through a logarithm' : ''}${step.kind === 'number' && step.withMissing ? ', some missing' : ''}`,
      category: () => `category of ${step.kind === 'category' ? step.values.length : 0}`,
      embedded: () => `category of ${step.kind === 'embedded' ? step.values.length : 0}, embedded`,
      date: () => 'date: trend, time of year, weekday, hour',
      text: () =>
        `text: ${step.kind === 'text' ? `${step.words.length.toLocaleString('en-US')} words and pairs, up to ${step.length} a row` : ''}`,
    }[step.kind]();
    return `  ${step.name.padEnd(26)} ${text}`;
  });

/** Says what was inferred, so that it can be corrected. */
const explain = (
  path: string,
  table: Table,
  recipe: Recipe,
  why: string,
  split: { train: number; validation: number; test: number },
  output: Output,
): void => {
  const { target } = recipe;
  output.say(`${basename(path)}: ${table.rows.length.toLocaleString('en-US')} rows, ${table.columns.length} columns`);
  output.say(
    target.task === 'classification'
      ? `target '${target.name}' (${why}): ${target.classes.length} classes: ${target.classes.slice(0, 8).join(', ')}${target.classes.length > 8 ? ', …' : ''}`
      : `target '${target.name}' (${why}): a number${target.logarithm ? ', learned through its logarithm' : ''}`,
  );
  const described = describeStep(recipe);
  output.say([...described.slice(0, 20), ...(described.length > 20 ? [`  … and ${described.length - 20} more columns`] : [])].join('\n'));
  for (const { name, why: reason } of recipe.ignored.slice(0, 10)) output.say(`  ${name.padEnd(26)} not used: ${reason}`);
  output.say(
    `${split.train} rows to train on, ${split.validation} to choose by, ${split.test} for the end. Wrong? --target COLUMN, --task classification|regression\n`,
  );
};

const figures = (scores: Scores): string =>
  Object.entries(scores)
    .map(([name, value]) => `${name} ${value.toFixed(4)}`)
    .join('   ');

/** Rows of a table by the kinds of their columns, ready to train on. */
export const prepareTable = async (
  table: Table,
  command: Command,
): Promise<{ recipe: Recipe; why: string; parts: { train: Part; validation: Part; test: Part } }> => {
  const { name, why } = targetColumn(table.columns, command.target);
  const place = table.columns.indexOf(name);
  const targetOf = (row: number): string => (table.rows[row] as readonly string[])[place] as string;
  const all = table.rows.map((_, row) => row).filter(row => !isMissing(targetOf(row)));
  const target = targetFor(name, all.map(targetOf), command.task);
  if (all.length < 10)
    throw new ValueError(`${all.length} rows have a target: too few to learn from and to judge by. At least 10 are needed.`);
  const split = await splitRows(all, target.task === 'classification' ? row => targetOf(row).trim() : undefined, command.seed);
  if (split.test.length === 0 || split.validation.length === 0)
    throw new ValueError('there are too few rows of each class to judge a model by.');
  const recipe = recipeFor(table, split.train, target);
  const part = (rows: readonly number[]): Part => ({ x: encodeInputs(recipe, table, rows), y: encodeTarget(target, table, rows), rows });
  return { recipe, why, parts: { train: part(split.train), validation: part(split.validation), test: part(split.test) } };
};

/** Trains on a table: infers what it holds, compares with what is trivial and what is linear, and leaves a run folder. */
export const trainTable = async (path: string, command: Command, output: Output, signal: AbortSignal): Promise<void> => {
  const started = performance.now();
  const table = await readTable(path);
  const { recipe, why, parts } = await prepareTable(table, command);
  const { train, validation, test } = parts;
  explain(path, table, recipe, why, { train: train.rows.length, validation: validation.rows.length, test: test.rows.length }, output);
  const plan = {
    epochs: command.given.epochs ?? 60,
    batchSize: command.given.batchSize ?? batchSizeFor(train.rows.length),
    seed: command.seed,
  };
  output.event({ event: 'start', data: path, task: recipe.target.task, target: recipe.target.name, rows: table.rows.length, ...plan });
  const linear = await fit(
    linearNetwork(recipe, command.seed),
    recipe,
    train,
    validation,
    { ...plan, epochs: Math.min(plan.epochs, 40), learningRate: hasText(recipe) ? 3e-3 : 1e-2 },
    command,
    signal,
    false,
  );
  const learningRate = command.given.learningRate ?? (await findRate(recipe, train, validation, plan, command, signal));
  const deep = await fit(
    deepNetwork(recipe, train.rows.length, command.seed),
    recipe,
    train,
    validation,
    { ...plan, learningRate },
    command,
    signal,
    true,
  );
  const main = mainFigure(recipe);
  const chosenBy = async ({ net }: Trained): Promise<number> => (await scoresOf(net, recipe, validation))[main] as number;
  const isLinear = (await chosenBy(linear)) > (await chosenBy(deep));
  const best = isLinear ? linear : deep;
  const rows = {
    'always the same': await trivialScores(recipe, train, test),
    'linear model': await scoresOf(linear.net, recipe, test),
    'neural network': await scoresOf(deep.net, recipe, test),
  };
  const folder = command.out ?? join('runs', `${basename(path).replace(/\.[^.]+$/, '')}-${stamp()}`);
  await mkdir(folder, { recursive: true });
  await withRecipe(best.net, recipe).save(join(folder, 'model.gradus'));
  const seconds = (performance.now() - started) / 1000;
  const { target } = recipe;
  const confusion =
    target.task === 'classification'
      ? {
          names: target.classes,
          matrix: confusionOf(await test.y.data(), await answersOf(best.net, recipe, test.x), target.classes.length),
        }
      : undefined;
  const result = {
    data: path,
    task: target.task,
    target: target.name,
    ...plan,
    learningRate,
    kept: isLinear ? 'linear model' : 'neural network',
    test: rows,
    history: best.history,
    seconds,
  };
  await writeWhole(join(folder, 'history.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  await writeWhole(
    join(folder, 'report.html'),
    reportPage({
      title: basename(path),
      target: target.name,
      task: target.task,
      rows,
      history: best.history,
      confusion,
      columns: describeStep(recipe),
      kept: result.kept,
      summary: best.net.summary({ print: false }),
    }),
  );
  output.say('\nOn the rows that were kept for the end:');
  for (const [name, scores] of Object.entries(rows)) output.say(`  ${name.padEnd(16)} ${figures(scores)}`);
  const gain = (rows[isLinear ? 'linear model' : 'neural network'][main] as number) - (rows['always the same'][main] as number);
  if (!(gain > 0.01)) output.say('The model learned nothing that always saying the same would not give: do not use it.');
  if (isLinear) output.say('The linear model did better on the rows to choose by, and is the one that was kept.');
  output.say(`\nRun folder: ${folder} (model.gradus, history.json, report.html), ${seconds.toFixed(1)} s in all`);
  output.event({ event: 'end', test: rows, kept: result.kept, folder, seconds });
};
