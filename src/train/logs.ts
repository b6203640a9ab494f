import type { Buffer } from '../backends/device.ts';
import { byteSize, dtypes } from '../core/dtype.ts';
import { currentDevice } from '../tensor/runtime.ts';

/** Loss and metrics by name. */
export type Logs = Record<string, number>;

/** Logs of a validation: `loss` becomes `valLoss`. */
export const validationLogs = (logs: Logs): Logs =>
  Object.fromEntries(Object.entries(logs).map(([name, value]) => [`val${name.charAt(0).toUpperCase()}${name.slice(1)}`, value]));

/** Writes zeros. */
export const clear = (buffer: Buffer): void => currentDevice().write(buffer, new Uint8Array(byteSize(buffer.dtype, buffer.elements)));

/** Writes one int32. */
export const writeInteger = (buffer: Buffer, value: number): void =>
  currentDevice().write(buffer, new Uint8Array(Int32Array.of(value).buffer));

/** Writes one float32. */
export const writeFloat = (buffer: Buffer, value: number): void =>
  currentDevice().write(buffer, new Uint8Array(Float32Array.of(value).buffer));

/** The numbers of a float32 or int32 buffer. */
export const readNumbers = async (buffer: Buffer): Promise<Float32Array | Int32Array> => {
  const bytes = await currentDevice().read(buffer);
  return new dtypes[buffer.dtype].storage(0) instanceof Int32Array
    ? new Int32Array(bytes.buffer, bytes.byteOffset, buffer.elements)
    : new Float32Array(bytes.buffer, bytes.byteOffset, buffer.elements);
};
