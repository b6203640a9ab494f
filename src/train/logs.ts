import type { Buffer } from '../backends/device.ts';
import { byteSize } from '../core/dtype.ts';
import { valuesFrom } from '../tensor/convert.ts';
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

/** The numbers of a buffer of int32, float32 or float64. */
export const readNumbers = async (buffer: Buffer): Promise<Float64Array | Float32Array | Int32Array> =>
  valuesFrom(await currentDevice().read(buffer), buffer.dtype, buffer.elements) as Float64Array | Float32Array | Int32Array;
