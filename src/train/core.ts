import type { Buffer, Device } from '../backends/device.ts';
import { GradusError, ValueError } from '../core/errors.ts';
import { foldIn, hostKey } from '../nn/hostRandom.ts';
import type { Optimizer, OptimizerState } from '../optimizers/optimizer.ts';
import type { Program } from '../tensor/program.ts';
import { currentDevice } from '../tensor/runtime.ts';
import { tensorsIn } from '../tensor/trees.ts';
import { readNumbers, writeFloat } from './logs.ts';
import { WeightMemory } from './memory.ts';
import type { Network } from './network.ts';
import type { Objective } from './objective.ts';
import { Pacer } from './pacer.ts';
import { chosen, type Fixed } from './programs.ts';
import { startingBuffers } from './startingBuffers.ts';

/** What a model consists of: its graph, its weights, and what `compile` and training add to it. */
export class ModelCore {
  readonly network: Network;
  readonly seed: number;
  readonly memory: WeightMemory;
  readonly pacer: Pacer = new Pacer();
  /** Programs by what they were compiled for. */
  readonly programs: Map<string, unknown> = new Map();
  /** Where the weights lie. */
  readonly #device: Device = currentDevice();
  #isTraining = false;
  #objective: Objective | undefined;
  #optimizerTemplate: OptimizerState | undefined;
  #learningRate: number | undefined;
  optimizerBuffers: readonly Buffer[] = [];
  /** Updates that the optimizer has done. */
  updates = 0;

  constructor(network: Network, seed: number) {
    this.network = network;
    this.seed = seed;
    this.memory = new WeightMemory(network, foldIn(hostKey(seed), 0));
  }

  get isCompiled(): boolean {
    return this.#objective !== undefined;
  }

  /** @throws GradusError where another device has been chosen since the model was made. */
  checkDevice(method: string): void {
    if (this.#device !== currentDevice())
      throw new GradusError(
        `${method} cannot use this model, which was made on another device: configure() has been called since. Call it first, or make the model anew and copy the weights' values.`,
      );
  }

  /** Holds the weights for one training at a time. @throws GradusError while another one runs. */
  async alone<R>(method: string, action: () => Promise<R>): Promise<R> {
    this.checkDevice(method);
    this.refuseWhileTraining(method);
    this.#isTraining = true;
    try {
      return await action();
    } finally {
      this.#isTraining = false;
    }
  }

  refuseWhileTraining(method: string): void {
    if (this.#isTraining)
      throw new GradusError(`${method} was called while this model is being trained: wait for that training to end (await net.fit(…)).`);
  }

  /** @throws ValueError that says how to compile. */
  objective(method: string): Objective {
    if (this.#objective === undefined)
      throw new ValueError(
        `${method} needs to know what to make small: call net.compile({ optimizer: 'adam', loss: 'meanSquaredError' }) first.`,
      );
    return this.#objective;
  }

  /** What forward values wait in for the backward pass. */
  get residuals(): Objective['residuals'] {
    return this.#objective?.residuals ?? 'float32';
  }

  compile(objective: Objective): void {
    this.refuseWhileTraining('compile');
    this.#objective = objective;
    this.#optimizerTemplate = undefined;
    this.optimizerBuffers = [];
    this.updates = 0;
    this.programs.clear();
    this.#learningRate = objective.optimizer.learningRate;
  }

  /** Layers that training leaves as they are, or gives them back to it. The optimizer begins anew. */
  freeze(matches: (path: string) => boolean, isFrozen: boolean): number {
    this.refuseWhileTraining(isFrozen ? 'freeze' : 'unfreeze');
    const count = this.memory.freeze(matches, isFrozen);
    if (count > 0 && this.#objective !== undefined) this.compile(this.#objective);
    return count;
  }

  /** The optimizer, where it has other weights to evaluate with than those that it moves, and has begun. */
  get averaging(): Optimizer | undefined {
    const optimizer = this.#objective?.optimizer;
    return optimizer?.evaluationWeights !== undefined && this.#optimizerTemplate !== undefined ? optimizer : undefined;
  }

  /** What programs that evaluate read. */
  get shown(): { readonly template: Fixed; readonly buffers: readonly Buffer[] } {
    const isAveraging = this.averaging !== undefined;
    return {
      template: { weights: this.memory.template, optimizer: isAveraging ? this.#optimizerTemplate : undefined },
      buffers: isAveraging ? [...this.memory.buffers, ...this.optimizerBuffers] : this.memory.buffers,
    };
  }

  /** The optimizer's state in traces; its buffers exist from here on. */
  optimizerTemplate(): OptimizerState {
    if (this.#optimizerTemplate === undefined) {
      const weights = chosen(this.memory.template, this.memory.trainable);
      this.#optimizerTemplate = this.objective('training').optimizer.init(weights);
      this.optimizerBuffers = startingBuffers(this.#optimizerTemplate);
      if (this.#learningRate !== undefined) this.#writeRate(this.#learningRate);
    }
    return this.#optimizerTemplate;
  }

  /** The learning rate; undefined where a schedule decides. */
  get learningRate(): number | undefined {
    return this.#learningRate;
  }

  set learningRate(rate: number) {
    const { optimizer } = this.objective('learningRate');
    if (this.#learningRate === undefined)
      throw new ValueError(`the learning rate of ${optimizer.kind} follows a schedule and cannot be set: compile with a number instead.`);
    if (!Number.isFinite(rate) || rate < 0) throw new ValueError(`a learning rate is a finite number >= 0, got ${rate}.`);
    this.#learningRate = rate;
    if (this.#optimizerTemplate !== undefined) this.#writeRate(rate);
  }

  #rateBuffer(): Buffer | undefined {
    return this.optimizerBuffers[tensorsIn(this.#optimizerTemplate).findIndex(({ path }) => path === 'learningRate')];
  }

  #writeRate(rate: number): void {
    const buffer = this.#rateBuffer();
    if (buffer !== undefined) writeFloat(buffer, rate);
  }

  /** Reads what the host knows of the optimizer's state, when that came from a file. */
  async readOptimizer(): Promise<void> {
    this.updates = (await readNumbers(this.optimizerBuffers[0] as Buffer))[0] as number;
    const buffer = this.#rateBuffer();
    if (buffer === undefined) return;
    const [stored] = await readNumbers(buffer);
    // 0.001 is another number in float32: what `compile` was given stays where it is meant.
    if (stored !== Math.fround(this.#learningRate ?? Number.NaN)) this.#learningRate = stored;
  }

  /** A program, compiled at the first time. */
  program<P extends Program<unknown, unknown>>(key: string, compile: () => P): P {
    const known = this.programs.get(key) as P | undefined;
    if (known !== undefined) return known;
    const made = compile();
    this.programs.set(key, made);
    return made;
  }
}
