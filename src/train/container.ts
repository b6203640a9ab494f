import { byteSize, type DType, dtypes } from '../core/dtype.ts';
import { FormatError, formatShape, ValueError } from '../core/errors.ts';
import { platform } from '../core/platform.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { checkJson, type Json } from './json.ts';

/** One array of a container: raw elements, row-major, little-endian. */
export interface ContainerTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Uint8Array;
}

export interface Container {
  readonly meta: Json;
  readonly tensors: readonly ContainerTensor[];
}

/*
 * The layout of a `.gradus` file, integers little-endian:
 *
 *      0   8  magic "GRADUS", 0x1a, line feed      a copy that changes line breaks or stops at 0x1a is seen at once
 *      8   4  version, 1
 *     12   4  length of the header
 *     16   8  length of the file
 *     24   8  zero
 *     32      header: JSON in UTF-8, { meta, tensors: [{ name, dtype, shape, offset }] }
 *             the data of each tensor, in this order, each at a multiple of 64 from the start; `offset` counts from the first
 *   end-32    SHA-256 of all before it
 */
const magic = Uint8Array.of(0x47, 0x52, 0x41, 0x44, 0x55, 0x53, 0x1a, 0x0a);
const version = 1;
const preambleLength = 32;
const digestLength = 32;
const alignment = 64; // a cache line, and more than any SIMD load asks for

const align = (position: number): number => Math.ceil(position / alignment) * alignment;

/** What is wrong with a tensor's description and data, or undefined. The description may come from a hostile file. */
const complaint = (name: unknown, dtype: unknown, shape: unknown, names: Set<string>): string | undefined => {
  if (typeof name !== 'string') return 'a tensor has no name';
  if (names.has(name)) return `two tensors are called '${name}'`;
  names.add(name);
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypes, dtype)) return `tensor '${name}' is of the unknown type ${JSON.stringify(dtype)}`;
  if (!Array.isArray(shape) || !shape.every(size => Number.isSafeInteger(size) && size >= 0))
    return `tensor '${name}' has an impossible shape`;
  return undefined;
};

const notBool = (dtype: DType, data: Uint8Array): boolean => dtype === 'bool' && data.some(byte => byte > 1);

/**
 * Packs arrays and plain JSON into the bytes of a `.gradus` file.
 *
 * @throws ValueError for two tensors of one name, data that does not fit its type and shape, and a `meta` that JSON cannot keep.
 */
export const encodeContainer = async ({ meta, tensors }: Container): Promise<Uint8Array> => {
  checkJson(meta, (path, why) => new ValueError(`encodeContainer cannot keep meta${path}: ${why}. Make it plain JSON.`));
  const names = new Set<string>();
  let end = 0;
  const entries = tensors.map(({ name, dtype, shape, data }) => {
    const wrong = complaint(name, dtype, shape, names);
    if (wrong !== undefined) throw new ValueError(`encodeContainer: ${wrong}.`);
    if (data.length !== byteSize(dtype, sizeOf(shape)))
      throw new ValueError(
        `encodeContainer: tensor '${name}', ${dtype} ${formatShape(shape)}, needs ${byteSize(dtype, sizeOf(shape))} bytes, and ${data.length} came.`,
      );
    if (notBool(dtype, data))
      throw new ValueError(`encodeContainer: tensor '${name}' is of type bool and holds a byte other than 0 and 1.`);
    const offset = align(end);
    end = offset + data.length;
    return { name, dtype, shape, offset };
  });
  const header = new TextEncoder().encode(JSON.stringify({ meta, tensors: entries }));
  const dataStart = align(preambleLength + header.length);
  const bytes = new Uint8Array(dataStart + end + digestLength);
  const view = new DataView(bytes.buffer);
  bytes.set(magic);
  view.setUint32(8, version, true);
  view.setUint32(12, header.length, true);
  view.setBigUint64(16, BigInt(bytes.length), true);
  bytes.set(header, preambleLength);
  for (const [index, { offset }] of entries.entries()) bytes.set((tensors[index] as ContainerTensor).data, dataStart + offset);
  bytes.set(await platform().sha256(bytes.subarray(0, -digestLength)), bytes.length - digestLength);
  return bytes;
};

