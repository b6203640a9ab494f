import { type Tensor, tensor, ValueError } from '../../index.ts';
import { dateFrom, isMissing, numberFrom } from './columns.ts';
import type { Recipe, Step, Table, Target } from './recipe.ts';
import { tokensOf } from './words.ts';

/** How many numbers a step makes for the matrix of numbers; 0 for those with an input of their own. */
export const widthOf = (step: Step): number => {
  if (step.kind === 'number') return step.withMissing ? 2 : 1;
  if (step.kind === 'category') return step.values.length + 1;
  return step.kind === 'date' ? 6 : 0;
};

/** A column with an input of its own: a list of codes, which are embedded. */
export interface EmbeddedInput {
  readonly step: Extract<Step, { kind: 'embedded' | 'text' }>;
  readonly length: number;
  readonly vocabulary: number;
}

/** Inputs of the model: the matrix of numbers where there is one, then one for each embedded column. */
export interface InputPlan {
  readonly numbers: number;
  readonly embedded: readonly EmbeddedInput[];
}

export const inputsOf = ({ steps }: Recipe): InputPlan => ({
  numbers: steps.reduce((sum, step) => sum + widthOf(step), 0),
  embedded: steps.flatMap((step): EmbeddedInput[] => {
    if (step.kind === 'text') return [{ step, length: step.length, vocabulary: step.words.length + 2 }];
    return step.kind === 'embedded' ? [{ step, length: 1, vocabulary: step.values.length + 2 }] : [];
  }),
});

/** One value as numbers; what is missing becomes the mean. */
const numbersFor = (step: Step, text: string): number[] => {
  if (step.kind === 'number') {
    const value = isMissing(text) ? Number.NaN : numberFrom(text);
    const seen = step.logarithm ? Math.log1p(Math.max(0, value)) : value;
    const scaled = Number.isFinite(seen) ? Math.max(-8, Math.min(8, (seen - step.mean) / step.deviation)) : 0;
    return step.withMissing ? [scaled, Number.isFinite(seen) ? 0 : 1] : [scaled];
  }
  if (step.kind === 'date') {
    const time = isMissing(text) ? Number.NaN : dateFrom(text);
    if (!Number.isFinite(time)) return [0, 0, 0, 0, 0, 0];
    const date = new Date(time);
    const [year, week] = [(2 * Math.PI * (date.getUTCMonth() + date.getUTCDate() / 31)) / 12, (2 * Math.PI * date.getUTCDay()) / 7];
    return [
      (time / 86_400_000 - step.mean) / step.deviation,
      Math.sin(year),
      Math.cos(year),
      Math.sin(week),
      Math.cos(week),
      date.getUTCHours() / 12 - 1,
    ];
  }
  return [];
};

const placesOf = (step: Step, cache: Map<Step, Map<string, number>>): Map<string, number> => {
  const known = cache.get(step);
  if (known !== undefined) return known;
  const values = step.kind === 'text' ? step.words : step.kind === 'category' || step.kind === 'embedded' ? step.values : [];
  const places = new Map(values.map((value, index) => [value, index]));
  cache.set(step, places);
  return places;
};

/** Rows of a table as the model's inputs. @throws ValueError for columns that are not there. */
export const encodeInputs = (recipe: Recipe, table: Table, rows: readonly number[]): Tensor[] => {
  const cache = new Map<Step, Map<string, number>>();
  const at = (name: string): number => {
    const place = table.columns.indexOf(name);
    if (place < 0)
      throw new ValueError(
        `the data lacks the column '${name}', which the model was trained with. It has ${table.columns.slice(0, 30).join(', ')}.`,
      );
    return place;
  };
  const { numbers, embedded } = inputsOf(recipe);
  const inputs: Tensor[] = [];
  if (numbers > 0) {
    const matrix = new Float32Array(rows.length * numbers);
    let first = 0;
    for (const step of recipe.steps) {
      const width = widthOf(step);
      if (width === 0) continue;
      const place = at(step.name);
      rows.forEach((row, index) => {
        const text = (table.rows[row] as readonly string[])[place] ?? '';
        const start = index * numbers + first;
        if (step.kind === 'category') {
          const found = isMissing(text) ? undefined : placesOf(step, cache).get(text.trim());
          matrix[start + (found ?? step.values.length)] = 1;
        } else matrix.set(numbersFor(step, text), start);
      });
      first += width;
    }
    inputs.push(tensor(matrix, { shape: [rows.length, numbers] }));
  }
  for (const { step, length } of embedded) {
    const place = at(step.name);
    const codes = new Int32Array(rows.length * length);
    const known = placesOf(step, cache);
    rows.forEach((row, index) => {
      const text = (table.rows[row] as readonly string[])[place] ?? '';
      const parts = step.kind === 'text' ? tokensOf(text) : [text.trim()];
      // 0 is padding, 1 is what training did not see.
      const list = parts.map(part => (known.get(part) ?? -1) + 2).filter(code => step.kind !== 'text' || code > 1);
      codes.set(list.slice(0, length), index * length);
    });
    inputs.push(tensor(codes, { shape: [rows.length, length] }));
  }
  return inputs;
};

/** Rows that have a target, and their targets. */
export const encodeTarget = (target: Target, table: Table, rows: readonly number[]): Tensor => {
  const place = table.columns.indexOf(target.name);
  const values = rows.map(row => ((table.rows[row] as readonly string[])[place] ?? '').trim());
  if (target.task === 'classification') {
    const places = new Map(target.classes.map((name, index) => [name, index]));
    const labels = values.map(value => {
      const found = places.get(value);
      if (found === undefined)
        throw new ValueError(
          `the target '${target.name}' holds '${value}', which training did not see: it knows ${target.classes.slice(0, 20).join(', ')}.`,
        );
      return found;
    });
    return tensor(Int32Array.from(labels));
  }
  return tensor(
    Float32Array.from(values, value => scaledTarget(target, numberFrom(value))),
    { shape: [values.length, 1] },
  );
};

type Regression = Extract<Target, { task: 'regression' }>;

export const scaledTarget = ({ mean, deviation, logarithm }: Regression, value: number): number =>
  ((logarithm ? Math.log1p(Math.max(0, value)) : value) - mean) / deviation;

/** An answer in the target's own unit, not far outside of what training saw. */
export const unscaledTarget = ({ mean, deviation, logarithm, least, most }: Regression, value: number): number => {
  const seen = value * deviation + mean;
  return Math.max(least, Math.min(most, logarithm ? Math.expm1(seen) : seen));
};
