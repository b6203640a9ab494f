import type { Buffer } from '../backends/device.ts';
import { byteSize } from '../core/dtype.ts';
import { FormatError, ValueError } from '../core/errors.ts';
import { sameShape, sizeOf } from '../core/shape.ts';
import { lendBuffers, tensorsFrom } from '../tensor/program.ts';
import { currentDevice } from '../tensor/runtime.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensorsIn } from '../tensor/trees.ts';
import type { CallbackState } from './callbackList.ts';
import { type Container, type ContainerTensor, decodeContainer, encodeContainer } from './container.ts';
import type { ModelCore } from './core.ts';
import type { Json } from './json.ts';
import { placeholder } from './placeholder.ts';
import { fromJson, type RunState, toJson } from './runState.ts';

/*
 * A checkpoint is a `.gradus` container:
 *
 *     meta        what RunState says, and the names of the callbacks with their states
 *     weights.*   optimizer.*        as in a model's file
 *     sums.0 …    the sums of the epoch so far, float64
 *     callback.N.M                   the tensors of callback N
 */

const stored = async (name: string, buffer: Buffer, { shape, dtype }: Pick<Tensor, 'shape' | 'dtype'>): Promise<ContainerTensor> => ({
  ...{ name, dtype, shape },
  data: (await currentDevice().read(buffer)).slice(0, byteSize(dtype, sizeOf(shape))),
});

const storedTree = (prefix: string, tree: unknown, buffers: readonly Buffer[]): Promise<ContainerTensor[]> =>
  Promise.all(tensorsIn(tree).map(({ path, leaf }, index) => stored(`${prefix}${path}`, buffers[index] as Buffer, leaf)));

const jsonOf = (values: Readonly<Record<string, number>>): Json =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toJson(value)]));

/** A moment of a training as bytes: weights, optimizer, random keys (seed and updates), place in the data, sums, history, callbacks. */
export const encodeCheckpoint = async (core: ModelCore, state: RunState): Promise<Uint8Array> => {
  const { totals, callbacks, history, logs, learningRate, ...rest } = state;
  const template = core.optimizerTemplate(); // before its buffers, which it makes
  const remembered = callbacks.flatMap(({ tensors }, place) => tensors.map((one, index) => ({ name: `callback.${place}.${index}`, one })));
  const meta = {
    ...{ kind: 'checkpoint', ...rest, logs: jsonOf(logs), learningRate: learningRate ?? null },
    history: Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values.map(toJson)])),
    callbacks: callbacks.map(({ name, state: json, tensors }) => ({ name, state: json, tensors: tensors.length })),
  };
  const tensors = [
    ...(await storedTree('weights.', core.memory.template, core.memory.buffers)),
    ...(await storedTree('optimizer.', template, core.optimizerBuffers)),
    ...totals.map(
      (values, index): ContainerTensor => ({
        ...{ name: `sums.${index}`, dtype: 'float64', shape: [values.length] },
        data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice(),
      }),
    ),
    ...(await Promise.all(remembered.map(({ name, one }) => stored(name, lendBuffers([one])[0] as Buffer, one)))),
  ];
  return encodeContainer({ meta: meta as Json, tensors });
};

/** A checkpoint that has been read, before it is put into a model. */
export interface Checkpoint {
  readonly source: string;
  readonly state: RunState;
  readonly tensors: ReadonlyMap<string, ContainerTensor>;
}

const floats = ({ data }: ContainerTensor): Float64Array => new Float64Array(data.slice().buffer);

/** A tensor that owns its values, bit for bit. */
const asTensor = ({ dtype, shape, data }: ContainerTensor): Tensor => {
  const buffer = currentDevice().allocate(dtype, sizeOf(shape));
  currentDevice().write(buffer, data.slice());
  return tensorsFrom([placeholder(shape, dtype)], [buffer])[0] as Tensor;
};

