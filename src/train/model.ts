import type { Config, ConfigValue } from '../core/config.ts';
import { ValueError } from '../core/errors.ts';
import { sameShape } from '../core/shape.ts';
import type { Layer, LayerOptions } from '../nn/layer.ts';
import type { Symbolic } from '../nn/symbolic.ts';
import { unknownOptions, wholeNumber } from '../tensor/options.ts';
import { tensorsFrom } from '../tensor/program.ts';
import { nextSeed } from '../tensor/random.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { tensorsIn } from '../tensor/trees.ts';
import { describeNetwork } from './architecture.ts';
import { checkInputs, checkLabels, checkLookups, rowsOf, tensorsOf, type Values } from './arrays.ts';
import { evaluateBatches, predictBatches } from './batchEvaluator.ts';
import { fitBatches } from './batches.ts';
import { type BatchSource, isBatchSource } from './batchSource.ts';
import { ModelCore } from './core.ts';
import { type Trace, traceNetwork } from './debugging/trace.ts';
import { describeModel, type ModelNode } from './describe.ts';
import { evaluateRows, predictRows } from './evaluator.ts';
import { fitRows, type History } from './fit.ts';
import { type FitOptions, rowsFrom } from './fitOptions.ts';
import { type Beam, type BeamOptions, type GenerateOptions, generateTokens, searchBeams } from './generation.ts';
import type { Logs } from './logs.ts';
import { flatWeights } from './memory.ts';
import { nestedLayer } from './nested.ts';
import { type Network, networkOf, runNetwork, type Weights } from './network.ts';
import { type CompileOptions, objectiveOf } from './objective.ts';
import { rowData } from './rows.ts';
import { type SaveOptions, saveModel } from './saving.ts';
import { type SummaryOptions, summarize } from './summary.ts';
import { Trainer } from './trainer.ts';

export interface EvaluateOptions {
  /** Default 32. */
  readonly batchSize?: number;
  readonly sampleWeight?: Values;
}

export interface BatchEvaluateOptions {
  /** Batches to look at; the first ones. Default: all. */
  readonly steps?: number;
}

export interface ApplyOptions {
  /** Dropout drops, batch normalization looks at the batch. Default false. */
  readonly training?: boolean;
  /** Where random layers get their numbers from: `random.key(1)`. */
  readonly key?: Tensor;
}

export interface BatchOptions {
  readonly sampleWeight?: Values;
}

/** A network with its weights, made by `sequential`, `model` or `loadModel`. */
export class Model {
  readonly #core: ModelCore;
  #history: Record<string, number[]> = { loss: [] };
  #compileOptions: CompileOptions | undefined;
  /** Plain data of the user's own that is saved with the model: what its inputs mean, which class is which. */
  metadata: Config | undefined;

  /** @internal Made by `sequential` and `model`. */
  constructor(network: Network, seed: number) {
    this.#core = new ModelCore(network, seed);
  }

  /** @internal For this floor's own functions. */
  static core(model: Model): ModelCore {
    return model.#core;
  }

  /** What the training is to make small, by which rule, and what it reports. */
  compile(options: CompileOptions): void {
    this.#core.compile(objectiveOf(this.#core.network, options));
    this.#compileOptions = options;
  }

  /** What `compile` was given. */
  get compileOptions(): CompileOptions | undefined {
    return this.#compileOptions;
  }

  /**
   * Trains for some epochs, and gives loss and metrics of each. The whole step is one compiled program that runs many times in a call;
   * between calls (about 50 ms) the event loop turns. `x` and `y` are tensors (lists of them for several inputs or outputs), or `x` is
   * an iterable of batches `[x, y]`.
   *
   * @throws ValueError for NaN in the data, labels out of range and an empty set, before anything is changed; GradusError at a loss
   * that is no number.
   */
  fit(x: Values, y: Values, options?: FitOptions): Promise<History>;
  fit(batches: BatchSource, options?: FitOptions): Promise<History>;
  async fit(x: Values | BatchSource, y?: Values | FitOptions, options: FitOptions = {}): Promise<History> {
    const history: Record<string, number[]> = { loss: [] };
    await this.#core.alone('fit', async () => {
      this.#history = history;
      if (isBatchSource(x)) await fitBatches(this, this.#core, x, (y ?? {}) as FitOptions, history);
      else await fitRows(this, this.#core, x, y as Values, options, history);
    });
    return history as History;
  }

