import type { Buffer } from '../backends/device.ts';
import { formatShape, ShapeError, ValueError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import { HostRandom, hostKey } from '../nn/hostRandom.ts';
import { tensor } from '../tensor/create.ts';
import { compileProgram, type Program } from '../tensor/program.ts';
import { currentDevice } from '../tensor/runtime.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensorsIn } from '../tensor/trees.ts';
import type { ModelCore } from './core.ts';
import { predictRows } from './evaluator.ts';
import { clear, readNumbers } from './logs.ts';
import { runNetwork } from './network.ts';
import { placeholder } from './placeholder.ts';
import { type Fixed, shownWeights } from './programs.ts';

/** Reads tokens one after the other, several sequences beside each other, and says what it makes of the next one. */
export interface Decoder {
  /** Steps read so far. */
  readonly position: number;
  /** Logits (rows, vocabulary) for the token after these, one a row. */
  feed(tokens: readonly number[]): Promise<Float32Array>;
  /** As `feed`, where nobody asks for the logits. */
  skip(tokens: readonly number[]): Promise<void>;
  /** Each row goes on as a copy of another one. */
  reorder(order: readonly number[]): void;
  reset(): void;
}

/** A model that continues sequences: how many steps it sees, and how many tokens it knows. */
export const languageShape = ({ network }: ModelCore): { readonly length: number; readonly vocabulary: number } => {
  const [input, ...inputs] = network.inputs;
  const [output, ...outputs] = network.outputs;
  const fits =
    input !== undefined &&
    output !== undefined &&
    inputs.length === 0 &&
    outputs.length === 0 &&
    input.shape.length === 1 &&
    output.shape.length === 2;
  if (!fits || output.shape[0] !== input.shape[0])
    throw new ShapeError(
      `generate needs a model from tokens (batch, steps) to logits (batch, steps, vocabulary); this one goes from ${network.inputs.map(({ shape }) => formatShape(shape))} to ${network.outputs.map(({ shape }) => formatShape(shape))} (without the batch).`,
    );
  return { length: input.shape[0] as number, vocabulary: output.shape[1] as number };
};

interface State {
  readonly position: Tensor;
  readonly caches: readonly (readonly Tensor[])[];
}

/** A decoder that keeps what layers made of the steps before: keys and values of attention, states of recurrent layers. */
class CachedDecoder implements Decoder {
  position = 0;
  readonly #core: ModelCore;
  readonly #rows: number;
  readonly #state: State;
  #buffers: readonly Buffer[];
  readonly #tokens: Buffer;
  readonly #order: Buffer;
  #isReordered = false;

  constructor(core: ModelCore, rows: number) {
    this.#core = core;
    this.#rows = rows;
    const { length } = languageShape(core);
    const caches = core.network.calls.map(({ layer, inputs, own }) =>
      (layer.cache?.(length, ...inputs.slice(0, own).map(({ shape }) => shape)) ?? []).map(shape =>
        placeholder([rows, ...shape], 'float32'),
      ),
    );
    this.#state = { position: placeholder([], 'int32'), caches };
    const device = currentDevice();
    this.#buffers = tensorsIn(this.#state).map(({ leaf }) => device.allocate(leaf.dtype, sizeOf(leaf.shape)));
    this.#tokens = device.allocate('int32', rows);
    this.#order = device.allocate('int32', rows);
    this.reset();
  }

  reset(): void {
    this.position = 0;
    for (const buffer of this.#buffers) clear(buffer);
  }

  reorder(order: readonly number[]): void {
    currentDevice().write(this.#order, new Uint8Array(Int32Array.from(order).buffer));
    this.#isReordered = true;
  }

  #program(reordered: boolean): Program<State, Tensor> {
    const { network, memory, averaging, shown } = this.#core;
    const dtype = network.inputs[0]?.dtype ?? 'int32';
    const key = `decode ${this.#rows} ${reordered} ${averaging === undefined ? '' : 'averages'}`;
    return this.#core.program(key, () =>
      compileProgram(
        ({ position, caches }: State, fixed: Fixed, tokens: Tensor, order: Tensor) => {
          const weights = shownWeights(fixed, averaging, memory.trainable);
          const kept = reordered ? caches.map(some => some.map(cache => cache.gather(order, 0))) : caches;
          const run = runNetwork(network, weights, [tokens.cast(dtype)], { training: false, decode: { position, caches: kept } });
          const next = run.caches.map((some, index) => (some.length === 0 ? (kept[index] ?? []) : some));
          const output = (run.outputs[0] as Tensor).cast('float32');
          const logits = output.reshape([this.#rows, output.size / this.#rows]);
          return { state: { position: position.add(1), caches: next.slice(0, caches.length) }, outputs: logits };
        },
        this.#state,
        shown.template,
        placeholder([this.#rows, 1], 'int32'),
        placeholder([this.#rows], 'int32'),
      ),
    ) as Program<State, Tensor>;
  }

  #run(tokens: readonly number[]): Buffer {
    currentDevice().write(this.#tokens, new Uint8Array(Int32Array.from(tokens).buffer));
    const program = this.#program(this.#isReordered);
    this.#isReordered = false;
    const { state, outputs } = program.run(this.#buffers, [...this.#core.shown.buffers, this.#tokens, this.#order]);
    this.#buffers = state;
    this.position++;
    return outputs[0] as Buffer;
  }

  async feed(tokens: readonly number[]): Promise<Float32Array> {
    const buffer = this.#run(tokens);
    const logits = (await readNumbers(buffer)) as Float32Array;
    currentDevice().free(buffer);
    return logits;
  }

  async skip(tokens: readonly number[]): Promise<void> {
    currentDevice().free(this.#run(tokens));
  }
}

/** A decoder for models whose layers mix steps otherwise: it computes all steps anew each time. */
class WholeDecoder implements Decoder {
  readonly #core: ModelCore;
  #sequences: number[][];

  constructor(core: ModelCore, rows: number) {
    this.#core = core;
    this.#sequences = Array.from({ length: rows }, () => []);
  }

  get position(): number {
    return this.#sequences[0]?.length ?? 0;
  }

  reset(): void {
    this.#sequences = this.#sequences.map(() => []);
  }

  reorder(order: readonly number[]): void {
    this.#sequences = order.map(row => [...(this.#sequences[row] as number[])]);
  }

  skip(tokens: readonly number[]): Promise<void> {
    this.#sequences.forEach((sequence, row) => {
      sequence.push(tokens[row] as number);
    });
    return Promise.resolve();
  }

  async feed(tokens: readonly number[]): Promise<Float32Array> {
    await this.skip(tokens);
    const last = this.position - 1;
    const all = await wholeLogits(this.#core, this.#sequences);
    const { length, vocabulary } = languageShape(this.#core);
    const logits = new Float32Array(this.#sequences.length * vocabulary);
    this.#sequences.forEach((_, row) => {
      const from = (row * length + last) * vocabulary;
      logits.set(all.subarray(from, from + vocabulary), row * vocabulary);
    });
    return logits;
  }
}

/** Logits (rows, length, vocabulary) of sequences, filled up with 0 behind. */
const wholeLogits = async (core: ModelCore, sequences: readonly (readonly number[])[]): Promise<Float32Array> => {
  const { length } = languageShape(core);
  const values = new Int32Array(sequences.length * length);
  sequences.forEach((sequence, row) => {
    values.set(sequence, row * length);
  });
  const x = tensor(values, { shape: [sequences.length, length] });
  const [output] = await predictRows(core, [x], sequences.length, sequences.length);
  return (await (output as Tensor).cast('float32').data()) as Float32Array;
};

/** Whether a model gives step by step what it gives at once: found out by trying, once for each model. */
const isStepwise = new WeakMap<ModelCore, Promise<boolean>>();

const triedSteps = 6;

const tryOut = async (core: ModelCore): Promise<boolean> => {
  const { length, vocabulary } = languageShape(core);
  const random = new HostRandom(hostKey(1));
  const steps = Math.min(triedSteps, length);
  const tokens = Array.from({ length }, () => Math.floor(random.uniform() * vocabulary));
  const whole = await wholeLogits(core, [tokens]);
  let decoder: Decoder;
  try {
    decoder = new CachedDecoder(core, 1);
    for (let step = 0; step < steps; step++) {
      const logits = await decoder.feed([tokens[step] as number]);
      const expected = whole.subarray(step * vocabulary, (step + 1) * vocabulary);
      const size = Math.max(1e-3, ...expected.map(Math.abs));
      if (logits.length !== vocabulary || logits.some((value, index) => !(Math.abs(value - (expected[index] as number)) <= 1e-3 * size)))
        return false;
    }
  } catch (error) {
    if (error instanceof ShapeError || error instanceof ValueError) return false; // a layer that needs all steps at once
    throw error;
  }
  return true;
};

/** A decoder for so many sequences, with a cache where the model's layers allow it. */
export const decoderFor = async (core: ModelCore, rows: number): Promise<Decoder> => {
  languageShape(core);
  const known = isStepwise.get(core) ?? tryOut(core);
  isStepwise.set(core, known);
  return (await known) ? new CachedDecoder(core, rows) : new WholeDecoder(core, rows);
};