const stateFrom = (meta: Readonly<Record<string, Json>>, tensors: ReadonlyMap<string, ContainerTensor>): RunState => {
  const numbers = (values: Json | undefined): Record<string, number> =>
    Object.fromEntries(Object.entries((values ?? {}) as Record<string, Json>).map(([name, value]) => [name, fromJson(value)]));
  const totals: Float64Array[] = [];
  for (let index = 0; tensors.has(`sums.${index}`); index++) totals.push(floats(tensors.get(`sums.${index}`) as ContainerTensor));
  const callbacks = ((meta.callbacks ?? []) as { name: string; state: Json; tensors: number }[]).map(
    ({ name, state, tensors: count }, place): CallbackState => ({
      ...{ name, state },
      tensors: Array.from({ length: count }, (_, index) => asTensor(tensors.get(`callback.${place}.${index}`) as ContainerTensor)),
    }),
  );
  return {
    ...{ epoch: fromJson(meta.epoch), step: fromJson(meta.step), samples: fromJson(meta.samples), steps: fromJson(meta.steps) },
    ...{ stopped: meta.stopped === true, totals, place: meta.place ?? null, logs: numbers(meta.logs), callbacks },
    history: Object.fromEntries(
      Object.entries((meta.history ?? {}) as Record<string, Json[]>).map(([name, values]) => [name, values.map(fromJson)]),
    ),
    settings: (meta.settings ?? {}) as RunState['settings'],
    learningRate: typeof meta.learningRate === 'number' ? meta.learningRate : undefined,
  };
};

/** Reads a checkpoint's bytes. @throws FormatError for a file cut short or changed, and one that holds something else. */
export const decodeCheckpoint = async (bytes: Uint8Array, source = 'the file'): Promise<Checkpoint> => {
  const { meta, tensors }: Container = await decodeContainer(bytes, source);
  const about = (meta ?? {}) as Readonly<Record<string, Json>>;
  if (about.kind !== 'checkpoint')
    throw new FormatError(`${source} is a .gradus file that holds no checkpoint of a training. A model is loaded by loadModel.`);
  const byName = new Map(tensors.map(entry => [entry.name, entry]));
  return { source, tensors: byName, state: stateFrom(about, byName) };
};

/** Puts a checkpoint's weights and optimizer into a model. @throws FormatError where they are another model's, before anything is changed. */
export const applyCheckpoint = async (core: ModelCore, { source, state, tensors }: Checkpoint): Promise<void> => {
  const template = core.optimizerTemplate();
  const find = (prefix: string, tree: unknown): ContainerTensor[] =>
    tensorsIn(tree).map(({ path, leaf }) => {
      const entry = tensors.get(`${prefix}${path}`);
      if (entry === undefined || entry.dtype !== leaf.dtype || !sameShape(entry.shape, leaf.shape))
        throw new FormatError(
          `${source} is a checkpoint of another model: it has ${entry === undefined ? 'no' : `${entry.dtype} (${entry.shape}) for`} '${prefix}${path}', and this one needs ${leaf.dtype} (${leaf.shape}). Make and compile the model as it was, or take another folder.`,
        );
      return entry;
    });
  const [weights, optimizer] = [find('weights.', core.memory.template), find('optimizer.', template)];
  const write = (entries: readonly ContainerTensor[], buffers: readonly Buffer[]): void =>
    entries.forEach(({ data }, index) => currentDevice().write(buffers[index] as Buffer, data.slice()));
  write(weights, core.memory.buffers);
  core.memory.buffers = [...core.memory.buffers]; // what was seen of the weights is out of date
  write(optimizer, core.optimizerBuffers);
  await core.readOptimizer();
  if (state.learningRate !== undefined && core.learningRate !== undefined) core.learningRate = state.learningRate;
};

/** @throws ValueError where a training differs from that of a checkpoint in what decides its steps. */
export const checkSettings = (source: string, then: RunState['settings'], now: RunState['settings']): void => {
  for (const [name, value] of Object.entries(then))
    if (JSON.stringify(now[name] ?? null) !== JSON.stringify(value))
      throw new ValueError(
        `fit cannot go on from ${source}: that training had ${name} ${JSON.stringify(value)}, and this one has ${JSON.stringify(now[name] ?? null)}. Give the same data and options, or another folder.`,
      );
};