  /** Of the last `fit`, also of one that was stopped. */
  get history(): History {
    return this.#history as History;
  }

  /** Loss and metrics over all rows: of `x` and `y`, or of batches `[x, y]` as a data set or an iterable gives them. */
  evaluate(x: Values, y: Values, options?: EvaluateOptions): Promise<Logs>;
  evaluate(batches: BatchSource, options?: BatchEvaluateOptions): Promise<Logs>;
  async evaluate(x: Values | BatchSource, y?: Values | BatchEvaluateOptions, options: EvaluateOptions = {}): Promise<Logs> {
    this.#core.checkDevice('evaluate');
    if (isBatchSource(x)) {
      const given = (y ?? {}) as BatchEvaluateOptions;
      unknownOptions('evaluate on batches', given, ['steps']);
      return evaluateBatches('evaluate', this.#core, x, given);
    }
    unknownOptions('evaluate', options, ['batchSize', 'sampleWeight']);
    const { network } = this.#core;
    const objective = this.#core.objective('evaluate');
    const rows = rowsFrom('evaluate', network.inputs.length, network.outputs.length, x, y as Values, options.sampleWeight);
    checkInputs('evaluate', network, rows.x);
    await checkLabels(
      'evaluate',
      objective,
      network.outputs.map(({ shape }) => shape),
      rows.y,
    );
    return evaluateRows(this.#core, rowData(rows), rows.count, wholeNumber('evaluate', 'batchSize', options.batchSize ?? 32, 1));
  }

  /** The outputs for all rows, or for all batches of an iterable: a tensor. For a model of several outputs see `predictAll`. */
  async predict(x: Values | BatchSource | AsyncIterable<Values>, options: { readonly batchSize?: number } = {}): Promise<Tensor> {
    return (await this.predictAll(x, options))[0] as Tensor;
  }

  /** All outputs for all rows. */
  async predictAll(
    x: Values | BatchSource | AsyncIterable<Values>,
    options: { readonly batchSize?: number } = {},
  ): Promise<readonly Tensor[]> {
    unknownOptions('predict', options, ['batchSize']);
    this.#core.checkDevice('predict');
    if (isBatchSource(x)) return predictBatches(this.#core, x as BatchSource);
    const xs = tensorsOf('x', x as Values, this.#core.network.inputs.length);
    const rows = rowsOf('predict', [['x', xs]]);
    checkInputs('predict', this.#core.network, xs);
    return predictRows(this.#core, xs, rows, wholeNumber('predict', 'batchSize', options.batchSize ?? 32, 1));
  }

  /** One step on one batch, and its figures. The optimizer goes on where it was. */
  async trainOnBatch(x: Values, y: Values, options: BatchOptions = {}): Promise<Logs> {
    unknownOptions('trainOnBatch', options, ['sampleWeight']);
    this.#core.checkDevice('trainOnBatch');
    const { network, seed } = this.#core;
    const rows = rowsFrom('trainOnBatch', network.inputs.length, network.outputs.length, x, y, options.sampleWeight);
    checkInputs('trainOnBatch', network, rows.x);
    await checkLookups('trainOnBatch', network, rows.x);
    const trainer = new Trainer(this.#core, rowData(rows), rows.count, { batchSize: rows.count, shuffle: false, seed, slots: 1 });
    return this.#core.alone('trainOnBatch', async () => {
      await trainer.run(0, 1, () => {});
      return trainer.logs(0);
    });
  }

  /** The figures of one batch. */
  evaluateOnBatch(x: Values, y: Values, options: BatchOptions = {}): Promise<Logs> {
    const [first] = tensorsOf('x', x, this.#core.network.inputs.length);
    return this.evaluate(x, y, { ...options, batchSize: Math.max(1, first?.shape[0] ?? 1) });
  }

  /** By layer and name. These tensors never change: after a training ask again. */
  get weights(): Weights {
    return this.#core.memory.tensors;
  }

  /** All weights, layer by layer in the order in which the layers were created. */
  getWeights(): Tensor[] {
    return flatWeights(this.weights);
  }

  /** Copies tensors into the weights, in the order of `getWeights`. The optimizer's state stays. */
  setWeights(weights: readonly Tensor[]): void {
    this.#core.memory.setAll(weights);
  }

  /**
   * Training no longer moves the weights whose paths ('layer.weight') match: a text that stands in them, or a pattern. Layers none of
   * whose weights move behave as at inference. The optimizer begins anew. @throws ValueError where nothing matches.
   * @example net.freeze(/^(conv|batch)/);
   */
  freeze(pattern: string | RegExp): void {
    this.#freeze('freeze', pattern, true);
  }

  /** Gives weights back to training. */
  unfreeze(pattern: string | RegExp = ''): void {
    this.#freeze('unfreeze', pattern, false);
  }

  #freeze(method: string, pattern: string | RegExp, isFrozen: boolean): void {
    const matches = (path: string): boolean => (typeof pattern === 'string' ? path.includes(pattern) : pattern.test(path));
    const paths = this.#core.memory.placed.filter(({ trainable }) => trainable).map(({ path }) => path);
    if (!paths.some(matches)) throw new ValueError(`${method} found no weight that matches ${pattern}: there are ${paths.join(', ')}.`);
    this.#core.freeze(matches, isFrozen);
  }

  /**
   * Copies the weights of another model, or of a file's, whose paths ('layer.weight') and shapes are the same: to begin from what was
   * learned elsewhere. Says which were copied and which stayed. @throws ValueError where nothing fits.
   */
  transferWeights(from: Model): { readonly copied: readonly string[]; readonly kept: readonly string[] } {
    const theirs = new Map(tensorsIn(from.weights).map(({ path, leaf }) => [path, leaf]));
    const { placed } = this.#core.memory;
    const fits = placed.map(({ path, shape }) => {
      const found = theirs.get(path);
      return found !== undefined && sameShape(found.shape, shape) ? found : undefined;
    });
    if (fits.every(found => found === undefined))
      throw new ValueError('transferWeights found no weight of the same name and shape in both models: give their layers the same names.');
    const own = this.getWeights();
    this.setWeights(fits.map((found, index) => found ?? (own[index] as Tensor)));
    const names = (wanted: boolean): string[] =>
      placed.flatMap(({ path }, index) => ((fits[index] !== undefined) === wanted ? [path] : []));
    return { copied: names(true), kept: names(false) };
  }

  /**
   * This model as a layer of another one, which begins with the weights that this one has now: a backbone with a new head. Weights are
   * called 'layer.weight' inside of it. With `trainable: false` they stay, and its batch normalization works as at inference.
   * @example const features = (await trained.asLayer({ name: 'backbone', trainable: false }))(image);
   */
  async asLayer(options: Pick<LayerOptions, 'name' | 'trainable'> = {}): Promise<Layer> {
    unknownOptions('asLayer', options, ['name', 'trainable']);
    const { network, memory } = this.#core;
    const values = await Promise.all(this.getWeights().map(weight => weight.cast('float32').data()));
    const byPath = new Map(memory.placed.map(({ path }, index) => [path, values[index] as Float32Array]));
    return nestedLayer(network, { ...options, architecture: describeNetwork(network) as unknown as ConfigValue }, byPath);
  }

  /** Recurrent layers that are `stateful` begin anew, from zeros. */
  resetStates(): void {
    this.#core.refuseWhileTraining('resetStates');
    this.#core.memory.clearStates();
  }

  /** The learning rate; undefined before `compile` and where a schedule decides. It may be set while training. */
  get learningRate(): number | undefined {
    return this.#core.learningRate;
  }

  set learningRate(rate: number) {
    this.#core.learningRate = rate;
  }

  /** The output for given weights: pure, for `grad` and `jit`. For a model of several outputs see `applyAll`. */
  apply(weights: Weights, x: Tensor | readonly Tensor[], options: ApplyOptions = {}): Tensor {
    return this.applyAll(weights, x, options).outputs[0] as Tensor;
  }

  /** In training mode: the output, and the weights with those that layers changed, as moving statistics. Pure. */
  applyTraining(
    weights: Weights,
    x: Tensor | readonly Tensor[],
    options: { readonly key?: Tensor } = {},
  ): { readonly output: Tensor; readonly weights: Weights } {
    const { outputs, weights: changed } = this.applyAll(weights, x, { ...options, training: true });
    return { output: outputs[0] as Tensor, weights: changed };
  }

  /** All outputs for given weights, and the weights with those that layers changed. Pure. */
  applyAll(
    weights: Weights,
    x: Tensor | readonly Tensor[],
    options: ApplyOptions = {},
  ): { readonly outputs: readonly Tensor[]; readonly weights: Weights } {
    unknownOptions('apply', options, ['training', 'key']);
    const { network } = this.#core;
    if (isTensor(weights)) throw new ValueError('apply takes the weights first: net.apply(net.weights, x).');
    const given = tensorsOf('x', x, network.inputs.length);
    checkInputs('apply', network, given);
    const cast = given.map((one, index) => one.cast((network.inputs[index] as Symbolic).dtype));
    return runNetwork(network, weights, cast, { training: options.training ?? false, key: options.key });
  }

  /**
   * Tokens that continue a prompt, one after the other as they come, from a model of tokens (batch, steps) to logits (batch, steps,
   * vocabulary). Keys and values of attention and states of recurrent layers are kept from step to step.
   * @example for await (const token of net.generate([1, 2, 3], { temperature: 0.8, topK: 40 })) process.stdout.write(text(token));
   */
  generate(prompt: readonly number[], options: GenerateOptions = {}): AsyncGenerator<number, void> {
    this.#core.checkDevice('generate');
    return generateTokens(this.#core, prompt, options);
  }

  /** The likeliest continuations of a prompt, found along several beams; the best first. */
  beamSearch(prompt: readonly number[], options: BeamOptions = {}): Promise<Beam[]> {
    this.#core.checkDevice('beamSearch');
    return searchBeams(this.#core, prompt, options);
  }

  /**
   * What every layer makes of x, by the layers' names, computed: to look at, or to find where numbers go wrong. As at inference, unless
   * `training` is true. A layer that is called again adds '#2', a second output '[1]'.
   * @example const { conv2d } = await net.trace(x); conv2d.shape;
   */
  async trace(x: Values, options: ApplyOptions = {}): Promise<Trace> {
    unknownOptions('trace', options, ['training', 'key']);
    const { network } = this.#core;
    const given = tensorsOf('x', x, network.inputs.length);
    checkInputs('trace', network, given);
    const cast = given.map((one, index) => one.cast((network.inputs[index] as Symbolic).dtype));
    return traceNetwork(network, this.weights, cast, { training: options.training ?? false, key: options.key });
  }

  /** A table of layers, output shapes, parameters, multiply-adds, and the memory of a training step. It is printed unless `print` is false. */
  summary(options: SummaryOptions = {}): string {
    return summarize(this.#core, options);
  }

  /** The model as a drawing's nodes: inputs and layers, what each reads, output shapes, parameters. What `summary` prints, as data. */
  describe(): readonly ModelNode[] {
    return describeModel(this.#core.network);
  }

  /** Writes architecture, weights, and what `compile` and the optimizer have, to a `.gradus` file: the whole of it or nothing. */
  save(path: string, options: SaveOptions = {}): Promise<void> {
    return saveModel(this, path, options);
  }

  /** The inputs in the graph of layers. */
  get inputs(): readonly Symbolic[] {
    return this.#core.network.inputs;
  }

  /** The outputs in the graph of layers. */
  get outputs(): readonly Symbolic[] {
    return this.#core.network.outputs;
  }
}

export interface ModelOptions {
  readonly inputs: Symbolic | readonly Symbolic[];
  readonly outputs: Symbolic | readonly Symbolic[];
  /** For the first weights, shuffling and dropout. By default from the stream that `seed(n)` sets. */
  readonly seed?: number;
}

/**
 * A model from a graph of layers.
 * @example
 * const image = input([28, 28, 1]);
 * const net = model({ inputs: image, outputs: layers.dense(10)(layers.flatten()(image)) });
 */
export const model = (options: ModelOptions): Model => {
  unknownOptions('model', options, ['inputs', 'outputs', 'seed']);
  const { inputs, outputs, seed = nextSeed() } = options;
  if (!Number.isFinite(seed)) throw new ValueError(`model needs a finite number as seed, got ${seed}.`);
  return new Model(networkOf(inputs, outputs), seed);
};

/** Copies of a model's weights put back later: for callbacks that restore the best ones. */
export const copyOfWeights = (of: Model): Tensor[] => {
  const { memory } = Model.core(of);
  return flatWeights(tensorsFrom(memory.template, memory.buffers, { copy: true }));
};
