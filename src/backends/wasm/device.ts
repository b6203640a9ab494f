import type { TileShape } from '../../compiler/contraction.ts';
import { planProgram } from '../../compiler/program.ts';
import { usualChunk } from '../../compiler/split.ts';
import { byteSize, type DType } from '../../core/dtype.ts';
import { GradusError, IndexError } from '../../core/errors.ts';
import { sizeOf } from '../../core/shape.ts';
import { contraction } from '../../graph/build.ts';
import { input, type Node } from '../../graph/node.ts';
import type { Buffer, Device, Executable, RunOptions } from '../device.ts';
import { explain } from './explain.ts';
import { hostFunctions } from './host.ts';
import { type Block, type Cell, Heap, type Pinned } from './memory.ts';
import { buildModule } from './module.ts';
import { meeting, mostThreads } from './parallel.ts';
import { knowsRelaxedMadd, usualTile } from './probe.ts';
import { profilerOfProcess } from './profile.ts';
import { errorRecord } from './values.ts';
import { usualStart, Workers } from './workers.ts';

export interface WasmOptions {
  /** `reproducible`: no fused multiply-add, the same bits on every processor. */
  readonly numerics?: 'fast' | 'reproducible';
  /** The engine pairs 128-bit vectors into 256-bit ones (V8 with `--experimental-wasm-revectorize`): tiles are shaped for it. */
  readonly wide?: boolean;
  /** The register tile of products; default what is usual: see `probeTiles`. */
  readonly tile?: TileShape;
  /** Default true; false gives each operation a kernel of its own, to test fusion against. */
  readonly fusion?: boolean;
  /** Threads that share large kernels. Default 1. */
  readonly threads?: number;
  /** Kernels are cut into chunks of so many estimated nanoseconds or more: see `Parallelism`. */
  readonly smallestChunk?: number;
  /** Milliseconds of work that threads can share before they are started. */
  readonly startAfter?: number;
  /** Whether `GRADUS_PROFILE` counts for it. Default true. */
  readonly profile?: boolean;
}

class WasmBuffer implements Buffer {
  readonly dtype: DType;
  readonly elements: number;
  readonly cell: Cell;
  /** What went wrong where this was computed. */
  error: GradusError | undefined = undefined;

  constructor(dtype: DType, elements: number, cell: Cell) {
    this.dtype = dtype;
    this.elements = elements;
    this.cell = cell;
  }
}

interface WasmExecutable extends Executable {
  /** Its number, where threads share it. */
  readonly program: number | undefined;
  readonly run: (args: number, repeat: number) => void;
}

/** Address of the table of addresses that a program gets. */
const argumentTable: number = meeting.end;

/** A product whose tiles have every kind of edge: rows and columns that are no multiples, several blocks of the contracted axis. */
const checkedProduct = async (device: Device): Promise<Uint8Array> => {
  const [a, b] = [input([23, 401], 'float32'), input([401, 37], 'float32')];
  const executable = device.compile({
    inputs: [a, b],
    outputs: [contraction(a, b, { batch: [[], []], contract: [[1], [0]] })],
    donated: [-1],
  });
  const upload = (node: Node, factor: number): Buffer => {
    const values = Float32Array.from({ length: sizeOf(node.shape) }, (_, i) => Math.sin(i * factor));
    const buffer = device.allocate('float32', values.length);
    device.write(buffer, new Uint8Array(values.buffer));
    return buffer;
  };
  const [product] = device.run(executable, [upload(a, 0.7), upload(b, 1.3)]);
  return device.read(product as Buffer);
};

/** Whether the wide tiles give the very bits of the plain ones: only then are they trusted. */
export const wideAgrees = async (options: WasmOptions): Promise<boolean> => {
  const [plain, wide] = await Promise.all(
    [false, true].map(paired => checkedProduct(wasmDevice({ ...options, wide: paired, profile: false }))),
  );
  return (plain as Uint8Array).every((byte, index) => byte === (wide as Uint8Array)[index]);
};

