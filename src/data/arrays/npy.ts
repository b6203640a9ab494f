import { joinBytes } from '../../core/bytes.ts';
import { type DType, dtypes } from '../../core/dtype.ts';
import { FormatError, formatShape, ValueError } from '../../core/errors.ts';
import { toFloat16 } from '../../core/half.ts';
import { sizeOf } from '../../core/shape.ts';
import { tensor } from '../../tensor/create.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { zipEntries, zipFiles } from '../archive/zip.ts';
import { byteSource, type FileInput, readBytes } from '../files/bytes.ts';

/** How a NumPy type is read: its numbers, and the tensor's element type. */
interface Element {
  readonly bytes: number;
  readonly dtype: DType;
  readonly read: (view: DataView, at: number, little: boolean) => number;
}

const wide = (value: bigint): number => {
  const number = Number(value);
  if (number < -(2 ** 31) || number >= 2 ** 31) throw new RangeError(String(value));
  return number;
};

const elements: Readonly<Record<string, Element>> = {
  f2: { bytes: 2, dtype: 'float16', read: (view, at, little) => view.getUint16(at, little) }, // its bits: what a float16 tensor stores
  f4: { bytes: 4, dtype: 'float32', read: (view, at, little) => view.getFloat32(at, little) },
  f8: { bytes: 8, dtype: 'float64', read: (view, at, little) => view.getFloat64(at, little) },
  i1: { bytes: 1, dtype: 'int32', read: (view, at) => view.getInt8(at) },
  i2: { bytes: 2, dtype: 'int32', read: (view, at, little) => view.getInt16(at, little) },
  i4: { bytes: 4, dtype: 'int32', read: (view, at, little) => view.getInt32(at, little) },
  i8: { bytes: 8, dtype: 'int32', read: (view, at, little) => wide(view.getBigInt64(at, little)) },
  u1: { bytes: 1, dtype: 'uint8', read: (view, at) => view.getUint8(at) },
  u2: { bytes: 2, dtype: 'int32', read: (view, at, little) => view.getUint16(at, little) },
  u4: { bytes: 4, dtype: 'int32', read: (view, at, little) => wide(BigInt(view.getUint32(at, little))) },
  u8: { bytes: 8, dtype: 'int32', read: (view, at, little) => wide(view.getBigUint64(at, little)) },
  b1: { bytes: 1, dtype: 'bool', read: (view, at) => view.getUint8(at) },
};

interface Header {
  readonly element: Element;
  readonly isLittle: boolean;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  readonly begin: number;
}

const headerOf = (bytes: Uint8Array, refuse: (why: string, advice?: string) => FormatError): Header => {
  const magic = '\x93NUMPY';
  if (bytes.length < 10 || [...magic].some((letter, at) => bytes[at] !== letter.charCodeAt(0)))
    throw refuse('it does not begin as a file of NumPy does', 'Check that it is the right file.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [major] = [bytes[6] as number];
  const length = major === 1 ? view.getUint16(8, true) : bytes.length < 12 ? Infinity : view.getUint32(8, true);
  const from = major === 1 ? 10 : 12;
  if (from + length > bytes.length) throw refuse('it ends within its header');
  const text = new TextDecoder().decode(bytes.subarray(from, from + length));
  const description = /'descr'\s*:\s*('([^']*)'|\[)/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text);
  const sizes = /'shape'\s*:\s*\(([^)]*)\)/.exec(text);
  if (description === null || order === null || sizes === null) throw refuse('its header is damaged');
  if (description[2] === undefined)
    throw refuse(
      'it holds a structured array',
      'Save its fields one by one: np.savez(path, **{name: array[name] for name in array.dtype.names}).',
    );
  const element = elements[description[2].slice(1)];
  if (element === undefined)
    throw refuse(
      `it holds elements of type '${description[2]}'`,
      description[2].includes('O')
        ? 'Python objects are not read: save numbers.'
        : `Read are ${Object.keys(elements).join(', ')}: convert it first, as array.astype('float32').`,
    );
  const shape = (sizes[1] as string)
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(Number);
  if (shape.some(size => !Number.isSafeInteger(size) || size < 0)) throw refuse('its header is damaged');
  return { element, isLittle: !description[2].startsWith('>'), isFortran: order[1] === 'True', shape, begin: from + length };
};

