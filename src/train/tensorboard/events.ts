import { crc32c } from '../../core/bytes.ts';
import { bytes, double, doubles, floats, integer, littleEndian, message, text } from './protobuf.ts';

/*
 * Event files as TensorBoard reads them: records of TFRecord, each an Event (tensorflow/core/util/event.proto). Values are tensors with
 * the name of the plugin that shows them, as TensorFlow 2 writes them.
 */

/** CRC-32C as TFRecord files have it: rotated by 15 bits, plus a constant. */
export const maskedCrc32c = (data: Uint8Array): number => {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

/** A record: its length and a check of that, the bytes and a check of those. */
export const tfRecord = (data: Uint8Array): Uint8Array => {
  const length = littleEndian(8, view => view.setBigUint64(0, BigInt(data.length), true));
  const check = (of: Uint8Array): Uint8Array => littleEndian(4, view => view.setUint32(0, maskedCrc32c(of), true));
  return message(length, check(length), data, check(data));
};

/** An Event: seconds since 1970, step, and one field of content. */
const event = (step: number, content: Uint8Array, wallTime = Date.now() / 1000): Uint8Array =>
  tfRecord(message(double(1, wallTime), integer(2, step), content));

/** The record that every file begins with. */
export const fileVersion = (): Uint8Array => event(0, text(3, 'brain.Event:2'));

/** Element types of TensorProto. */
const types = { float: 1, double: 2, string: 7 } as const;

const shapeProto = (shape: readonly number[]): Uint8Array => message(...shape.map(size => bytes(2, integer(1, size))));

const tensorProto = (type: keyof typeof types, shape: readonly number[], values: Uint8Array): Uint8Array =>
  message(integer(1, types[type]), bytes(2, shapeProto(shape)), values);

/** What a plugin needs to know of a tag. `dataClass`: 1 scalar, 2 tensor, 3 a sequence of texts. */
const metadata = (plugin: string, dataClass: number, content: Uint8Array = new Uint8Array()): Uint8Array =>
  message(bytes(1, message(text(1, plugin), bytes(2, content))), ...(dataClass === 0 ? [] : [integer(4, dataClass)]));

const summary = (step: number, tag: string, about: Uint8Array, tensor: Uint8Array): Uint8Array =>
  event(step, bytes(5, bytes(1, message(text(1, tag), bytes(8, tensor), bytes(9, about)))));

export const scalarEvent = (step: number, tag: string, value: number): Uint8Array =>
  summary(step, tag, metadata('scalars', 1), tensorProto('float', [], floats(5, [value])));

const bucketCount = 30;

/** [left edge, right edge, count] for each of 30 buckets of equal width, as TensorBoard's summary makes them. Of numbers that are finite. */
export const histogramBuckets = (values: ArrayLike<number>): number[][] => {
  const numbers = Array.from(values).filter(Number.isFinite);
  const low = numbers.reduce((a, b) => Math.min(a, b), Infinity);
  const high = numbers.reduce((a, b) => Math.max(a, b), -Infinity);
  if (numbers.length === 0) return Array.from({ length: bucketCount }, () => [0, 0, 0]);
  if (low === high) return Array.from({ length: bucketCount }, (_, place) => [low, low, place === bucketCount - 1 ? numbers.length : 0]);
  const width = (high - low) / bucketCount;
  const counts = new Array<number>(bucketCount).fill(0);
  for (const value of numbers) {
    const place = Math.min(bucketCount - 1, Math.floor((value - low) / width));
    counts[place] = (counts[place] as number) + 1;
  }
  return counts.map((count, place) => [low + place * width, place === bucketCount - 1 ? high : low + (place + 1) * width, count]);
};

export const histogramEvent = (step: number, tag: string, values: ArrayLike<number>): Uint8Array =>
  summary(step, tag, metadata('histograms', 2), tensorProto('double', [bucketCount, 3], doubles(6, histogramBuckets(values).flat())));

/** Images of one size, as PNG files. */
export const imageEvent = (step: number, tag: string, width: number, height: number, files: readonly Uint8Array[]): Uint8Array => {
  const strings = [String(width), String(height)].map(size => text(8, size));
  const tensor = tensorProto('string', [2 + files.length], message(...strings, ...files.map(file => bytes(8, file))));
  return summary(step, tag, metadata('images', 3), tensor);
};

/** A graph: the bytes of a GraphDef. */
export const graphEvent = (graph: Uint8Array): Uint8Array => event(0, bytes(4, graph));

/** What the plugin of hyperparameters reads, in place of a value. */
export const pluginEvent = (tag: string, plugin: string, content: Uint8Array): Uint8Array =>
  summary(0, tag, metadata(plugin, 0, content), tensorProto('float', [0], new Uint8Array()));
