import type { DType } from '../core/dtype.ts';
import type { Node } from '../graph/node.ts';

/** What is compiled: from the values of the inputs to the values of the outputs. */
export interface Graph {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  /** For each output the input whose memory it takes over, or -1. A donated input is consumed. */
  readonly donated: readonly number[];
}

/** Memory of a device that holds one array. Opaque: only its device looks inside. */
export interface Buffer {
  readonly dtype: DType;
  readonly elements: number;
}

/** A compiled graph. Opaque: only the device that compiled it runs it. */
export interface Executable {
  readonly graph: Graph;
  /** Bytes that a run needs besides inputs and outputs. */
  readonly scratchBytes: number;
}

export interface RunOptions {
  /** Runs so often in one call; needs every output to be donated back to an input. Default 1. */
  readonly repeat?: number;
}

/**
 * Where programs run. Everything but `read` only puts work into the device's queue, in order, and returns at once; a device in this
 * thread may do the work right away, one in a worker or on a GPU later. What goes wrong inside of a program (an index out of range)
 * makes its outputs, and all that is computed from them, fail at `read`.
 */
export interface Device {
  readonly name: string;
  allocate(dtype: DType, elements: number): Buffer;
  /** Copies the array's bytes (storage format of its element type, little-endian) into the buffer. */
  write(buffer: Buffer, bytes: Uint8Array): void;
  /** A new buffer with the same content. */
  copy(buffer: Buffer): Buffer;
  compile(graph: Graph): Executable;
  /** New buffers for the outputs; for a donated one, the input's. */
  run(executable: Executable, inputs: readonly Buffer[], options?: RunOptions): readonly Buffer[];
  /** A fresh copy of the buffer's bytes, once all that was queued before is done. */
  read(buffer: Buffer): Promise<Uint8Array>;
  /** The buffer is used no more. */
  free(buffer: Buffer): void;
  /** Waits until everything queued is done; fails like `read`. */
  finish(buffers: readonly Buffer[]): Promise<void>;
}
