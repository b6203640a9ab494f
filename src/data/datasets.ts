import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { fashionMnistSource, type LabelledImages, loadMnistLike, type MnistLike, mnistSource } from './mnist.ts';

/** Inputs and targets. */
export interface Examples {
  readonly x: Tensor;
  readonly y: Tensor;
}

export interface SplitExamples {
  readonly train: Examples;
  readonly test: Examples;
}

const examples = ({ images, labels, count, side }: LabelledImages): Examples => ({
  x: tensor(images, { shape: [count, side, side] }),
  y: tensor(labels, { shape: [count] }),
});

const imageSet = (source: MnistLike) => async (): Promise<SplitExamples> => {
  const { train, test } = await loadMnistLike(source);
  return { train: examples(train), test: examples(test) };
};

/**
 * Named data sets, verified by SHA-256 wherever they come from: a package, the folder that the environment variable GRADUS_DATA names,
 * the cache, or a download.
 */
export const datasets: {
  /** Handwritten digits: x uint8 (60000, 28, 28), y uint8 (60000); 10,000 for testing. LeCun, Cortes, Burges 1998; CC BY-SA 3.0. */
  readonly mnist: () => Promise<SplitExamples>;
  /** Pieces of clothing, in MNIST's format. Xiao, Rasul, Vollgraf 2017; MIT licence. */
  readonly fashionMnist: () => Promise<SplitExamples>;
} = { mnist: imageSet(mnistSource), fashionMnist: imageSet(fashionMnistSource) };
