import { crc32, inflateSync } from 'node:zlib';

/** CRC-32C bit by bit, from its definition. */
const crc32c = (bytes: Uint8Array): number => {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
};

const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

/** The records of a TFRecord file. @throws where a length or a check is wrong. */
export const recordsIn = (file: Uint8Array): Uint8Array[] => {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const records: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    if (view.getUint32(at + 8, true) !== masked(file.subarray(at, at + 8))) throw new Error(`the check of the length at ${at} is wrong`);
    const data = file.subarray(at + 12, at + 12 + length);
    if (view.getUint32(at + 12 + length, true) !== masked(data)) throw new Error(`the check of the record at ${at} is wrong`);
    records.push(data);
    at += 16 + length;
  }
  return records;
};

/** A message of Protocol Buffers: the values of each field, in order. */
export type Message = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

export const decodeMessage = (bytes: Uint8Array): Message => {
  const fields = new Map<number, (number | Uint8Array)[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] as number;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const take = (length: number): Uint8Array => {
      at += length;
      return bytes.subarray(at - length, at);
    };
    const read = [
      varint,
      () => numbersOf(take(8), 8)[0] as number,
      () => take(varint()),
      undefined,
      undefined,
      () => numbersOf(take(4), 4)[0] as number,
    ][tag & 7];
    if (read === undefined) throw new Error(`unknown kind ${tag & 7}`);
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), read()]);
  }
  return fields;
};

const parts = (of: Message | undefined, field: number): Message[] => ((of?.get(field) ?? []) as Uint8Array[]).map(decodeMessage);
const part = (of: Message | undefined, field: number): Message | undefined => parts(of, field)[0];
const textOf = (bytes: number | Uint8Array | undefined): string =>
  bytes === undefined ? '' : new TextDecoder().decode(bytes as Uint8Array);
const numbersOf = (bytes: Uint8Array, size: 4 | 8): number[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / size }, (_, index) =>
    size === 4 ? view.getFloat32(4 * index, true) : view.getFloat64(8 * index, true),
  );
};

/** The pixels of a PNG file of 8 bits a channel, without filters, as nested arrays. @throws where a check is wrong. */
export const pixelsOf = (file: Uint8Array): unknown[][] => {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const data: Uint8Array[] = [];
  const [width, height, color] = [view.getUint32(16), view.getUint32(20), file[25] as number];
  for (let at = 8; at < file.length; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 8 + length) !== crc32(file.subarray(at + 4, at + 8 + length))) throw new Error('a check of the PNG is wrong');
    if (textOf(file.subarray(at + 4, at + 8)) === 'IDAT') data.push(file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const lines = inflateSync(Buffer.concat(data)); // checks Adler-32
  const channels = color === 0 ? 1 : color === 2 ? 3 : 4;
  return Array.from({ length: height }, (_, row) =>
    Array.from({ length: width }, (__, column) => {
      const start = row * (width * channels + 1) + 1 + column * channels;
      return channels === 1 ? lines[start] : [...lines.subarray(start, start + channels)];
    }),
  );
};

/** A value of a summary, in the form in which golden/event_files.json has it. */
export interface Shown {
  readonly plugin: string;
  readonly tag: string;
  readonly entry: unknown;
}

/** What is in an event file: the values in order, and the graph. */
export const readEvents = (
  file: Uint8Array,
): { readonly version: string; readonly shown: readonly Shown[]; readonly graph: unknown[] | undefined } => {
  const [first, ...events] = recordsIn(file).map(decodeMessage);
  const shown: Shown[] = [];
  let graph: unknown[] | undefined;
  for (const event of events) {
    const step = (event.get(2)?.[0] ?? 0) as number;
    for (const value of parts(part(event, 5), 1)) {
      const plugin = textOf(part(part(value, 9), 1)?.get(1)?.[0]);
      const tensor = part(value, 8);
      const shape = parts(part(tensor, 2), 2).map(dim => (dim.get(1)?.[0] ?? 0) as number);
      const strings = ((tensor?.get(8) ?? []) as Uint8Array[]).slice();
      const floats = ((tensor?.get(5) ?? []) as Uint8Array[]).flatMap(bytes => numbersOf(bytes, 4));
      const doubles = ((tensor?.get(6) ?? []) as Uint8Array[]).flatMap(bytes => numbersOf(bytes, 8));
      const rows = Array.from({ length: doubles.length / 3 }, (_, row) => doubles.slice(3 * row, 3 * row + 3));
      if (shape.reduce((a, b) => a * b, 1) !== floats.length + doubles.length + strings.length)
        throw new Error('a tensor is not of its shape');
      const entry =
        plugin === 'scalars'
          ? [step, floats[0]]
          : plugin === 'histograms'
            ? [step, rows[0], rows.at(-1), rows.map(row => row[2])]
            : [step, textOf(strings[0]), textOf(strings[1]), strings.slice(2).map(pixelsOf)];
      if (plugin !== 'hparams') shown.push({ plugin, tag: textOf(value.get(1)?.[0]), entry });
    }
    const definition = part(event, 4);
    if (definition !== undefined)
      graph = parts(definition, 1).map(node => ({
        name: textOf(node.get(1)?.[0]),
        op: textOf(node.get(2)?.[0]),
        input: (node.get(3) ?? []).map(textOf),
        shapes: parts(node, 5)
          .filter(attribute => textOf(attribute.get(1)?.[0]) === '_output_shapes')
          .flatMap(attribute => parts(part(part(attribute, 2), 1), 7))
          .map(one => parts(one, 2).map(dim => dim.get(1)?.[0])),
      }));
  }
  return { version: textOf(first?.get(3)?.[0]), shown, graph };
};
