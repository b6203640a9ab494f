import type { PreparedInput } from '../../data/index.ts';
import { input, layers, type Model, model, type Symbolic } from '../../index.ts';
import type { NetworkSize } from './prepared.ts';

type Inputs = readonly PreparedInput[];

const widthFor = ({ kind, vocabulary = 0 }: PreparedInput): number =>
  kind === 'text' ? 64 : Math.min(32, Math.ceil(1.6 * vocabulary ** 0.5));

/** A sequence as its mean and its largest value in each channel, after convolutions that shorten it. */
const throughConvolutions = (values: Symbolic, length: number): Symbolic => {
  let hidden = layers.reshape([length, 1])(values);
  const blocks = Math.max(1, Math.min(4, Math.floor(Math.log2(length / 4))));
  for (let block = 0; block < blocks; block++) {
    const filters = Math.min(64, 16 * 2 ** block);
    const steps = [
      layers.conv1d(filters, 5, { padding: 'same', useBias: false }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.activation('relu'),
      layers.maxPool1d(2, { padding: 'same' }),
    ];
    hidden = steps.reduce((value, layer) => layer(value), hidden);
  }
  return layers.concatenate()([layers.globalAveragePool1d()(hidden), layers.globalMaxPool1d()(hidden)]);
};

/** One vector a row, from numbers and embedded codes. */
const joined = (prepared: Inputs, isDeep: boolean): { readonly inputs: readonly Symbolic[]; readonly features: Symbolic } => {
  const inputs: Symbolic[] = [];
  const parts: Symbolic[] = [];
  for (const one of prepared) {
    const values = input([...one.shape], { dtype: one.dtype, name: one.name });
    inputs.push(values);
    if (one.kind === 'sequence') {
      parts.push(isDeep ? throughConvolutions(values, one.shape[0] as number) : values);
      continue;
    }
    if (one.kind === 'numbers') {
      parts.push(values);
      continue;
    }
    const vectors = layers.embedding(one.vocabulary as number, widthFor(one), { maskZero: true })(values);
    parts.push(one.kind === 'text' ? layers.globalAveragePool1d()(vectors) : layers.flatten()(vectors));
  }
  return { inputs, features: parts.length === 1 ? (parts[0] as Symbolic) : layers.concatenate()(parts) };
};

export const hasText = (inputs: Inputs): boolean => inputs.some(({ kind }) => kind === 'text');

/** What everyone would try first: one linear layer. */
export const linearNetwork = (prepared: Inputs, outputs: number, seed: number): Model => {
  const { inputs, features } = joined(prepared, false);
  const seen = hasText(prepared) ? layers.dropout(0.5)(features) : features; // averages of embedded words overfit
  return model({ inputs, outputs: layers.dense(outputs)(seen), seed });
};

/** The usual size for so many rows. */
export const usualSize = (prepared: Inputs, rows: number): NetworkSize => ({
  ...{ width: 1, depth: 0 },
  dropout: hasText(prepared) ? 0.4 : rows < 2000 ? 0.2 : 0.05,
});

/** Hidden layers with batch normalization and dropout; two of them, wider for many rows. */
export const deepNetwork = (prepared: Inputs, outputs: number, rows: number, seed: number, size: NetworkSize): Model => {
  const { inputs, features } = joined(prepared, true);
  const width = Math.max(8, Math.round((rows < 500 ? 32 : rows < 5000 ? 64 : 128) * size.width));
  let hidden = hasText(prepared) ? layers.dropout(size.dropout)(features) : features;
  for (let layer = 0; layer < Math.max(1, 2 + size.depth); layer++) {
    const block = [
      layers.dense(width, { useBias: false }),
      layers.batchNormalization({ momentum: 0.9 }),
      layers.activation('relu'),
      layers.dropout(size.dropout),
    ];
    hidden = block.reduce((value, one) => one(value), hidden);
  }
  return model({ inputs, outputs: layers.dense(outputs)(hidden), seed });
};
