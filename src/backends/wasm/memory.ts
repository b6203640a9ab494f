import { GradusError } from '../../core/errors.ts';

/** A range of bytes that is in use. */
export interface Block {
  /** Address; -1 when it is no longer in the memory. */
  address: number;
  readonly bytes: number;
}

/** What a buffer has: its block, or, after it was moved out to make room, a copy. */
export interface Cell {
  readonly block: Block;
  host: Uint8Array | undefined;
}

/** The buffers that stay where they are; asked for only where others are moved out. */
export type Pinned = () => ReadonlySet<Cell>;

const nothing: Pinned = () => new Set();

const pageBytes = 65536;
const largest = 65536 * pageBytes;
const alignment = 64;

/** Bytes that programs use beside the arrays: error record, argument table. */
export const reservedBytes: number = 1 << 17;

/** Shared memory is reserved at its maximum, which some systems refuse: then less will do. Undefined where there is none. */
const sharedMemory = (): WebAssembly.Memory | undefined => {
  for (let maximum = 65536; maximum >= 2048; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: 32, maximum, shared: true });
    } catch {
      // Half of it, then.
    }
  }
  return undefined;
};

/**
 * Allocates blocks in one WebAssembly memory. Freed blocks are kept by size; when the budget is reached they are merged, then cold
 * buffers move out to ordinary array buffers, which the collector reclaims even where no finaliser can run (inside of one long
 * synchronous job); then the budget grows.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Whether threads can use the memory: as asked, where the system has it. */
  readonly isShared: boolean;
  private end = reservedBytes;
  private budget: number;
  private readonly bins = new Map<number, number[]>();
  private gaps: { address: number; bytes: number }[] = [];
  private readonly resident = new Set<Cell>();
  private reloaded = 0;
  private usedBytes = 0;
  private byteView = new Uint8Array(0);
  private wordView = new Int32Array(0);

  constructor({ budget = 48 * 2 ** 20, shared = false }: { budget?: number; shared?: boolean } = {}) {
    const together = shared ? sharedMemory() : undefined;
    this.isShared = together !== undefined;
    this.memory = together ?? new WebAssembly.Memory({ initial: 32, maximum: 65536 });
    this.budget = budget;
  }

  /** The memory as bytes; growing makes earlier views useless. */
  get bytes(): Uint8Array {
    const { buffer } = this.memory;
    if (this.byteView.buffer !== buffer) this.byteView = new Uint8Array(buffer);
    return this.byteView;
  }

  /** The memory as 32-bit integers. */
  get words(): Int32Array {
    const { buffer } = this.memory;
    if (this.wordView.buffer !== buffer) this.wordView = new Int32Array(buffer);
    return this.wordView;
  }

  /** A block for a buffer, which may be moved out; `pinned` blocks stay. */
  allocate(bytes: number, pinned: Pinned = nothing): Block {
    const size = Math.max(alignment, Math.ceil(bytes / alignment) * alignment);
    const address = this.find(size, pinned);
    this.usedBytes += size;
    return { address, bytes: size };
  }

  track(block: Block): Cell {
    const cell = { block, host: undefined };
    this.resident.add(cell);
    return cell;
  }

  /** Brings a buffer's bytes into the memory again. */
  load(cell: Cell, pinned: Pinned): number {
    const { host, block } = cell;
    if (host === undefined) return block.address;
    block.address = this.allocate(block.bytes, pinned).address;
    this.bytes.set(host, block.address);
    cell.host = undefined;
    this.resident.add(cell);
    this.reloaded += block.bytes;
    return block.address;
  }

  free(block: Block): void {
    if (block.address < 0) return;
    this.usedBytes -= block.bytes;
    const bin = this.bins.get(block.bytes);
    if (bin === undefined) this.bins.set(block.bytes, [block.address]);
    else bin.push(block.address);
    block.address = -1;
  }

  forget(cell: Cell): void {
    this.resident.delete(cell);
    cell.host = undefined;
    this.free(cell.block);
  }

  private find(size: number, pinned: Pinned): number {
    const address = this.bins.get(size)?.pop() ?? this.within(size);
    if (address !== undefined) return address;
    this.merge();
    const merged = this.within(size);
    if (merged !== undefined) return merged;
    // Where most of what was moved out last time came back, it is in use: the budget is too small, and moving out would only go on.
    const settled = this.reloaded < this.budget / 2;
    this.reloaded = 0;
    if (settled) {
      this.moveOut(pinned);
      this.merge();
      const freed = this.within(size);
      if (freed !== undefined) return freed;
    }
    this.budget = Math.min(largest, Math.max(2 * this.budget, this.end + 2 * size));
    return this.extend(size);
  }

  /** A place in a gap, or at the end of what is used, within the budget. */
  private within(size: number): number | undefined {
    return this.fromGaps(size) ?? (this.end + size <= this.budget ? this.extend(size) : undefined);
  }

  private fromGaps(size: number): number | undefined {
    const index = this.gaps.findIndex(gap => gap.bytes >= size);
    const gap = this.gaps[index];
    if (gap === undefined) return undefined;
    const { address } = gap;
    if (gap.bytes === size) this.gaps.splice(index, 1);
    else this.gaps[index] = { address: address + size, bytes: gap.bytes - size };
    return address;
  }

  private extend(size: number): number {
    const address = this.end;
    const missing = address + size - this.memory.buffer.byteLength;
    if (missing > 0) {
      const pages = Math.max(Math.ceil(missing / pageBytes), Math.min(256, Math.ceil(this.memory.buffer.byteLength / pageBytes / 4)));
      const room = Math.floor((largest - this.memory.buffer.byteLength) / pageBytes);
      try {
        this.memory.grow(Math.min(pages, Math.max(room, Math.ceil(missing / pageBytes))));
      } catch {
        throw new GradusError(
          `out of memory: ${size} more bytes were asked for, ${this.usedBytes} are in use. Use smaller batches, or keep fewer tensors alive.`,
        );
      }
    }
    this.end += size;
    return address;
  }

  /** Joins free blocks that touch; free space at the end becomes unused again. */
  private merge(): void {
    const free = [...this.gaps];
    for (const [bytes, addresses] of this.bins) for (const address of addresses) free.push({ address, bytes });
    this.bins.clear();
    free.sort((a, b) => a.address - b.address);
    const joined: { address: number; bytes: number }[] = [];
    for (const gap of free) {
      const last = joined[joined.length - 1];
      if (last !== undefined && last.address + last.bytes === gap.address) last.bytes += gap.bytes;
      else joined.push({ ...gap });
    }
    const last = joined[joined.length - 1];
    if (last !== undefined && last.address + last.bytes === this.end) {
      this.end = last.address;
      joined.pop();
    }
    this.gaps = joined;
  }

  private moveOut(pinned: Pinned): void {
    const { bytes } = this;
    const staying = pinned();
    for (const cell of [...this.resident]) {
      if (staying.has(cell)) continue;
      const { block } = cell;
      cell.host = bytes.slice(block.address, block.address + block.bytes);
      this.resident.delete(cell);
      this.free(block);
    }
  }
}