/** Elements in the order of the last axis first, as tensors have them. */
const fromFortran = <A extends { [index: number]: number; readonly length: number }>(values: A, target: A, shape: readonly number[]): A => {
  const index = shape.map(() => 0);
  for (let to = 0; to < values.length; to++) {
    let from = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) from = from * (shape[axis] as number) + (index[axis] as number);
    target[to] = values[from] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return target;
};

/** A file of NumPy (`np.save`) from its bytes. */
export const parseNpy = (bytes: Uint8Array, source = 'the bytes'): Tensor => {
  const refuse = (why: string, advice = 'Fetch the file again.'): FormatError =>
    new FormatError(`cannot read ${source} as npy: ${why}. ${advice}`);
  const { element, isLittle, isFortran, shape, begin } = headerOf(bytes, refuse);
  const count = sizeOf(shape);
  if (bytes.length - begin !== count * element.bytes)
    throw refuse(`its shape ${formatShape(shape)} needs ${count * element.bytes} bytes after the header, and ${bytes.length - begin} came`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { storage: Storage } = dtypes[element.dtype];
  const values = new Storage(count);
  try {
    if (isLittle && element.bytes === values.BYTES_PER_ELEMENT) new Uint8Array(values.buffer).set(bytes.subarray(begin));
    else for (let at = 0; at < count; at++) values[at] = element.read(view, begin + at * element.bytes, isLittle);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw refuse(`it holds ${error.message}, and whole numbers are read as int32`, "Save it as floats: array.astype('float64').");
  }
  const ordered = isFortran && shape.length > 1 ? fromFortran(values, new Storage(count), shape) : values;
  return tensor(ordered, { shape, dtype: element.dtype });
};

/**
 * An array of NumPy (`np.save`): float16, float32, float64; all whole numbers (int32, uint8 for bytes); bool; in either order of bytes
 * and of axes.
 *
 * @throws FormatError for structured arrays, texts, objects and complex numbers, whole numbers past 32 bits, and damaged files.
 */
export const readNpy = async (input: FileInput): Promise<Tensor> => {
  const source = byteSource(input);
  return parseNpy(await readBytes(source), source.name);
};

/** The arrays of an npz file (`np.savez`, `np.savez_compressed`) by their names. @throws what `readNpy` throws. */
export const readNpz = async (input: FileInput): Promise<Record<string, Tensor>> => {
  const arrays: Record<string, Tensor> = {};
  for (const entry of await zipEntries(input)) {
    if (!entry.path.endsWith('.npy'))
      throw new FormatError(`cannot read ${entry.name}: an npz file holds .npy files only. Read it with archive().`);
    arrays[entry.path.slice(0, -4)] = parseNpy(await readBytes(entry), entry.name);
  }
  return arrays;
};

const descriptions: { readonly [D in DType]?: string } = {
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
  int32: '<i4',
  uint8: '|u1',
  bool: '|b1',
};

/** A tensor as a file of NumPy: `np.load` reads it. @throws ValueError for bfloat16, which NumPy does not have. */
export const npyBytes = async (value: Tensor): Promise<Uint8Array> => {
  const { dtype, shape } = value;
  const descr = descriptions[dtype];
  if (!isTensor(value) || descr === undefined) throw new ValueError(`NumPy has no ${dtype}. Cast it first: value.cast('float32').`);
  const data = await (dtype === 'float16' ? value.cast('float32') : value).data();
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const padded = `${text}${' '.repeat(63 - ((10 + text.length) % 64))}\n`;
  const header = new Uint8Array(10 + padded.length);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(header.buffer).setUint16(8, padded.length, true);
  header.set(new TextEncoder().encode(padded), 10);
  const values = dtype === 'float16' ? Uint16Array.from(data as Float32Array, toFloat16) : (data as Float32Array);
  return joinBytes([header, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)]);
};

/** Tensors by name as an npz file: `np.load` reads it. */
export const npzBytes = async (arrays: Readonly<Record<string, Tensor>>): Promise<Uint8Array> => {
  const files: Record<string, Uint8Array> = {};
  for (const [name, value] of Object.entries(arrays)) files[`${name}.npy`] = await npyBytes(value);
  return zipFiles(files);
};
