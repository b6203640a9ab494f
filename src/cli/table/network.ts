import { input, layers, type Model, model, type Symbolic } from '../../index.ts';
import { type EmbeddedInput, inputsOf } from './encode.ts';
import type { Recipe } from './recipe.ts';

/** Outputs of the last layer: one a class, or one number. */
export const outputsOf = ({ target }: Recipe): number => (target.task === 'classification' ? target.classes.length : 1);

const widthFor = ({ step, vocabulary }: EmbeddedInput): number =>
  step.kind === 'text' ? 64 : Math.min(32, Math.ceil(1.6 * vocabulary ** 0.5));

/** One vector a row, from numbers and embedded columns. */
const joined = (recipe: Recipe): { readonly inputs: readonly Symbolic[]; readonly features: Symbolic } => {
  const { numbers, embedded } = inputsOf(recipe);
  const inputs: Symbolic[] = [];
  const parts: Symbolic[] = [];
  if (numbers > 0) {
    const matrix = input([numbers], { name: 'numbers' });
    inputs.push(matrix);
    parts.push(matrix);
  }
  for (const one of embedded) {
    const codes = input([one.length], { dtype: 'int32', name: one.step.name });
    inputs.push(codes);
    const vectors = layers.embedding(one.vocabulary, widthFor(one), { maskZero: true })(codes);
    parts.push(one.step.kind === 'text' ? layers.globalAveragePool1d()(vectors) : layers.flatten()(vectors));
  }
  return { inputs, features: parts.length === 1 ? (parts[0] as Symbolic) : layers.concatenate()(parts) };
};

export const hasText = ({ steps }: Recipe): boolean => steps.some(({ kind }) => kind === 'text');

/** What everyone would try first: one linear layer. */
export const linearNetwork = (recipe: Recipe, seed: number): Model => {
  const { inputs, features } = joined(recipe);
  const seen = hasText(recipe) ? layers.dropout(0.5)(features) : features; // averages of embedded words overfit
  return model({ inputs, outputs: layers.dense(outputsOf(recipe))(seen), seed });
};

/** Two hidden layers with batch normalization and dropout; wider for many rows. */
export const deepNetwork = (recipe: Recipe, rows: number, seed: number): Model => {
  const { inputs, features } = joined(recipe);
  const isText = hasText(recipe);
  const width = rows < 500 ? 32 : rows < 5000 ? 64 : 128;
  const rate = isText ? 0.4 : rows < 2000 ? 0.2 : 0.05;
  let hidden = isText ? layers.dropout(rate)(features) : features;
  for (const units of [width, width]) {
    const block = [
      layers.dense(units, { useBias: false }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.activation('relu'),
      layers.dropout(rate),
    ];
    hidden = block.reduce((value, layer) => layer(value), hidden);
  }
  return model({ inputs, outputs: layers.dense(outputsOf(recipe))(hidden), seed });
};

/** How its outputs become answers is in the recipe: the model keeps it. */
export const withRecipe = (net: Model, recipe: Recipe): Model => {
  net.metadata = { recipe: JSON.parse(JSON.stringify(recipe)) };
  return net;
};

/** The recipe that a model was saved with. */
export const recipeOf = (net: Model): Recipe | undefined => net.metadata?.recipe as unknown as Recipe | undefined;
