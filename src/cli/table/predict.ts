import { configure, loadModel, type Model, ValueError } from '../../index.ts';
import { writeWhole } from '../files.ts';
import type { Output } from '../output.ts';
import { type Command, UsageError } from '../usage.ts';
import { isMissing } from './columns.ts';
import { encodeInputs, encodeTarget } from './encode.ts';
import { recipeOf } from './network.ts';
import { readTable } from './read.ts';
import type { Recipe, Table } from './recipe.ts';
import { answersOf, scoresOf } from './train.ts';

const recipeFrom = (net: Model, path: string): Recipe => {
  const recipe = recipeOf(net);
  if (recipe?.version === 1) return recipe;
  throw new ValueError(`${path} was not trained on a table by 'gradus train': it does not say how rows become its inputs.`);
};

/** Figures of a model on all rows of a table that have a target. */
export const evaluateTable = async (net: Model, path: string, output: Output): Promise<void> => {
  const recipe = recipeFrom(net, 'the model');
  const table = await readTable(path);
  const place = table.columns.indexOf(recipe.target.name);
  if (place < 0)
    throw new ValueError(`${path} lacks the column '${recipe.target.name}', which the model predicts: it cannot be judged by this table.`);
  const rows = table.rows.flatMap((row, index) => (isMissing(row[place] as string) ? [] : [index]));
  const scores = await scoresOf(net, recipe, { x: encodeInputs(recipe, table, rows), y: encodeTarget(recipe.target, table, rows) });
  for (const [name, value] of Object.entries(scores)) output.say(`${name.padEnd(22)} ${value.toFixed(4)}`);
  output.event({ event: 'evaluation', data: path, rows: rows.length, ...scores });
};

const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Rows that are looked at together. */
const atOnce = 8192;

/** The answers' columns, and their texts for some rows. */
const answerColumns = (recipe: Recipe): string[] => {
  const { target } = recipe;
  return target.task === 'classification' ? [`predicted_${target.name}`, 'probability'] : [`predicted_${target.name}`];
};

const answerTexts = async (net: Model, recipe: Recipe, table: Table, rows: readonly number[]): Promise<string[][]> => {
  const answers = await answersOf(net, recipe, encodeInputs(recipe, table, rows));
  const { target } = recipe;
  if (target.task === 'regression') return Array.from(answers, value => [String(Number(value.toPrecision(7)))]);
  const count = target.classes.length;
  return rows.map((_, index) => {
    const chances = answers.subarray(index * count, (index + 1) * count);
    const best = chances.reduce((top, value, place) => (value > (chances[top] as number) ? place : top), 0);
    return [target.classes[best] as string, (chances[best] as number).toFixed(4)];
  });
};

/** The rows of a table with a model's answers beside them. */
export const predict = async ({ operands, out }: Command, output: Output): Promise<void> => {
  const [path, data, ...more] = operands;
  if (path === undefined || data === undefined || more.length > 0)
    throw new UsageError(`gradus predict takes a model file and a table, got ${operands.length} names. See gradus --help.`);
  await configure({ wideSimd: true });
  const net = await loadModel(path);
  const recipe = recipeFrom(net, path);
  const table = await readTable(data);
  const columns = answerColumns(recipe);
  const lines = [[...table.columns, ...columns].map(quoted).join(',')];
  for (let first = 0; first < table.rows.length; first += atOnce) {
    const rows = Array.from({ length: Math.min(atOnce, table.rows.length - first) }, (_, index) => first + index);
    const answers = await answerTexts(net, recipe, table, rows);
    rows.forEach((row, index) => {
      const answer = answers[index] as string[];
      lines.push([...(table.rows[row] as readonly string[]), ...answer].map(quoted).join(','));
      output.event({ event: 'prediction', row, ...Object.fromEntries(columns.map((name, place) => [name, answer[place]])) });
    });
  }
  if (out !== undefined) {
    await writeWhole(out, `${lines.join('\n')}\n`);
    output.say(`${table.rows.length.toLocaleString('en-US')} rows with answers: ${out}`);
  } else output.say(lines.join('\n'));
};
