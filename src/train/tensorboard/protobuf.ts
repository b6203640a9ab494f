import { joinBytes } from '../../core/bytes.ts';

/*
 * Messages in the wire format of Protocol Buffers (protobuf.dev/programming-guides/encoding): a message is the bytes of its fields one
 * after the other, a field its number and kind, then its value.
 */

/** The bytes of fields, one after the other. */
export const message = (...fields: readonly Uint8Array[]): Uint8Array => joinBytes(fields);

/** A whole number >= 0, seven bits a byte, the low ones first. */
const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
};

const kinds = { varint: 0, double: 1, bytes: 2, float: 5 } as const;

const tag = (field: number, kind: keyof typeof kinds): number[] => varint(field * 8 + kinds[kind]);

/** A whole number >= 0, a truth value, or a member of an enumeration. */
export const integer = (field: number, value: number): Uint8Array => Uint8Array.from([...tag(field, 'varint'), ...varint(value)]);

export const double = (field: number, value: number): Uint8Array =>
  Uint8Array.from([...tag(field, 'double'), ...new Uint8Array(littleEndian(8, view => view.setFloat64(0, value, true)))]);

/** Bytes, or a message in a message. */
export const bytes = (field: number, value: Uint8Array): Uint8Array =>
  message(Uint8Array.from([...tag(field, 'bytes'), ...varint(value.length)]), value);

export const text = (field: number, value: string): Uint8Array => bytes(field, new TextEncoder().encode(value));

/** Numbers side by side. */
export const doubles = (field: number, values: readonly number[]): Uint8Array =>
  bytes(
    field,
    littleEndian(8 * values.length, view => values.forEach((value, index) => view.setFloat64(8 * index, value, true))),
  );

export const floats = (field: number, values: readonly number[]): Uint8Array =>
  bytes(
    field,
    littleEndian(4 * values.length, view => values.forEach((value, index) => view.setFloat32(4 * index, value, true))),
  );

/** A pair of a map. */
export const entry = (field: number, key: string, value: Uint8Array): Uint8Array => bytes(field, message(text(1, key), bytes(2, value)));

/** Bytes that are written through a view. */
export const littleEndian = (length: number, write: (view: DataView) => void): Uint8Array => {
  const made = new Uint8Array(length);
  write(new DataView(made.buffer));
  return made;
};
