import type { Buffer } from '../backends/device.ts';
import type { Config, ConfigValue } from '../core/config.ts';
import { byteSize } from '../core/dtype.ts';
import { FormatError, ValueError } from '../core/errors.ts';
import { platform } from '../core/platform.ts';
import { sameShape } from '../core/shape.ts';
import { ownFunction } from '../nn/activations.ts';
import { holdsFunction } from '../nn/describe.ts';
import { unknownOptions } from '../tensor/options.ts';
import { nextSeed } from '../tensor/random.ts';
import { currentDevice } from '../tensor/runtime.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensorsIn } from '../tensor/trees.ts';
import { describeNetwork, networkFrom } from './architecture.ts';
import { type ContainerTensor, decodeContainer, encodeContainer } from './container.ts';
import type { ModelCore } from './core.ts';
import type { Json } from './json.ts';
import { Model } from './model.ts';
import type { CompileOptions, Objective } from './objective.ts';

const described = ({ kind, config }: { readonly kind: string; readonly config: Config }): ConfigValue => ({ kind, config });

/** What `compile` was given, as plain data; undefined where it holds functions of the user's own, which no file keeps. */
const describeObjective = (objective: Objective): ConfigValue | undefined => {
  const { optimizer, losses, metrics, weightedMetrics, lossWeights, trainStep } = objective;
  const kinds = [...losses, ...metrics.flat(), ...weightedMetrics.flat()].map(one => one?.kind);
  if (kinds.includes(ownFunction) || trainStep !== undefined || holdsFunction(optimizer.config)) return undefined;
  const lists = (all: Objective['metrics']): ConfigValue => all.map(some => some.map(described));
  return {
    ...{ optimizer: described(optimizer), loss: losses.map(loss => (loss === undefined ? null : described(loss))), lossWeights },
    metrics: lists(metrics),
    ...(weightedMetrics.some(some => some.length > 0) ? { weightedMetrics: lists(weightedMetrics) } : {}),
  };
};

const stored = async (prefix: string, tree: unknown, buffers: readonly Buffer[]): Promise<ContainerTensor[]> =>
  Promise.all(
    tensorsIn(tree).map(async ({ path, leaf: { dtype, shape } }, index) => ({
      ...{ name: `${prefix}${path}`, dtype, shape },
      data: await currentDevice().read(buffers[index] as Buffer),
    })),
  );

export interface SaveOptions {
  /** With the optimizer's state, from which training goes on. Default true. */
  readonly optimizer?: boolean;
}

/** The bytes of a `.gradus` file: architecture, weights, and what `compile` and the optimizer have. */
export const encodeModel = async (model: Model, { optimizer: withOptimizer = true }: SaveOptions = {}): Promise<Uint8Array> => {
  const core = Model.core(model);
  const objective = core.isCompiled ? core.objective('save') : undefined;
  const compiled = objective === undefined ? undefined : describeObjective(objective);
  const weights = await stored('weights.', core.memory.template, core.memory.buffers);
  const optimizer =
    compiled === undefined || core.optimizerBuffers.length === 0 || !withOptimizer
      ? []
      : await stored('optimizer.', core.optimizerTemplate(), core.optimizerBuffers);
  const meta = {
    kind: 'model',
    architecture: describeNetwork(core.network),
    seed: core.seed,
    ...(compiled === undefined ? {} : { compiled }),
    ...(model.metadata === undefined ? {} : { metadata: model.metadata }),
  };
  return encodeContainer({ meta: JSON.parse(JSON.stringify(meta)) as Json, tensors: [...weights, ...optimizer] });
};

const refuseFunctions = (core: ModelCore): void => {
  for (const { layer, name } of core.network.layers)
    if (holdsFunction(layer.config))
      throw new ValueError(
        `save cannot write layer '${name}': one of its options is a function of your own, which a file cannot hold. Make it a layer by defineLayer('name', …).`,
      );
};

/** Writes a model to a file: the whole of it, or nothing. */
export const saveModel = async (model: Model, path: string, options: SaveOptions = {}): Promise<void> => {
  unknownOptions('save', options, ['optimizer']);
  refuseFunctions(Model.core(model));
  await platform().writeFileAtomic(path, await encodeModel(model, options));
};

/** Puts stored arrays into buffers of the same names, shapes and types. */
const restore = (
  prefix: string,
  tree: unknown,
  buffers: readonly Buffer[],
  found: ReadonlyMap<string, ContainerTensor>,
  source: string,
): void => {
  const leaves = tensorsIn(tree) as { path: string; leaf: Tensor }[];
  const entries = leaves.map(({ path, leaf }) => {
    const entry = found.get(`${prefix}${path}`);
    if (entry === undefined)
      throw new FormatError(`${source} lacks '${prefix}${path}', which its architecture needs. Save the model anew.`);
    if (entry.dtype !== leaf.dtype || !sameShape(entry.shape, leaf.shape))
      throw new FormatError(
        `${source} holds '${entry.name}' as ${entry.dtype} (${entry.shape}), and its architecture needs ${leaf.dtype} (${leaf.shape}). Save the model anew.`,
      );
    return entry;
  });
  entries.forEach(({ data, dtype }, index) => {
    const buffer = buffers[index] as Buffer;
    currentDevice().write(buffer, data.slice(0, byteSize(dtype, buffer.elements)));
  });
};

/** A model from the bytes of a `.gradus` file. */
export const decodeModel = async (bytes: Uint8Array, source = 'the file'): Promise<Model> => {
  const { meta, tensors } = await decodeContainer(bytes, source);
  const about = (meta ?? {}) as { kind?: Json; architecture?: ConfigValue; seed?: Json; compiled?: Json; metadata?: Json };
  if (about.kind !== 'model') throw new FormatError(`${source} is a .gradus file that holds no model.`);
  const network = networkFrom(about.architecture ?? null, source);
  const model = new Model(network, typeof about.seed === 'number' ? about.seed : nextSeed());
  if (typeof about.metadata === 'object' && about.metadata !== null) model.metadata = about.metadata as Config;
  const core = Model.core(model);
  const found = new Map(tensors.map(entry => [entry.name, entry]));
  restore('weights.', core.memory.template, core.memory.buffers, found, source);
  if (about.compiled !== undefined) {
    model.compile(compileOptions(about.compiled as unknown as CompileOptions));
    if (tensors.some(({ name }) => name.startsWith('optimizer.'))) {
      const template = core.optimizerTemplate();
      restore('optimizer.', template, core.optimizerBuffers, found, source);
      await core.readOptimizer();
    }
  }
  return model;
};

const compileOptions = (options: CompileOptions): CompileOptions => {
  unknownOptions('a saved compile', options, ['optimizer', 'loss', 'metrics', 'weightedMetrics', 'lossWeights']);
  return options;
};

/**
 * A model from a `.gradus` file, as it was saved: also compiled, with the state of its optimizer, so that training goes on.
 * @throws FormatError for a file cut short or changed; ValueError for layers that must first be defined by `defineLayer`.
 */
export const loadModel = async (path: string): Promise<Model> => decodeModel(await platform().readFile(path), path);
