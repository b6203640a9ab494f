import type { Buffer } from '../backends/device.ts';
import { sizeOf } from '../core/shape.ts';
import { storageFrom } from '../tensor/convert.ts';
import { tensor } from '../tensor/create.ts';
import { currentDevice } from '../tensor/runtime.ts';
import { clear, type Logs, readNumbers, writeInteger } from './logs.ts';
import { figuresFrom, meanFigures, type Objective } from './objective.ts';
import { placeholder } from './placeholder.ts';
import { type Batching, sumShape, sumType, type Tally } from './programs.ts';

/** What a run counts, on the device, and as it was last read. */
export class HostTally {
  readonly template: Tally;
  readonly #objective: Objective;
  #totals: Float64Array[] = [];
  #sums: readonly Buffer[];
  #position: Buffer;

  constructor(objective: Objective, batching: Batching) {
    this.#objective = objective;
    const shapes = objective.sums.map(shape => sumShape(shape, batching));
    const type = sumType(batching);
    this.template = { position: placeholder([], 'int32'), sums: shapes.map(shape => placeholder(shape, type)) };
    this.#position = currentDevice().allocate('int32', 1);
    this.#sums = shapes.map(shape => currentDevice().allocate(type, sizeOf(shape)));
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

  /** Reads the sums. Gives whether the losses are finite. */
  async collect(): Promise<boolean> {
    this.#totals = [];
    for (const buffer of this.#sums) this.#totals.push(Float64Array.from(await readNumbers(buffer)));
    return (this.#totals[0] as Float64Array).every(Number.isFinite);
  }

  /** The sums as they were last read, by which a run goes on that was broken off: see `resume`. */
  get totals(): readonly Float64Array[] {
    return this.#totals;
  }

  /** Goes on at a row with what was counted before it. */
  resume(position: number, totals: readonly Float64Array[]): void {
    writeInteger(this.#position, position);
    this.#totals = totals.map(total => Float64Array.from(total));
    for (const [index, buffer] of this.#sums.entries()) {
      const values = storageFrom(totals[index] as Float64Array, buffer.dtype);
      currentDevice().write(buffer, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
  }

  /** The figures so far, of one epoch of the run. */
  logs(samples: number, slot = 0): Promise<Logs> | Logs {
    if (this.#objective.onlyMeans) return meanFigures(this.#objective, this.#totals, samples, slot);
    return figuresFrom(this.#objective, this.#totals, samples, (values, shape) => tensor(values, { shape }));
  }
}