/** A length or the digest is checked before anything else is believed; what passes may still be made by a hostile hand. */
const checkWhole = async (bytes: Uint8Array, source: string): Promise<DataView> => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const begins = magic.subarray(0, bytes.length).every((byte, index) => bytes[index] === byte);
  if (!begins || bytes.length === 0) throw new FormatError(`${source} is not a .gradus file: it does not begin as one. Check the path.`);
  const short = (whole: string): FormatError =>
    new FormatError(`${source} is cut short or damaged: ${bytes.length} bytes came, ${whole}. Take another copy of it.`);
  if (bytes.length < preambleLength + digestLength) throw short('fewer than the smallest file has');
  const found = view.getUint32(8, true);
  if (found !== version)
    throw new FormatError(
      `${source} is damaged, or of format version ${found}, where this Gradus reads version ${version}. Update Gradus.`,
    );
  const length = view.getBigUint64(16, true);
  if (length !== BigInt(bytes.length)) throw short(`and its header says ${length}`);
  const digest = await platform().sha256(bytes.subarray(0, -digestLength));
  if (!digest.every((byte, index) => byte === bytes[bytes.length - digestLength + index]))
    throw new FormatError(`${source} is damaged: its content does not have the SHA-256 written at its end. Take another copy of it.`);
  return view;
};

const parseHeader = (bytes: Uint8Array, refuse: (why: string) => FormatError): { meta: Json; tensors: readonly unknown[] } => {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw refuse(`its header is not JSON (${(error as Error).message})`);
  }
  checkJson(header, (path, why) => refuse(`its header${path}: ${why}`));
  const { meta, tensors } = (header ?? {}) as { meta?: Json; tensors?: unknown };
  if (meta === undefined || !Array.isArray(tensors)) throw refuse('its header lacks meta or tensors');
  return { meta, tensors };
};

/**
 * Reads the bytes of a `.gradus` file. The data of the tensors are views of `bytes`. `source` names the file in errors.
 *
 * @throws FormatError for another file, one cut short or changed in a byte, and one whose header lies, before anything is used.
 */
export const decodeContainer = async (bytes: Uint8Array, source = 'the file'): Promise<Container> => {
  const refuse = (why: string): FormatError => new FormatError(`${source} is not a sound .gradus file: ${why}. Save the model anew.`);
  const view = await checkWhole(bytes, source);
  const headerEnd = preambleLength + view.getUint32(12, true);
  const dataStart = align(headerEnd);
  const dataEnd = bytes.length - digestLength;
  if (dataStart > dataEnd) throw refuse('its header reaches past its end');
  const { meta, tensors } = parseHeader(bytes.subarray(preambleLength, headerEnd), refuse);
  const names = new Set<string>();
  let end = dataStart;
  const read = tensors.map((entry): ContainerTensor => {
    const { name, dtype, shape, offset } = (entry ?? {}) as Partial<Record<'name' | 'dtype' | 'shape' | 'offset', unknown>>;
    const wrong = complaint(name, dtype, shape, names);
    if (wrong !== undefined) throw refuse(wrong);
    const described = { name: name as string, dtype: dtype as DType, shape: shape as Shape };
    // One after the other without gaps: so none overlap, and none lie outside.
    const start = align(end);
    if (offset !== start - dataStart)
      throw refuse(`tensor '${described.name}' should lie at ${start - dataStart}, not ${JSON.stringify(offset)}`);
    end = start + byteSize(described.dtype, sizeOf(described.shape));
    if (!(end <= dataEnd))
      throw refuse(`tensor '${described.name}', ${described.dtype} ${formatShape(described.shape)}, reaches past its end`);
    const data = bytes.subarray(start, end);
    if (notBool(described.dtype, data)) throw refuse(`tensor '${described.name}' is of type bool and holds a byte other than 0 and 1`);
    return { ...described, data };
  });
  if (end !== dataEnd) throw refuse(`${dataEnd - end} bytes belong to no tensor`);
  return { meta, tensors: read };
};
