import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FormatError } from '../index.ts';
import type { Output } from './output.ts';
import { type Command, UsageError } from './usage.ts';

/** What `gradus train` writes into history.json: of images figures of the test, of tables figures for each kind of model. */
interface History {
  readonly data: string;
  readonly model?: string;
  readonly kept?: string;
  readonly seed: number;
  readonly test: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly seconds: number;
}

const readHistory = async (folder: string): Promise<History> => {
  let text: string;
  try {
    text = await readFile(join(folder, 'history.json'), 'utf8');
  } catch {
    throw new FormatError(
      `${folder} is no run folder: it has no history.json. An interrupted run has none yet: gradus train --resume ${folder}.`,
    );
  }
  try {
    const history = JSON.parse(text) as History;
    if (typeof history.test === 'object' && typeof history.history === 'object') return history;
  } catch {}
  throw new FormatError(`${join(folder, 'history.json')} was not written by gradus train.`);
};

/** The figures of the model that was kept. */
const figuresOf = ({ test, kept }: History): Readonly<Record<string, number>> => {
  const own = kept === undefined ? test : test[kept];
  return Object.fromEntries(Object.entries(own as object).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
};

const table = (rows: readonly (readonly string[])[]): string =>
  rows
    .map(row =>
      row
        .map((cell, column) => {
          const width = Math.max(...rows.map(other => (other[column] as string).length));
          return column < 3 ? cell.padEnd(width) : cell.padStart(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');

/** Runs side by side: data, model, figures on what none of them has seen, epochs, time. */
export const compare = async ({ operands }: Command, output: Output): Promise<void> => {
  if (operands.length === 0) throw new UsageError('gradus compare takes run folders: gradus compare runs/a runs/b. See gradus --help.');
  const runs = await Promise.all(operands.map(async folder => ({ folder, history: await readHistory(folder) })));
  const names = [...new Set(runs.flatMap(({ history }) => Object.keys(figuresOf(history))))];
  const rows = runs.map(({ folder, history }) => {
    const figures = figuresOf(history);
    return [
      ...[folder, basename(history.data), history.kept ?? history.model ?? '', String(history.seed)],
      ...names.map(name => figures[name]?.toFixed(4) ?? ''),
      ...[String(history.history.loss?.length ?? ''), `${history.seconds.toFixed(1)} s`],
    ];
  });
  output.say(table([['run', 'data', 'model', 'seed', ...names, 'epochs', 'time'], ...rows]));
  const data = new Set(runs.map(({ history }) => history.data));
  if (data.size > 1) output.say('\nThese runs are of different data: their figures do not tell which model is better.');
  for (const { folder, history } of runs)
    output.event({ event: 'run', folder, data: history.data, ...figuresOf(history), seconds: history.seconds });
};