/** WebAssembly in this thread, with others that help: work is done when it is queued. */
export const wasmDevice = ({
  numerics = 'fast',
  wide = false,
  tile = usualTile(wide),
  fusion = true,
  threads: wanted = 1,
  smallestChunk = usualChunk,
  startAfter = usualStart,
  profile = true,
}: WasmOptions = {}): Device => {
  const heap = new Heap({ shared: wanted > 1 });
  const threads = heap.isShared ? Math.min(wanted, mostThreads) : 1;
  const profiler = profile ? profilerOfProcess() : undefined;
  const workers = new Workers(heap.memory, threads, startAfter);
  const forgotten = new FinalizationRegistry<number>(program => workers.remove(program));
  const relaxed = numerics === 'fast' && knowsRelaxedMadd();
  // Holds blocks only, never what was moved out: that is the collector's alone.
  const collected = new FinalizationRegistry<Block>(block => heap.free(block));
  const own = (buffer: Buffer): WasmBuffer => buffer as WasmBuffer;

  const create = (dtype: DType, elements: number, pinned?: Pinned): WasmBuffer => {
    const cell = heap.track(heap.allocate(byteSize(dtype, elements) + 64, pinned));
    const buffer = new WasmBuffer(dtype, elements, cell);
    collected.register(buffer, cell.block);
    return buffer;
  };

  /** Takes the record of an error that a program left, and clears it. */
  const takeError = (): GradusError | undefined => {
    const { words } = heap;
    const record = errorRecord / 4;
    if (words[record] === 0) return undefined;
    words[record] = 0;
    const [index, size] = words.slice(record + 1, record + 3) as unknown as [number, number];
    return new IndexError(
      `a lookup (gather, scatter, embedding) cannot use index ${index} along an axis of size ${size}: ${size === 0 ? 'it is empty' : `indices go from 0 to ${size - 1}`}. Nothing outside of the tensor was read or written.`,
    );
  };

  const run = (executable: Executable, inputs: readonly Buffer[], { repeat = 1 }: RunOptions = {}): readonly Buffer[] => {
    const { graph, scratchBytes, program, run: start } = executable as WasmExecutable;
    const outputs: WasmBuffer[] = [];
    const pinned: Pinned = () => new Set([...inputs.map(own), ...outputs].map(({ cell }) => cell));
    const addresses = inputs.map(buffer => heap.load(own(buffer).cell, pinned));
    for (const [index, node] of graph.outputs.entries()) {
      const from = graph.donated[index] ?? -1;
      outputs.push(from >= 0 ? own(inputs[from] as Buffer) : create(node.dtype, sizeOf(node.shape), pinned));
    }
    const arena = heap.allocate(scratchBytes, pinned);
    const { words } = heap;
    const table = argumentTable / 4;
    words[table] = arena.address;
    words.set(addresses, table + 1);
    for (let i = 0; i < outputs.length; i++) words[table + 1 + addresses.length + i] = (outputs[i] as WasmBuffer).cell.block.address;
    profiler?.begin();
    if (program === undefined) start(argumentTable, repeat);
    else {
      words[meeting.program / 4] = program;
      workers.run(() => start(argumentTable, repeat));
    }
    heap.free(arena);
    const error = takeError() ?? inputs.find((buffer): buffer is WasmBuffer => own(buffer).error !== undefined)?.error;
    if (error !== undefined) for (const buffer of outputs) buffer.error = error;
    return outputs;
  };

  return {
    name: 'wasm',
    allocate: create,
    write: (buffer, bytes) => {
      const { cell } = own(buffer);
      const address = heap.load(cell, () => new Set([cell]));
      heap.bytes.set(bytes, address);
      own(buffer).error = undefined;
    },
    copy: source => {
      const { cell, dtype, elements, error } = own(source);
      const made = create(dtype, elements, () => new Set([cell]));
      const from = heap.load(cell, () => new Set([cell, made.cell]));
      heap.bytes.copyWithin(made.cell.block.address, from, from + byteSize(dtype, elements));
      made.error = error;
      return made;
    },
    compile: graph => {
      const program = planProgram(graph.inputs, graph.outputs, graph.donated, {
        tile,
        fusion,
        parallelism: { threads, smallestChunk },
      });
      const module = buildModule(program, graph.inputs.length, graph.outputs.length, { relaxed, threads, profiler });
      explain(graph, program, module);
      const compiled = new WebAssembly.Module(module.bytes);
      const instance = new WebAssembly.Instance(compiled, {
        e: { memory: heap.memory, ...(profiler === undefined ? {} : { mark: profiler.mark }), ...hostFunctions },
      });
      const executable: WasmExecutable = {
        graph,
        scratchBytes: program.arenaBytes,
        program: module.sharedKernels > 0 ? workers.add(compiled) : undefined,
        run: instance.exports.run as WasmExecutable['run'],
      };
      if (executable.program !== undefined) forgotten.register(executable, executable.program);
      return executable;
    },
    run,
    read: async buffer => {
      const { cell, error, dtype, elements } = own(buffer);
      if (error !== undefined) throw error;
      const bytes = byteSize(dtype, elements);
      if (cell.host !== undefined) return cell.host.slice(0, bytes);
      if (cell.block.address < 0) throw new GradusError('this buffer was freed. Do not use a tensor after it was disposed of or donated.');
      return heap.bytes.slice(cell.block.address, cell.block.address + bytes);
    },
    free: buffer => heap.forget(own(buffer).cell),
    finish: async buffers => {
      for (const buffer of buffers) {
        const { error } = own(buffer);
        if (error !== undefined) throw error;
      }
    },
  };
};
