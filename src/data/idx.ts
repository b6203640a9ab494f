import { FormatError, formatShape } from '../core/errors.ts';

/** An array of unsigned bytes, row-major. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

const unsignedByte = 0x08;
const typeNames: Readonly<Record<number, string>> = {
  8: 'unsigned bytes',
  9: 'signed bytes',
  11: '16-bit integers',
  12: '32-bit integers',
  13: '32-bit floats',
  14: '64-bit floats',
};

/**
 * Reads an IDX file of unsigned bytes: two zero bytes, the element type, the rank, each size as 32 bits big-endian, the elements.
 * The data is a view of `bytes`. `source` names the file in errors.
 *
 * Source: LeCun, Cortes, Burges, "The MNIST database of handwritten digits" (1998), "File formats".
 * @throws FormatError for another format or type, for a file cut short, and for bytes past the end.
 */
export const readIdx = (bytes: Uint8Array, source = 'the file'): IdxArray => {
  const refuse = (why: string, advice: string): FormatError => new FormatError(`cannot read ${source} as IDX: ${why}. ${advice}`);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw refuse('it is packed with gzip', 'Unpack it first: gunzip.');
  const [zero0, zero1, type, rank] = bytes;
  if (zero0 !== 0 || zero1 !== 0 || type === undefined || rank === undefined || typeNames[type] === undefined)
    throw refuse('it does not begin as an IDX file does', 'Check that it is the right file.');
  if (type !== unsignedByte) throw refuse(`it holds ${typeNames[type]}, and only unsigned bytes are read`, 'Convert it first.');
  const again = 'Fetch the file again.';
  const header = 4 + 4 * rank;
  if (bytes.length < header) throw refuse(`it ends within its header, after ${bytes.length} of ${header} bytes`, again);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  // A header from outside may ask for any product; past 2^53 it is inexact, and still far from the bytes that came.
  const elements = shape.reduce((product, size) => product * size, 1);
  const came = bytes.length - header;
  if (came !== elements) throw refuse(`its shape ${formatShape(shape)} needs ${elements} bytes after the header, and ${came} came`, again);
  return { shape, data: bytes.subarray(header) };
};
