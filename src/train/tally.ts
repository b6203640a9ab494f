import type { Buffer } from '../backends/device.ts';
import { sizeOf } from '../core/shape.ts';
import { tensor } from '../tensor/create.ts';
import { currentDevice } from '../tensor/runtime.ts';
import { clear, type Logs, readNumbers, writeInteger } from './logs.ts';
import { figuresFrom, meanFigures, type Objective } from './objective.ts';
import { placeholder } from './placeholder.ts';
import { type Batching, sumShape, type Tally } from './programs.ts';

/** Sums of float32 on the device, and their totals of float64 on the host: the device's are added to them and begin anew. */
export class HostTally {
  readonly template: Tally;
  readonly #objective: Objective;
  #totals: Float64Array[] = [];
  #sums: readonly Buffer[];
  #position: Buffer;

  constructor(objective: Objective, batching: Batching) {
    this.#objective = objective;
    const shapes = objective.sums.map(shape => sumShape(shape, batching));
    this.template = { position: placeholder([], 'int32'), sums: shapes.map(shape => placeholder(shape, 'float32')) };
    this.#position = currentDevice().allocate('int32', 1);
    this.#sums = shapes.map(shape => currentDevice().allocate('float32', sizeOf(shape)));
    this.begin();
  }

  /** In the template's order. */
  get buffers(): readonly Buffer[] {
    return [this.#position, ...this.#sums];
  }

  set buffers([position, ...sums]: readonly Buffer[]) {
    this.#position = position as Buffer;
    this.#sums = sums;
  }

  /** Begins a run: at the first row, with nothing counted. */
  begin(): void {
    writeInteger(this.#position, 0);
    for (const buffer of this.#sums) clear(buffer);
    this.#totals = this.#sums.map(({ elements }) => new Float64Array(elements));
  }

  /** Moves what the device has summed to the host. Gives whether the losses are finite. */
  async collect(): Promise<boolean> {
    for (const [index, buffer] of this.#sums.entries()) {
      const values = await readNumbers(buffer);
      const total = this.#totals[index] as Float64Array;
      for (let place = 0; place < total.length; place++) total[place] = (total[place] as number) + (values[place] as number);
      clear(buffer);
    }
    return (this.#totals[0] as Float64Array).every(Number.isFinite);
  }

  /** The figures so far, of one epoch of the run. */
  logs(samples: number, slot = 0): Promise<Logs> | Logs {
    if (this.#objective.onlyMeans) return meanFigures(this.#objective, this.#totals, samples, slot);
    return figuresFrom(this.#objective, this.#totals, samples, (values, shape) => tensor(Float32Array.from(values), { shape }));
  }
}
