import {
  type ColumnOptions,
  columnOf,
  isMissing,
  learnPreparation,
  type Preparation,
  rowOf,
  type Step,
  type Table,
  tableOf,
  textFrom,
  valuesIn,
} from '../../data/index.ts';
import { FormatError, type Model, ValueError } from '../../index.ts';
import type { Settings } from '../settings.ts';
import { splitByGroup, splitByTime, splitRows } from '../training/split.ts';
import type { Example, Part, Prepared } from './prepared.ts';
import { deepNetwork, hasText, linearNetwork, usualSize } from './tableNetworks.ts';

const targetNames = ['target', 'label', 'class', 'outcome', 'intent', 'sentiment', 'species', 'diagnosis', 'survived', 'price', 'quality'];

/** The columns to predict: those that were asked for, one with a usual name, or the last. */
const targetsOf = (names: readonly string[], asked: string | undefined): { readonly names: readonly string[]; readonly why: string } => {
  if (asked !== undefined) {
    const list = names.includes(asked) ? [asked] : asked.split(',').map(name => name.trim());
    const unknown = list.find(name => !names.includes(name));
    if (unknown !== undefined)
      throw new ValueError(`there is no column '${unknown}': they are ${names.slice(0, 30).join(', ')}${names.length > 30 ? ', …' : ''}.`);
    return { names: list, why: '--target' };
  }
  const usual = targetNames.map(name => names.find(column => column.toLowerCase() === name)).find(column => column !== undefined);
  return usual === undefined ? { names: [names.at(-1) as string], why: 'the last column' } : { names: [usual], why: 'its name' };
};

const describeStep = (step: Step): string => {
  const count = (value: number): string => value.toLocaleString('en-US');
  switch (step.kind) {
    case 'number': {
      const scales = { standard: '', logarithm: ', through a logarithm', quantile: ', by quantiles', none: ', as it is' };
      return `number${scales[step.scale]}${step.withMissing ? ', some missing' : ''}`;
    }
    case 'category':
      return `category of ${count(step.values.length)}`;
    case 'embedded':
      return `category of ${count(step.values.length)}, embedded`;
    case 'hashed':
      return `category, in ${count(step.buckets)} buckets`;
    case 'date':
      return 'date: trend, time of year, weekday, hour';
    case 'sequence':
      return `sequence of ${count(step.length)} numbers`;
    case 'text':
      return `text: ${step.tokenizer.kind === 'words' ? `${count(step.tokenizer.words.length)} words and pairs` : step.tokenizer.kind}, up to ${count(step.length)} a row`;
  }
};

const list = (names: readonly string[], most: number): string => `${names.slice(0, most).join(', ')}${names.length > most ? ', …' : ''}`;

const describeTarget = ({ target }: Preparation, why: string): string => {
  if (target?.task === 'regression')
    return `target '${target.name}' (${why}): a number${target.logarithm ? ', learned through its logarithm' : ''}`;
  const kind = target?.task === 'multiLabel' ? 'classes, several at once' : 'classes';
  return `target '${target?.name}' (${why}): ${target?.classes.length} ${kind}: ${list(target?.classes ?? [], 8)}`;
};

const batchSizeFor = (rows: number): number => Math.min(256, Math.max(16, 2 ** Math.round(Math.log2(rows / 60))));

/** Rows in three parts, as they were asked for. */
const split = async (table: Table, rows: readonly number[], targets: readonly string[], preparation: Preparation, settings: Settings) => {
  const { group, time, seed } = settings;
  const at = (name: string): readonly unknown[] => valuesIn(table, name);
  const targetValues = at(targets[0] as string);
  const labels = preparation.target?.task === 'classification' ? (row: number): string => textFrom(targetValues[row] as string) : undefined;
  if (group !== undefined) {
    const groups = at(group);
    return splitByGroup(rows, row => textFrom(groups[row] as string), labels, seed);
  }
  if (time !== undefined) {
    const column = columnOf(table, time);
    if (column.kind !== 'date' && column.kind !== 'number')
      throw new ValueError(`--time needs a column of dates or numbers, and '${time}' holds texts.`);
    return splitByTime(rows, row => column.values[row] as number, seed);
  }
  return splitRows(rows, labels, seed);
};

