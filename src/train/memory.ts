import type { Buffer } from '../backends/device.ts';
import { byteSize } from '../core/dtype.ts';
import { formatShape, ShapeError, ValueError } from '../core/errors.ts';
import { sameShape, sizeOf } from '../core/shape.ts';
import { input } from '../graph/node.ts';
import { foldIn, type HostKey } from '../nn/hostRandom.ts';
import type { Weight } from '../nn/layer.ts';
import { storageFrom } from '../tensor/convert.ts';
import { copyBuffers, tensorsFrom } from '../tensor/program.ts';
import { currentDevice } from '../tensor/runtime.ts';
import { isTensor, type Tensor, wrap } from '../tensor/tensor.ts';
import { tensorsIn } from '../tensor/trees.ts';
import type { Network, Weights } from './network.ts';

/** A weight with its place. */
interface Placed extends Weight {
  readonly path: string;
}

/**
 * The weights of a model where programs update them in place. Outside they are seen as copies, made when asked for and kept until the
 * next change, so that a tensor taken from a model never changes.
 */
export class WeightMemory {
  /** Tensors that stand for the weights in traces. */
  readonly template: Weights;
  readonly placed: readonly Placed[];
  readonly #frozen = new Set<string>();
  #buffers: readonly Buffer[];
  #seen: Weights | undefined;

  constructor({ layers }: Network, key: HostKey) {
    const withWeights = layers.filter(({ weights }) => weights.length > 0);
    this.template = Object.fromEntries(
      withWeights.map(({ name, weights }) => [
        name,
        Object.fromEntries(weights.map(weight => [weight.name, wrap(input(weight.shape, weight.dtype))])),
      ]),
    );
    this.placed = withWeights.flatMap(({ name, weights }) => weights.map(weight => ({ ...weight, path: `${name}.${weight.name}` })));
    // The place in the model makes the stream, so that another layer's size does not change this one's values.
    this.#buffers = withWeights.flatMap(({ weights }, layer) =>
      weights.map((weight, index) => {
        const values = storageFrom(weight.initializer.values(weight.shape, foldIn(foldIn(key, layer), index)), weight.dtype);
        const buffer = currentDevice().allocate(weight.dtype, sizeOf(weight.shape));
        currentDevice().write(buffer, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
        return buffer;
      }),
    );
  }

  /** For programs: to read, or to give away and replace by what they return. */
  get buffers(): readonly Buffer[] {
    return this.#buffers;
  }

  set buffers(next: readonly Buffer[]) {
    this.#buffers = next;
    this.#seen = undefined;
  }

  get trainable(): readonly boolean[] {
    return this.placed.map(({ trainable, path }) => trainable && !this.#frozen.has(path));
  }

  /** Which weights are states that go on from batch to batch. */
  get states(): readonly boolean[] {
    return this.placed.map(({ isState }) => isState);
  }

  /** Puts new buffers in the places of the states. */
  setStates(buffers: readonly Buffer[]): void {
    if (buffers.length === 0) return;
    const places = this.placed.flatMap(({ isState }, index) => (isState ? [index] : []));
    places.forEach((place, index) => {
      const { path, shape } = this.placed[place] as Placed;
      if ((buffers[index] as Buffer).elements !== sizeOf(shape))
        throw new ShapeError(
          `'${path}' holds the states of ${shape[0]} rows: a stateful model takes batches of as many rows (batchSize: ${shape[0]}).`,
        );
    });
    let next = 0;
    this.buffers = this.#buffers.map((buffer, index) => (this.placed[index]?.isState === true ? (buffers[next++] as Buffer) : buffer));
  }

  /** Puts zeros in the states. */
  clearStates(): void {
    this.#buffers.forEach((buffer, index) => {
      if (this.placed[index]?.isState === true) currentDevice().write(buffer, new Uint8Array(byteSize(buffer.dtype, buffer.elements)));
    });
    this.#seen = undefined;
  }

  /** Layers of whose trainable weights none is moved. */
  get frozenLayers(): ReadonlySet<string> {
    const still = new Set<string>();
    const moving = new Set<string>();
    for (const { path, trainable, name } of this.placed) {
      const layer = path.slice(0, -name.length - 1);
      if (trainable) (this.#frozen.has(path) ? still : moving).add(layer);
    }
    return new Set([...still].filter(layer => !moving.has(layer)));
  }

  /** Freezes the weights whose paths match, or gives them back; says how many. */
  freeze(matches: (path: string) => boolean, isFrozen: boolean): number {
    const found = this.placed.filter(({ path, trainable }) => trainable && matches(path) && this.#frozen.has(path) !== isFrozen);
    for (const { path } of found) {
      if (isFrozen) this.#frozen.add(path);
      else this.#frozen.delete(path);
    }
    return found.length;
  }

  get tensors(): Weights {
    this.#seen ??= tensorsFrom(this.template, this.#buffers, { copy: true });
    return this.#seen;
  }

  /** Puts copies of a flat list in their places. @throws before anything is changed. */
  setAll(tensors: readonly Tensor[]): void {
    if (tensors.length !== this.placed.length)
      throw new ValueError(`setWeights got ${tensors.length} tensors, and the model has ${this.placed.length} weights: ${this.paths()}.`);
    const cast = this.placed.map(({ path, shape, dtype }, index) => {
      const given = tensors[index];
      if (!isTensor(given))
        throw new ValueError(`setWeights takes tensors, and got a ${typeof given} for '${path}'. Make one: tensor(values).`);
      if (!sameShape(given.shape, shape))
        throw new ShapeError(`setWeights cannot put ${formatShape(given.shape)} into '${path}', which has shape ${formatShape(shape)}.`);
      return given.cast(dtype);
    });
    this.buffers = copyBuffers(cast);
  }

  private paths(): string {
    return this.placed.map(({ path, shape }) => `${path} ${formatShape(shape)}`).join(', ');
  }
}

/** The flat list of a tree of weights. */
export const flatWeights = (weights: Weights): Tensor[] => tensorsIn(weights).map(({ leaf }) => leaf);
