import type { Buffer, Device } from '../backends/device.ts';
import { referenceDevice } from '../backends/reference/device.ts';
import { inWorker, remoteDevice } from '../backends/remote/device.ts';
import { wasmDevice } from '../backends/wasm/device.ts';
import type { Probed } from '../backends/wasm/probe.ts';
import { byteSize, type DType, dtypes } from '../core/dtype.ts';
import { unknownName, ValueError } from '../core/errors.ts';
import { platform } from '../core/platform.ts';
import { storageFrom } from './convert.ts';
import { wideTile } from './tiles.ts';

/** How and where programs run. What is left out keeps its value. */
export interface Configuration {
  readonly backend?: 'wasm' | 'webgpu' | 'reference';
  /** Threads that share the large parts of a program. Default: as many as the machine has cores; 1 where memory cannot be shared. */
  readonly threads?: number;
  /** `fast` may differ in the last bits from machine to machine; `reproducible` gives the same bits everywhere. */
  readonly numerics?: 'fast' | 'reproducible';
  /**
   * Programs run in a worker of their own, so that the page stays responsive while a network trains. Default: true on a page, false
   * elsewhere. A bundler must know `new Worker(new URL(…))`; where the worker cannot be started, programs run on the page's thread.
   */
  readonly worker?: boolean;
  /** 256-bit arithmetic: a flag of V8 that holds for the whole process. */
  readonly wideSimd?: 'auto' | boolean;
}

/** The backends there are. A row is added here when one is written. */
const backends: Readonly<Record<string, (configuration: Configuration) => Device>> = {
  wasm: ({ numerics = 'fast', wideSimd = 'auto', threads = platform().cores(), worker = platform().isPage }) =>
    worker
      ? remoteDevice({ numerics, threads }, inWorker)
      : wasmDevice({ numerics, threads, ...(wideSimd === true && tile !== undefined ? { wide: true, tile } : {}) }),
  reference: () => referenceDevice(),
};
const defaults: Configuration = { backend: 'wasm', numerics: 'fast', wideSimd: 'auto' };

const choices: Readonly<Record<keyof Configuration, (value: unknown) => string | undefined>> = {
  backend: value => {
    if (value === 'webgpu') return "the backend 'webgpu' does not exist yet. Use 'wasm', which runs in the browser too.";
    if (typeof value === 'string' && value in backends) return undefined;
    return unknownName('backend', String(value), Object.keys(backends)).message;
  },
  threads: value => (Number.isInteger(value) && (value as number) >= 1 ? undefined : `threads must be a whole number >= 1, got ${value}.`),
  numerics: value =>
    value === 'fast' || value === 'reproducible' ? undefined : unknownName('numerics', String(value), ['fast', 'reproducible']).message,
  worker: value => {
    if (typeof value !== 'boolean') return `worker must be true or false, got ${value}.`;
    return value && platform().name !== 'browser'
      ? 'worker: true is for browsers. Elsewhere programs run on the calling thread.'
      : undefined;
  },
  wideSimd: value => (value === 'auto' || typeof value === 'boolean' ? undefined : `wideSimd must be 'auto', true or false, got ${value}.`),
};

let configuration: Configuration = defaults;
let device: Device | undefined;
let tile: Probed | undefined;
/** Going back to an earlier configuration finds its device, and so the tensors on it, again. */
const devices = new Map<string, Device>();
let scalars = new Map<string, Buffer>();
const scalarLimit = 256;

/**
 * Chooses how programs run from here on. Tensors belong to the device that they were made on, so call it first.
 *
 * @throws ValueError for an unknown option or value.
 */
export const configure = async (options: Configuration): Promise<void> => {
  for (const [name, value] of Object.entries(options)) {
    if (!(name in choices)) throw unknownName('option of configure', name, Object.keys(choices));
    const complaint = value === undefined ? undefined : choices[name as keyof Configuration](value);
    if (complaint !== undefined) throw new ValueError(complaint);
  }
  for (const [name, value] of Object.entries(options)) if (value !== undefined) configuration = { ...configuration, [name]: value };
  device = undefined;
  if (configuration.wideSimd === true && configuration.backend === 'wasm') await trustWide();
};

/** Vectors are paired only where a check gives the bits of the plain code; else the flag is of no use here. */
const trustWide = async (): Promise<void> => {
  tile = await wideTile(configuration.numerics ?? 'fast');
  if (tile === undefined) configuration = { ...configuration, wideSimd: false };
};

/** How programs run now. */
export interface Runtime extends Required<Omit<Configuration, 'wideSimd'>> {
  /** Whether vectors are paired into 256-bit ones. */
  readonly wideSimd: boolean;
  /** The register tile of products that was measured to be fastest, and its rate on one thread; undefined where it was not measured. */
  readonly tile: { readonly rows: number; readonly columns: number; readonly gflops: number } | undefined;
}

/** What `configure` chose and found: backend, threads, numerics, vectors. */
export const runtime = (): Runtime => {
  const { backend = 'wasm', numerics = 'fast', threads = platform().cores(), worker = platform().isPage, wideSimd } = configuration;
  return { backend, numerics, threads, worker, wideSimd: wideSimd === true, tile: wideSimd === true ? tile : undefined };
};

/** The device that programs run on; made when it is first needed, so that importing the library does nothing. */
export const currentDevice = (): Device => {
  if (device === undefined) {
    const { backend = 'wasm', threads, numerics, wideSimd, worker } = configuration;
    const key = JSON.stringify([backend, threads, numerics, wideSimd, worker]);
    const make = backends[backend] as (configuration: Configuration) => Device;
    device = devices.get(key) ?? make(configuration);
    devices.set(key, device);
    scalars = new Map();
  }
  return device;
};

/** A buffer that holds one number. Kept for a while: an eager loop uses the same few again and again. */
export const scalarBuffer = (on: Device, value: number, dtype: DType): Buffer => {
  const key = `${dtype}${Object.is(value, -0) ? '-0' : value}`;
  const known = scalars.get(key);
  if (known !== undefined) return known;
  if (scalars.size >= scalarLimit) {
    for (const buffer of scalars.values()) on.free(buffer);
    scalars.clear();
  }
  const buffer = on.allocate(dtype, 1);
  const stored = storageFrom([value], dtype);
  on.write(buffer, new Uint8Array(stored.buffer, 0, dtypes[dtype].bytes));
  scalars.set(key, buffer);
  return buffer;
};

let allocatedBytes = 0;
const bytesBetweenPauses = 16 * 2 ** 20;

/** Remembers how much memory was taken, for `pauseForCollector`. */
export const countAllocated = (dtype: DType, elements: number): void => {
  allocatedBytes += byteSize(dtype, elements);
};

/**
 * Memory is reclaimed in callbacks that wait for the event loop; `await` alone never returns to it. Lets them run now and then:
 * undefined where there is nothing to wait for.
 */
export const pauseForCollector = (): Promise<void> | undefined => {
  if (allocatedBytes < bytesBetweenPauses) return undefined;
  allocatedBytes = 0;
  return platform().nextTask();
};
