import { nearestName, ValueError } from '../../core/errors.ts';
import type { Tensor } from '../../tensor/index.ts';
import { unknownOptions } from '../../tensor/options.ts';
import { cellOf, type Table } from '../table/column.ts';
import { learnedTokenizer, tokenizerFrom } from '../text/learn.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { type Answer, answerFrom, answerNumbers, encodeTarget, outputsOf, targetColumns } from './answers.ts';
import type { PreparationConfig, Step, Target, Task } from './config.ts';
import { codesIn, encodeCodes, encodeNumbers, encodeSequence, isCodeStep, widthOf } from './encode.ts';
import { type ColumnOptions, learnStep } from './learn.ts';
import { targetOf, targetOfColumns } from './target.ts';
import type { RawValue } from './values.ts';

/** Rows as they come: a table, or records. */
export type Rows = Table | readonly Readonly<Record<string, RawValue>>[];

/** An input that a model needs for what a preparation makes. */
export interface PreparedInput {
  readonly name: string;
  /** Of one row. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  /** Of codes: how many different ones there are, what `layers.embedding` needs. 0 is padding. */
  readonly vocabulary?: number;
  /** Where the codes come from. */
  readonly kind: 'numbers' | 'embedded' | 'hashed' | 'text' | 'sequence';
}

export interface LearnPreparationOptions {
  /** The column to predict, or several of yes and no; none where there is nothing to predict. */
  readonly target?: string | readonly string[];
  /** Default: what the target looks like. */
  readonly task?: Task;
  /** What columns are, where it is not what they look like. */
  readonly columns?: Readonly<Record<string, ColumnOptions>>;
  /** Places of the rows to learn from. Default: all. What is learned from rows for testing is no test. */
  readonly rows?: readonly number[];
}

/** What a model offers that a preparation works with. */
interface Predicting {
  predict(x: Tensor | readonly Tensor[], options?: { readonly batchSize?: number }): Promise<Tensor>;
  metadata?: Readonly<Record<string, unknown>> | undefined;
}

const isTable = (rows: Rows): rows is Table => !Array.isArray(rows);

export const countOf = (rows: Rows): number => (isTable(rows) ? rows.count : rows.length);

/** The names of all columns. */
export const columnNames = (rows: Rows): string[] =>
  isTable(rows) ? rows.columns.map(({ name }) => name) : [...new Set(rows.flatMap(row => Object.keys(row)))];

/** The values of a column, of some rows or all. @throws ValueError for a column that is not there. */
export const valuesIn = (rows: Rows, name: string, places?: readonly number[]): RawValue[] => {
  const at = places ?? Array.from({ length: countOf(rows) }, (_, row) => row);
  if (isTable(rows)) {
    const column = rows.columns.find(one => one.name === name);
    if (column !== undefined) return at.map(row => cellOf(column, row));
  } else if (rows.length === 0 || rows.some(row => name in row)) return at.map(row => rows[row]?.[name]);
  const names = columnNames(rows);
  const nearest = nearestName(name, names);
  throw new ValueError(
    `the data lacks the column '${name}'. ${nearest === undefined ? `It has ${names.slice(0, 30).join(', ')}${names.length > 30 ? ', …' : ''}.` : `Did you mean '${nearest}'?`}`,
  );
};

/** How raw rows become a model's inputs, learned from data, and how its outputs become answers. */
export class Preparation {
  /** Plain data: what is kept inside of a model. */
  readonly config: PreparationConfig;
  readonly #tokenizers = new Map<Step, Tokenizer>();