/** What columns are said to be; groups are not learned from: a model that knows the patient does not know the next one. */
const columnsFor = ({ group, columns }: Settings): Readonly<Record<string, ColumnOptions>> => ({
  ...Object.fromEntries(Object.entries(columns ?? {}).map(([name, kind]) => [name, { kind }])),
  ...(group === undefined ? {} : { [group]: { kind: 'ignored' } }),
});

/** A table, ready to train on. @throws ValueError where there is too little, or nothing, to learn from. */
export const prepareTable = async (source: string, table: Table, settings: Settings, test?: Table): Promise<Prepared> => {
  const names = table.columns.map(({ name }) => name);
  if (table.count === 0) throw new FormatError(`${source} has no rows below its header.`);
  if (names.length < 2)
    throw new FormatError(`${source} has only the column '${names[0]}': a table needs a target and something to predict it from.`);
  const { names: targets, why } = targetsOf(names, settings.target);
  const columns = columnsFor(settings);
  const taskOption = settings.task === undefined ? {} : { task: settings.task };
  const target = targets.length === 1 ? { target: targets[0] as string } : { target: targets };
  const [targetValues = []] = targets.map(name => valuesIn(table, name));
  const isListed = settings.task === 'multiLabel' || targets.length > 1;
  const rows = targetValues.flatMap((value, row) => (isListed || !isMissing(value) ? [row] : []));
  if (rows.length === 0) throw new ValueError(`the target '${targets[0]}' has no values.`);
  // Once for the target's sake, then from the rows to train on alone.
  const first = learnPreparation(table, { ...target, ...taskOption, columns });
  if (rows.length < 10)
    throw new ValueError(`${rows.length} rows have a target: too few to learn from and to judge by. At least 10 are needed.`);
  const made = await split(table, rows, targets, first, settings);
  const parts = test === undefined ? made : { ...made, train: [...made.train, ...made.test] };
  if (parts.test.length === 0 || parts.validation.length === 0)
    throw new ValueError('there are too few rows of each class to judge a model by.');
  const preparation = learnPreparation(table, { ...target, ...taskOption, columns, rows: parts.train });
  const part = (places: readonly number[], from = table): Part => ({
    x: preparation.encode(from, places),
    y: preparation.encodeTarget(from, places),
    rows: places,
  });
  const judged = test ?? table;
  const testRows = test === undefined ? parts.test : Array.from({ length: test.count }, (_, row) => row);
  const { inputs, outputs, config } = preparation;
  const columnsUsed = config.steps.map(step => ({ name: step.name, use: describeStep(step) }));
  const described = columnsUsed.map(({ name, use }) => `  ${name.padEnd(26)} ${use}`);
  const learned = preparation.target as NonNullable<Preparation['target']>;
  return {
    ...{ source, kind: 'table', task: learned.task, target: learned.name },
    classes: learned.task === 'regression' ? [] : learned.classes,
    about: [
      `${source}: ${table.count.toLocaleString('en-US')} rows, ${names.length} columns`,
      describeTarget(preparation, why),
      ...described.slice(0, 20),
      ...(described.length > 20 ? [`  … and ${described.length - 20} more columns`] : []),
      ...config.ignored
        .slice(0, 10)
        .map(({ name, why: reason }) => `  ${name.padEnd(26)} not used: ${name === settings.group ? 'rows are split by it' : reason}`),
      `${parts.train.length} rows to train on, ${parts.validation.length} to choose by, ${testRows.length} for the end`,
      'Wrong? --target, --column NAME=KIND, --task, --group, --time: see gradus --help\n',
    ],
    columns: [...columnsUsed, ...config.ignored.map(({ name, why: reason }) => ({ name, use: `not used: ${reason}` }))],
    ...{ train: part(parts.train), validation: part(parts.validation), test: part(testRows, judged) },
    ...{ inputs, outputs },
    usual: {
      ...{ epochs: 60, batchSize: batchSizeFor(parts.train.length), weightDecay: 0.01, size: usualSize(inputs, parts.train.length) },
      ...{ linearRate: hasText(inputs) ? 3e-3 : 1e-2, rates: [1e-3, 3e-3, 1e-2] },
    },
    linear: seed => linearNetwork(inputs, outputs, seed),
    deep: (seed, size) => deepNetwork(inputs, outputs, parts.train.length, seed, size),
    keepIn: net => preparation.keepIn(net),
    answers: async (net, x) => preparation.answerNumbers(await predictions(net, x)),
    truth: async y => (learned.task === 'regression' ? preparation.answerNumbers(y) : Float64Array.from(await y.data())),
    shuffledColumns: {
      names: config.steps.map(({ name }) => name),
      encode: (name, order) => {
        const column = columnOf(judged, name);
        const values = testRows.map(row => column.values[row]);
        const mixed = [...(column.values as ArrayLike<unknown> as unknown[])];
        testRows.forEach((row, index) => {
          mixed[row] = values[order[index] as number];
        });
        const changed = {
          ...column,
          values: column.values instanceof Float64Array ? Float64Array.from(mixed as number[]) : mixed,
        } as typeof column;
        return preparation.encode(
          { count: judged.count, columns: judged.columns.map(one => (one.name === name ? changed : one)) },
          testRows,
        );
      },
    },
    example: index => exampleOf(judged, testRows[index] as number, config.steps),
    ...withoutWords(preparation, judged, testRows),
  };
};

