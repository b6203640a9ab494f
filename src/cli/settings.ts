import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ColumnOptions, Task } from '../data/index.ts';
import type { Plan } from './tasks/prepared.ts';
import { type Command, UsageError } from './usage.ts';

/** What a run was begun with: it goes on with the same. Kept in the run folder. */
export interface Settings {
  readonly data: string;
  readonly target?: string;
  readonly task?: Task;
  readonly group?: string;
  readonly time?: string;
  readonly encoding?: string;
  /** What columns are, by their names. */
  readonly columns?: Readonly<Record<string, NonNullable<ColumnOptions['kind']>>>;
  readonly model?: string;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly optimizer?: string;
  readonly mixedPrecision?: 'float32' | 'float16' | 'bfloat16';
  /** Networks that are tried. */
  readonly tune?: number;
  readonly seed: number;
  readonly reproducible: boolean;
  /** What was found before the training proper began. */
  readonly found?: Pick<Plan, 'batchSize' | 'learningRate' | 'weightDecay' | 'size'>;
}

export const runFile = 'run.json';

/** The settings of a new run. */
export const settingsFrom = ({
  operands,
  given,
  target,
  task,
  group,
  time,
  encoding,
  columns,
  model,
  optimizer,
  mixedPrecision,
  tune,
  seed,
  reproducible,
}: Command): Settings => {
  const [data, ...more] = operands;
  if (data === undefined || more.length > 0)
    throw new UsageError(`gradus train takes one data set, got ${operands.length}. See gradus --help.`);
  const chosen = { target, task, group, time, encoding, columns, model, optimizer, mixedPrecision, tune };
  return { data, ...given, seed, reproducible, ...Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)) };
};

/** The settings of a run that was interrupted, from its folder. */
export const settingsIn = async (folder: string): Promise<Settings> => {
  try {
    const settings = JSON.parse(await readFile(join(folder, runFile), 'utf8')) as Settings;
    if (typeof settings.data === 'string' && typeof settings.seed === 'number') return settings;
    throw new Error(`${runFile} does not say which data it is of`);
  } catch (error) {
    throw new UsageError(`${folder} is no folder of an interrupted run: ${(error as Error).message}`);
  }
};