  /** `tokenizers`: by the columns' names, where they are not made of the config alone. @throws ValueError for a config of another version. */
  constructor(config: PreparationConfig, tokenizers: Readonly<Record<string, Tokenizer>> = {}) {
    if (config?.version !== 2 || !Array.isArray(config.steps))
      throw new ValueError(`a preparation needs the config of one, version 2, got ${JSON.stringify(config)?.slice(0, 80)}.`);
    this.config = config;
    for (const step of config.steps) {
      if (step.kind !== 'text') continue;
      const { name, tokenizer } = step;
      const made = Object.hasOwn(tokenizers, name) ? tokenizers[name] : undefined;
      if (made === undefined && tokenizer.kind === 'huggingFace')
        throw new ValueError(`the column '${name}' needs a tokenizer of Hugging Face, which is loaded: await loadPreparation(net).`);
      this.#tokenizers.set(step, made ?? learnedTokenizer(tokenizer as Parameters<typeof learnedTokenizer>[0]));
    }
  }

  get target(): Target | undefined {
    return this.config.target ?? undefined;
  }

  #requireTarget(what: string): Target {
    if (this.target === undefined) throw new ValueError(`${what} needs a target: learnPreparation(rows, { target: 'COLUMN' }).`);
    return this.target;
  }

  get #numberSteps(): Step[] {
    return this.config.steps.filter(step => widthOf(step) > 0);
  }

  /** The model's inputs: the matrix of numbers, where there is one, then one for each column of codes. */
  get inputs(): readonly PreparedInput[] {
    const width = this.#numberSteps.reduce((sum, step) => sum + widthOf(step), 0);
    const numbers: PreparedInput[] = width === 0 ? [] : [{ name: 'numbers', shape: [width], dtype: 'float32', kind: 'numbers' }];
    const others = this.config.steps.flatMap((step): PreparedInput[] => {
      const { name, kind } = step;
      if (step.kind === 'sequence') return [{ name, shape: [step.length], dtype: 'float32', kind: 'sequence' }];
      if (!isCodeStep(step)) return [];
      const { length, vocabulary } = codesIn(step, this.#tokenizers.get(step));
      return [{ name, shape: [length], dtype: 'int32', vocabulary, kind: kind as 'text' }];
    });
    return [...numbers, ...others];
  }

  /** Outputs of the last layer: one a class (logits), or one number. */
  get outputs(): number {
    return outputsOf(this.#requireTarget('outputs'));
  }

  /** Rows as the model's inputs. @throws ValueError for columns that are not there. */
  encode(rows: Rows, places?: readonly number[]): Tensor[] {
    const count = places?.length ?? countOf(rows);
    const numbers = this.#numberSteps;
    const inputs =
      numbers.length === 0
        ? []
        : [
            encodeNumbers(
              numbers,
              numbers.map(({ name }) => valuesIn(rows, name, places)),
              count,
            ),
          ];
    const others = this.config.steps.flatMap(step => {
      if (step.kind === 'sequence') return [encodeSequence(step, valuesIn(rows, step.name, places), count)];
      return isCodeStep(step) ? [encodeCodes(step, valuesIn(rows, step.name, places), count, this.#tokenizers.get(step))] : [];
    });
    return [...inputs, ...others];
  }

  /** The rows' targets for training. @throws ValueError for missing ones and for classes that training did not see. */
  encodeTarget(rows: Rows, places?: readonly number[]): Tensor {
    const target = this.#requireTarget('encodeTarget');
    const columns = targetColumns(target).map(name => valuesIn(rows, name, places));
    return encodeTarget(target, columns, places?.length ?? countOf(rows));
  }

  /** Probabilities (rows, classes), or numbers in the target's own unit, of a model's outputs (logits, or scaled numbers). */
  answerNumbers(output: Tensor): Promise<Float64Array> {
    return answerNumbers(this.#requireTarget('answerNumbers'), output);
  }

  /** A model's answers to raw rows. */
  async predict(model: Predicting, rows: Rows): Promise<Answer[]> {
    const target = this.#requireTarget('predict');
    if (countOf(rows) === 0) return [];
    const inputs = this.encode(rows);
    const numbers = await answerNumbers(
      target,
      await model.predict(inputs.length === 1 ? (inputs[0] as Tensor) : inputs, { batchSize: 512 }),
    );
    const each = outputsOf(target);
    return Array.from({ length: countOf(rows) }, (_, row) => answerFrom(target, numbers.subarray(row * each, (row + 1) * each)));
  }

  /** Puts the preparation inside of a model, with which it is saved from now on. */
  keepIn(model: { metadata?: Readonly<Record<string, unknown>> | undefined }): void {
    model.metadata = { ...model.metadata, preparation: JSON.parse(JSON.stringify(this.config)) as PreparationConfig };
  }
}

/** The same where a column is read by a tokenizer of Hugging Face, which a package makes. */
export const loadPreparation = async (model: Parameters<typeof preparationOf>[0]): Promise<Preparation | undefined> => {
  const config = model.metadata?.preparation as PreparationConfig | undefined;
  if (config === undefined) return undefined;
  const tokenizers: Record<string, Tokenizer> = {};
  for (const step of config.steps) if (step.kind === 'text') tokenizers[step.name] = await tokenizerFrom(step.tokenizer);
  return new Preparation(config, tokenizers);
};

/** The preparation that is kept inside of a model, if there is one. */
export const preparationOf = (model: { readonly metadata?: Readonly<Record<string, unknown>> | undefined }): Preparation | undefined => {
  const config = model.metadata?.preparation as PreparationConfig | undefined;
  return config === undefined ? undefined : new Preparation(config);
};

/** What is predicted: classes of all rows, so that each has a place; the scale of numbers from the rows to learn from. */
const learnTarget = (rows: Rows, names: readonly string[], task: Task | undefined, places: readonly number[] | undefined): Target => {
  const [name, ...others] = names as [string, ...string[]];
  if (others.length > 0) return targetOfColumns(names.map(one => [one, valuesIn(rows, one)]));
  const target = targetOf(name, valuesIn(rows, name), task);
  return target.task === 'regression' && places !== undefined ? targetOf(name, valuesIn(rows, name, places), 'regression') : target;
};

/**
 * Learns from rows how they become numbers: numbers are standardised (through a logarithm, or by quantiles), what is missing becomes
 * the mean and is said; categories become numbers of their own or codes to embed, rare ones together; dates become trend, time of
 * year, weekday and hour; texts become codes of words, characters or byte pairs. What no column can be learned from is left out.
 *
 * @throws ValueError where there is nothing to learn, and for options that do not fit.
 * @example
 * const table = await readTable('houses.csv');
 * const preparation = learnPreparation(table, { target: 'price', columns: { zip: { kind: 'hashed' }, size: { scale: 'quantile' } } });
 * const [x] = preparation.encode(table);
 * await net.fit(x, preparation.encodeTarget(table));
 * preparation.keepIn(net);                                                     // saved with the model
 * await preparationOf(net).predict(net, [{ zip: '10115', size: 80 }]);         // [{ value: 312000 }]
 */
export const learnPreparation = (rows: Rows, options: LearnPreparationOptions = {}): Preparation => {
  unknownOptions('learnPreparation', options, ['target', 'task', 'columns', 'rows']);
  const { target: asked, task, columns = {}, rows: places } = options;
  if (countOf(rows) === 0) throw new ValueError('learnPreparation needs rows, got none.');
  const names = columnNames(rows);
  for (const name of Object.keys(columns)) valuesIn(rows, name, []);
  const targets = asked === undefined ? [] : typeof asked === 'string' ? [asked] : asked;
  const target = targets.length === 0 ? null : learnTarget(rows, targets, task, places);
  const steps: Step[] = [];
  const ignored: { name: string; why: string }[] = [];
  for (const name of names) {
    if (targets.includes(name)) continue;
    const step = learnStep(name, valuesIn(rows, name, places), columns[name]);
    if (typeof step === 'string') ignored.push({ name, why: step });
    else steps.push(step);
  }
  if (steps.length === 0)
    throw new ValueError(`no column is left to learn from: ${ignored.map(({ name, why }) => `'${name}': ${why}`).join('; ')}.`);
  const given = Object.entries(columns).flatMap(([name, { tokenizer }]) =>
    typeof tokenizer === 'object' ? [[name, tokenizer] as const] : [],
  );
  return new Preparation({ version: 2, steps, target, ignored }, Object.fromEntries(given));
};