/** Texts without one word each, where a model reads one text: longer ones are cut. */
const withoutWords = (preparation: Preparation, table: Table, rows: readonly number[]): Pick<Prepared, 'withoutWords'> => {
  const texts = preparation.config.steps.filter(({ kind }) => kind === 'text');
  const [step] = texts;
  if (step === undefined || texts.length > 1) return {};
  return {
    withoutWords: index => {
      const row = rowOf(table, rows[index] as number);
      const words = textFrom(row[step.name] as string)
        .split(/\s+/)
        .slice(0, mostWords);
      const without = [-1, ...words.keys()].map(left => ({ ...row, [step.name]: words.filter((_, place) => place !== left).join(' ') }));
      return { words, x: preparation.encode(without) };
    },
  };
};
const mostWords = 60;

const predictions = (net: Model, x: readonly unknown[]): ReturnType<Model['predict']> => net.predict(x as never, { batchSize: 512 });

const exampleOf = (table: Table, row: number, steps: readonly Step[]): Example => {
  const texts = steps.filter(({ kind }) => kind === 'text');
  const at = (name: string): string => textFrom(valuesIn(table, name, [row])[0] as string);
  const others = steps.filter(({ kind }) => kind !== 'text').slice(0, 12);
  return {
    caption: `row ${row + 1}`,
    ...(texts.length === 0 ? {} : { text: texts.map(({ name }) => at(name)).join('\n') }),
    ...(others.length === 0 ? {} : { cells: others.map(({ name }) => [name, at(name)] as const) }),
  };
};

/** Texts with their classes as a table. */
export const tableOfTexts = async (
  items: AsyncIterable<{ readonly text: string; readonly label: number }>,
  classes: readonly string[],
): Promise<Table> => {
  const rows: { text: string; label: string }[] = [];
  for await (const { text, label } of items) rows.push({ text, label: classes[label] as string });
  const table = await tableOf(rows);
  // Names of classes that look like numbers stay names.
  return {
    ...table,
    columns: table.columns.map(column =>
      column.name === 'label' ? { name: 'label', kind: 'category', values: rows.map(({ label }) => label) } : column,
    ),
  };
};
