import { layers, type Model, sequential, unknownName } from '../index.ts';
import { UsageError } from './usage.ts';

/** Networks for small grey images, by name; input (side, side) of uint8 pixels. */
const networks: Readonly<Record<string, (side: number, classes: number, seed: number) => Model>> = {
  /** Two convolutions with pooling, after LeNet: about 18,000 parameters. */
  cnn: (side, classes, seed) =>
    sequential(
      [
        layers.rescaling(1 / 255),
        layers.reshape([side, side, 1]),
        layers.conv2d(16, 5, { activation: 'relu' }),
        layers.maxPool2d(2),
        layers.conv2d(32, 5, { activation: 'relu' }),
        layers.maxPool2d(2),
        layers.flatten(),
        layers.dropout(0.25),
        layers.dense(classes),
      ],
      { inputShape: [side, side], seed },
    ),
  mlp: (side, classes, seed) =>
    sequential(
      [layers.rescaling(1 / 255), layers.flatten(), layers.dense(128, { activation: 'relu' }), layers.dropout(0.2), layers.dense(classes)],
      { inputShape: [side, side], seed },
    ),
};

export const networkNamed = (name: string, side: number, classes: number, seed: number): Model => {
  const make = networks[name];
  if (make === undefined) throw new UsageError(unknownName('model', name, Object.keys(networks)).message);
  return make(side, classes, seed);
};
