import { createWriteStream } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Answer, csv, type Preparation, type RawValue, readAudio, readImage, readTextFile, records, textFrom } from '../data/index.ts';
import { configure, loadModel, type Model, tensor, ValueError } from '../index.ts';
import { preparationIn, taskOf } from './evaluate.ts';
import { cannotWrite } from './files.ts';
import type { Output } from './output.ts';
import { type AudioTask, heard } from './tasks/audio.ts';
import { type ImageTask, pixelsOf, probabilitiesOf } from './tasks/images.ts';
import { isFolder, isTablePath } from './tasks/open.ts';
import { type Command, UsageError } from './usage.ts';

type Row = Readonly<Record<string, RawValue>>;

/** Rows that are looked at together. */
const atOnce = 8192;
/** The same of images and sounds. */
const filesAtOnce = 64;

/** Rows of a file as it is read, a few thousand at a time: texts stay as they are written. */
const rowChunks = async function* (path: string, encoding: string | undefined): AsyncGenerator<readonly Row[]> {
  const isText = /\.(csv|tsv|tab)(\.(gz|xz))?$/i.test(path);
  const asked = encoding === undefined ? {} : { encoding };
  const schema = isText ? await csv(path, asked).schema() : [];
  const types = Object.fromEntries(schema.map(({ name }) => [name, 'text' as const]));
  let rows: Row[] = [];
  for await (const row of isText ? csv(path, { types, missing: [], ...asked }) : records(path, asked)) {
    rows.push(row as Row);
    if (rows.length < atOnce) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
};

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The answers' columns. */
const answerColumns = (name: string, task: 'classification' | 'multiLabel' | 'regression'): string[] =>
  task === 'regression' ? [`predicted_${name}`] : [`predicted_${name}`, 'probability'];

/** An answer in the texts of its columns: of several classes the least sure one's probability. */
const answerTexts = ({ value, probabilities = {} }: Answer): string[] => {
  if (typeof value === 'number') return [String(Number(value.toPrecision(7)))];
  const names = typeof value === 'string' ? [value] : value;
  const sure = (name: string): number => probabilities[name] as number;
  const least = names.length > 0 ? Math.min(...names.map(sure)) : 1 - Math.max(0, ...Object.values(probabilities));
  return [names.join('|'), least.toFixed(4)];
};

/** Lines to a file, which is there whole at the end, or to standard output. */
interface Lines {
  write(line: string): Promise<void>;
  close(isDone: boolean): Promise<void>;
}

const linesTo = (out: string | undefined, output: Output): Lines => {
  if (out === undefined) return { write: async line => output.say(line), close: async () => undefined };
  const stream = createWriteStream(`${out}.tmp`);
  let failure: Error | undefined;
  const failed = new Promise<never>((_, reject) => {
    stream.once('error', error => {
      failure = cannotWrite(out, error);
      reject(failure);
    });
  });
  failed.catch(() => undefined);
  return {
    async write(line) {
      if (failure !== undefined) throw failure;
      if (!stream.write(`${line}\n`)) await Promise.race([new Promise<void>(resolve => stream.once('drain', () => resolve())), failed]);
    },
    async close(isDone) {
      if (isDone && failure === undefined) {
        await Promise.race([new Promise<void>(resolve => stream.end(() => resolve())), failed]);
        await rename(`${out}.tmp`, out);
        return;
      }
      stream.destroy();
      await rm(`${out}.tmp`, { force: true });
      if (failure !== undefined) throw failure;
    },
  };
};

/** The rows of a table with a model's answers beside them. */
const predictTable = async (
  net: Model,
  path: string,
  preparation: Preparation,
  lines: Lines,
  output: Output,
  encoding: string | undefined,
): Promise<number> => {
  const target = preparation.target as NonNullable<Preparation['target']>;
  const columns = answerColumns(target.name, target.task);
  let [count, names]: [number, string[] | undefined] = [0, undefined];
  for await (const rows of rowChunks(path, encoding)) {
    const answers = await preparation.predict(net, rows);
    if (names === undefined) {
      names = [...new Set(rows.flatMap(row => Object.keys(row)))];
      if (!output.json) await lines.write([...names, ...columns].map(quoted).join(','));
    }
    for (const [index, row] of rows.entries()) {
      const answer = answerTexts(answers[index] as Answer);
      if (output.json)
        output.event({
          event: 'prediction',
          row: count + index,
          ...Object.fromEntries(columns.map((name, place) => [name, answer[place]])),
        });
      else await lines.write([...names.map(name => textOf(row[name])), ...answer].map(quoted).join(','));
    }
    count += rows.length;
  }
  return count;
};

const textOf = (value: RawValue): string => (typeof value === 'string' ? value : textFrom(value));

const filesIn = async (path: string): Promise<string[]> => {
  if (!(await isFolder(path))) return [path];
  const found: string[] = [];
  for (const entry of (await readdir(path, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    found.push(...(entry.isDirectory() ? await filesIn(join(path, entry.name)) : [join(path, entry.name)]));
  }
  return found;
};

const endings = { images: /\.(png|jpe?g|webp|gif|avif|tiff?|bmp)$/i, audio: /\.(wav|flac)$/i, text: /\.(txt|md)$/i };

/** Answers to some files. */
type Answering = (paths: readonly string[]) => Promise<readonly Answer[]>;

const answersOf = (classes: readonly string[], probabilities: Float64Array): Answer[] =>
  Array.from({ length: probabilities.length / classes.length }, (_, row) => {
    const chances = probabilities.subarray(row * classes.length, (row + 1) * classes.length);
    const best = chances.reduce((top, value, place) => (value > (chances[top] as number) ? place : top), 0);
    return {
      value: classes[best] as string,
      probabilities: Object.fromEntries(classes.map((name, place) => [name, chances[place] as number])),
    };
  });

const answerImages =
  (net: Model, task: ImageTask): Answering =>
  async paths => {
    const each = pixelsOf(task);
    const pixels = new Uint8Array(paths.length * each);
    for (const [index, path] of paths.entries()) {
      const image = await readImage(path, { size: task.size, channels: task.channels as 1 | 3 });
      pixels.set(image.data, index * each);
    }
    return answersOf(task.classes, await probabilitiesOf(net, [tensor(pixels, { shape: [paths.length, ...task.size, task.channels] })]));
  };

const answerSounds =
  (net: Model, { classes, sampleRate, length }: AudioTask): Answering =>
  async paths => {
    const x = new Float32Array(paths.length * length);
    for (const [index, path] of paths.entries()) x.set(heard((await readAudio(path, { sampleRate })).samples, length), index * length);
    return answersOf(classes, await probabilitiesOf(net, [tensor(x, { shape: [paths.length, length] })]));
  };

const answerTextFiles =
  (net: Model, preparation: Preparation): Answering =>
  async paths =>
    preparation.predict(net, await Promise.all(paths.map(async path => ({ text: await readTextFile(path) }))));

/** Files with a model's answers beside their paths. */
const predictFiles = async (net: Model, path: string, lines: Lines, output: Output): Promise<number> => {
  const kind = net.metadata?.images !== undefined ? 'images' : net.metadata?.audio !== undefined ? 'audio' : 'text';
  const files = (await filesIn(path)).filter(file => endings[kind].test(file));
  if (files.length === 0)
    throw new ValueError(
      `${path} holds no ${kind === 'audio' ? 'recordings' : kind === 'text' ? 'texts' : 'images'}, which the model was trained on.`,
    );
  const answer =
    kind === 'images'
      ? answerImages(net, taskOf<ImageTask>(net, 'images', path))
      : kind === 'audio'
        ? answerSounds(net, taskOf<AudioTask>(net, 'audio', path))
        : answerTextFiles(net, preparationIn(net, path));
  if (!output.json) await lines.write('path,predicted_class,probability');
  for (let first = 0; first < files.length; first += filesAtOnce) {
    const some = files.slice(first, first + filesAtOnce);
    const answers = await answer(some);
    for (const [index, file] of some.entries()) {
      const [value, probability] = answerTexts(answers[index] as Answer) as [string, string];
      if (output.json) output.event({ event: 'prediction', path: file, predicted_class: value, probability });
      else await lines.write([file, value, probability].map(quoted).join(','));
    }
  }
  return files.length;
};

/** Data with a model's answers beside them, as they are read. */
export const predict = async ({ operands, out, encoding }: Command, output: Output): Promise<void> => {
  const [path, data, ...more] = operands;
  if (path === undefined || data === undefined || more.length > 0)
    throw new UsageError(`gradus predict takes a model file and data, got ${operands.length} names. See gradus --help.`);
  await configure({ wideSimd: true });
  const net = await loadModel(path);
  const lines = linesTo(out, output);
  let count = 0;
  try {
    count = isTablePath(data)
      ? await predictTable(net, data, preparationIn(net, data), lines, output, encoding)
      : await predictFiles(net, data, lines, output);
  } catch (error) {
    await lines.close(false).catch(() => undefined);
    throw error;
  }
  await lines.close(true);
  if (out !== undefined) output.say(`${count.toLocaleString('en-US')} answers: ${basename(out)}`);
};
