import { isMissing, type Preparation, preparationOf, type Table, textFolder, valuesIn } from '../data/index.ts';
import { configure, loadModel, type Model, tensor, ValueError } from '../index.ts';
import { isNamedImages, loadDataNamed } from './data.ts';
import { evaluateLanguage, isLanguage } from './language.ts';
import type { Output } from './output.ts';
import type { Settings } from './settings.ts';
import { type AudioTask, readSounds, soundsPart } from './tasks/audio.ts';
import { type ImageTask, probabilitiesOf, readImages } from './tasks/images.ts';
import { folderKind, isFolder, isTablePath, open, openTable } from './tasks/open.ts';
import { tableOfTexts } from './tasks/table.ts';
import { type Scores, scoresFor } from './training/scores.ts';
import { type Command, UsageError } from './usage.ts';

interface Evaluation {
  readonly rows: number;
  readonly scores: Scores;
}

/** What the model was trained for. @throws ValueError for a model that does not say. */
export const preparationIn = (net: Model, data: string): Preparation => {
  const preparation = preparationOf(net);
  if (preparation?.target !== undefined) return preparation;
  throw new ValueError(
    `${data} holds rows, and the model does not say how rows become its inputs: it was not trained on a table by 'gradus train'.`,
  );
};

/** What a model of images or sounds knows of them. */
export const taskOf = <T>(net: Model, kind: 'images' | 'audio', data: string): T => {
  const task = net.metadata?.[kind] as T | undefined;
  if (task !== undefined) return task;
  throw new ValueError(
    `${data} holds ${kind === 'images' ? 'images' : 'recordings'}, and the model was not trained on such by 'gradus train'.`,
  );
};

const ofTable = async (net: Model, data: string, table: Table): Promise<Evaluation> => {
  const preparation = preparationIn(net, data);
  const target = preparation.target as NonNullable<Preparation['target']>;
  const columns = target.task === 'multiLabel' ? target.columns : [target.name];
  const lacking = columns.find(name => !table.columns.some(column => column.name === name));
  if (lacking !== undefined)
    throw new ValueError(`${data} lacks the column '${lacking}', which the model predicts: it cannot be judged by this table.`);
  const values = valuesIn(table, columns[0] as string);
  const rows = values.flatMap((value, row) => (target.task === 'multiLabel' || !isMissing(value) ? [row] : []));
  if (rows.length === 0) throw new ValueError(`${data} has no row with a value of '${target.name}'.`);
  const answers = await preparation.answerNumbers(await net.predict(preparation.encode(table, rows), { batchSize: 512 }));
  const y = preparation.encodeTarget(table, rows);
  const truth = target.task === 'regression' ? await preparation.answerNumbers(y) : Float64Array.from(await y.data());
  return { rows: rows.length, scores: scoresFor(target.task, truth, answers, target.task === 'regression' ? 0 : target.classes.length) };
};

const ofFolder = async (net: Model, data: string): Promise<Evaluation> => {
  const kind = await folderKind(data);
  if (kind === 'text') {
    const folder = await textFolder(data);
    return ofTable(net, data, await tableOfTexts(folder, folder.classes));
  }
  if (kind === 'audio') {
    const task = taskOf<AudioTask>(net, 'audio', data);
    const sounds = await readSounds(data, task);
    const { x } = soundsPart(
      sounds,
      sounds.labels.map((_, row) => row),
      task.length,
    );
    return {
      rows: sounds.labels.length,
      scores: scoresFor('classification', sounds.labels, await probabilitiesOf(net, x), task.classes.length),
    };
  }
  const task = taskOf<ImageTask>(net, 'images', data);
  const { pixels, labels } = await readImages(data, task);
  const x = tensor(pixels, { shape: [labels.length, ...task.size, task.channels] });
  return { rows: labels.length, scores: scoresFor('classification', labels, await probabilitiesOf(net, [x]), task.classes.length) };
};

/** Of a named data set the part that was kept for the end when the model was trained on it; otherwise as this seed splits it. */
const ofNamed = async (net: Model, command: Command, data: string): Promise<Evaluation> => {
  const run = net.metadata?.run as Settings | undefined;
  const prepared = await open(run?.data === data ? run : { data, seed: command.seed, reproducible: false });
  const { test } = prepared;
  const [answers, truth] = [await prepared.answers(net, test.x), await prepared.truth(test.y)];
  return { rows: test.rows.length, scores: scoresFor(prepared.task, truth, answers, prepared.classes.length) };
};

/** Figures of a saved model on data: all rows of a file or a folder, the test part of a named data set. */
export const evaluate = async (command: Command, output: Output): Promise<void> => {
  const [path, data, ...more] = command.operands;
  if (path === undefined || data === undefined || more.length > 0)
    throw new UsageError(`gradus evaluate takes a model file and a data set, got ${command.operands.length} names. See gradus --help.`);
  await configure({ wideSimd: true });
  const net = await loadModel(path);
  if (isNamedImages(data)) {
    const { test } = await loadDataNamed(data);
    const logs = await net.evaluate(test.x, test.y, { batchSize: 250 });
    for (const [metric, value] of Object.entries(logs)) output.say(`${metric.padEnd(10)} ${value.toFixed(4)}`);
    output.event({ event: 'evaluation', model: path, data, ...logs });
    return;
  }
  if (isLanguage(data) && !(await isFolder(data))) {
    const encoding = command.encoding === undefined ? {} : { encoding: command.encoding };
    await evaluateLanguage(net, { data, seed: command.seed, reproducible: false, ...encoding }, output);
    return;
  }
  const isTable = isTablePath(data);
  const { rows, scores } = isTable
    ? await ofTable(net, data, await openTable(data, command.encoding))
    : await ((await isFolder(data)) ? ofFolder(net, data) : ofNamed(net, command, data));
  for (const [name, value] of Object.entries(scores)) output.say(`${name.padEnd(22)} ${value.toFixed(4)}`);
  output.event({ event: 'evaluation', model: path, data, rows, ...scores });
};
