import { crc32, joinBytes } from '../../core/bytes.ts';
import { FormatError } from '../../core/errors.ts';
import { platform } from '../../core/platform.ts';
import { type ByteSource, byteSource, type FileInput, guardRatio, readBytes } from '../files/bytes.ts';
import { type ArchiveEntry, type ArchiveOptions, archiveDefaults, safePath } from './entry.ts';

/** Bytes that can be read at any place. */
interface Random {
  readonly name: string;
  readonly size: number;
  readonly read: (position: number, length: number) => Promise<Uint8Array>;
}

const randomOf = async (source: ByteSource, path: string | undefined): Promise<Random> => {
  if (source.read !== undefined && source.size !== undefined) return { name: source.name, size: source.size, read: source.read };
  if (path !== undefined && source.read !== undefined) {
    const file = await platform().openFile(path);
    await file.close();
    return { name: source.name, size: file.size, read: source.read };
  }
  const bytes = await readBytes(source); // an address, or an archive in an archive
  return { name: source.name, size: bytes.length, read: async (position, length) => bytes.subarray(position, position + length) };
};

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

const damaged = (name: string, why: string): FormatError => new FormatError(`cannot read ${name} as zip: ${why}. Fetch the file again.`);

/** Where the central directory lies: from the record at the end, and from that of zip64 where sizes do not fit into 32 bits. */
const directoryOf = async ({ name, size, read }: Random): Promise<{ position: number; length: number; count: number }> => {
  const from = Math.max(0, size - 65_557);
  const tail = await read(from, size - from);
  const view = viewOf(tail);
  for (let at = tail.length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    const found = { position: view.getUint32(at + 16, true), length: view.getUint32(at + 12, true), count: view.getUint16(at + 10, true) };
    const isWide = found.position === 0xffffffff || found.length === 0xffffffff || found.count === 0xffff;
    if (!isWide || at < 20 || view.getUint32(at - 20, true) !== 0x07064b50) return found;
    const record = viewOf(await read(Number(view.getBigUint64(at - 12, true)), 56));
    if (record.byteLength < 56 || record.getUint32(0, true) !== 0x06064b50)
      throw damaged(name, 'its zip64 record is not where it should be');
    return {
      position: Number(record.getBigUint64(48, true)),
      length: Number(record.getBigUint64(40, true)),
      count: Number(record.getBigUint64(32, true)),
    };
  }
  throw damaged(name, 'it has no directory at its end: it is cut short, or no zip file');
};

interface Entry {
  readonly path: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly header: number;
}

/** Sizes and places that do not fit into 32 bits stand in an extra field (1). */
const widen = (view: DataView, at: number, end: number, values: number[]): number[] => {
  while (at + 4 <= end) {
    const [id, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    if (id === 1) {
      let place = at + 4;
      return values.map(value => {
        if (value !== 0xffffffff || place + 8 > end) return value;
        place += 8;
        return Number(view.getBigUint64(place - 8, true));
      });
    }
    at += 4 + length;
  }
  return values;
};

const entriesOf = async (zip: Random, { maximumFiles = archiveDefaults.maximumFiles }: ArchiveOptions): Promise<Entry[]> => {
  const { position, length, count } = await directoryOf(zip);
  if (count > maximumFiles)
    throw new FormatError(`${zip.name} holds ${count} files, more than the ${maximumFiles} allowed. Raise maximumFiles if you trust it.`);
  if (position + length > zip.size) throw damaged(zip.name, 'its directory lies past its end');
  const bytes = await zip.read(position, length);
  const view = viewOf(bytes);
  const entries: Entry[] = [];
  for (let at = 0, index = 0; index < count; index++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50)
      throw damaged(zip.name, `its directory is damaged at file ${index + 1}`);
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [nameLength, extraLength, commentLength] = [
      view.getUint16(at + 28, true),
      view.getUint16(at + 30, true),
      view.getUint16(at + 32, true),
    ];
    const raw = bytes.subarray(at + 46, at + 46 + nameLength);
    const path = safePath(zip.name, new TextDecoder(flags & 0x800 ? 'utf-8' : 'latin1').decode(raw));
    const extra = at + 46 + nameLength;
    const [size, packed, header] = widen(view, extra, extra + extraLength, [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ]) as [number, number, number];
    if (flags & 1) throw new FormatError(`${zip.name}: '${path}' is encrypted, which is not read. Unpack it first.`);
    at = extra + extraLength + commentLength;
    if (path.endsWith('/') || path === '') continue;
    entries.push({ path, method, crc: view.getUint32(at - commentLength - extraLength - nameLength - 30, true), packed, size, header });
  }
  return entries;
};

const pieces = async function* (zip: Random, position: number, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length; at += 1 << 20) {
    const piece = await zip.read(position + at, Math.min(1 << 20, length - at));
    if (piece.length === 0) throw damaged(zip.name, 'it is cut short');
    yield piece;
  }
};

/** The unpacked bytes of a file, checked by size and CRC-32. */
async function* entryChunks(zip: Random, entry: Entry, options: ArchiveOptions): AsyncGenerator<Uint8Array> {
  const name = `${zip.name}: '${entry.path}'`;
  const local = viewOf(await zip.read(entry.header, 30));
  if (local.byteLength < 30 || local.getUint32(0, true) !== 0x04034b50)
    throw damaged(zip.name, `'${entry.path}' is not where the directory says`);
  const begin = entry.header + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  const packed = pieces(zip, begin, entry.packed);
  if (entry.method !== 0 && entry.method !== 8)
    throw new FormatError(`${name} is packed by method ${entry.method}; stored and deflated files are read. Pack it anew.`);
  const guard = guardRatio(name, { maximumRatio: options.maximumRatio ?? archiveDefaults.maximumRatio, maximumBytes: entry.size });
  const chunks = entry.method === 0 ? packed : platform().inflate(guard.packed(packed), 'deflate-raw');
  let [size, crc] = [0, 0];
  try {
    for await (const chunk of entry.method === 0 ? chunks : guard.unpacked(chunks)) {
      size += chunk.length;
      crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof FormatError && !error.message.includes(zip.name)
      ? new FormatError(`${name}: ${error.message}`, { cause: error })
      : error;
  }
  if (size !== entry.size || crc !== entry.crc) throw damaged(zip.name, `'${entry.path}' is damaged: its checksum differs`);
}

/**
 * The files of a zip archive, in its order; each is unpacked when it is read. Stored and deflated files, also of zip64.
 *
 * @throws FormatError for a damaged archive, paths that lead out of its folder, encrypted files, and more bytes than the limits allow.
 */
export const zipEntries = async (input: FileInput, options: ArchiveOptions = {}): Promise<ArchiveEntry[]> => {
  const zip = await randomOf(byteSource(input), typeof input === 'string' ? input : undefined);
  const entries = await entriesOf(zip, options);
  const { maximumBytes = archiveDefaults.maximumBytes } = options;
  const total = entries.reduce((sum, { size }) => sum + size, 0);
  if (total > maximumBytes)
    throw new FormatError(
      `${zip.name} unpacks to ${total} bytes, more than the ${maximumBytes} allowed. Raise maximumBytes if you trust it.`,
    );
  return entries.map(entry => ({
    name: `${zip.name}: '${entry.path}'`,
    path: entry.path,
    size: entry.size,
    stream: () => entryChunks(zip, entry, options),
  }));
};

/** A zip archive of files as they are, not packed: what npz is. Less than 4 GiB. */
export const zipFiles = (files: Readonly<Record<string, Uint8Array>>): Uint8Array => {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let position = 0;
  for (const [path, content] of Object.entries(files)) {
    const name = new TextEncoder().encode(path);
    const fields = (view: DataView, at: number): void => {
      view.setUint16(at, 20, true); // version needed
      view.setUint16(at + 2, 0x800, true); // names in UTF-8
      view.setUint16(at + 8, 0x21, true); // 1980-01-01: the same bytes for the same files
      view.setUint32(at + 10, crc32(content), true);
      view.setUint32(at + 14, content.length, true);
      view.setUint32(at + 18, content.length, true);
      view.setUint16(at + 22, name.length, true);
    };
    const local = new Uint8Array(30);
    viewOf(local).setUint32(0, 0x04034b50, true);
    fields(viewOf(local), 4);
    const central = new Uint8Array(46);
    viewOf(central).setUint32(0, 0x02014b50, true);
    viewOf(central).setUint16(4, 20, true);
    fields(viewOf(central), 6);
    viewOf(central).setUint32(42, position, true);
    parts.push(local, name, content);
    directory.push(central, name);
    position += 30 + name.length + content.length;
  }
  const central = joinBytes([new Uint8Array(), ...directory]);
  const last = new Uint8Array(22);
  const view = viewOf(last);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, directory.length / 2, true);
  view.setUint16(10, directory.length / 2, true);
  view.setUint32(12, central.length, true);
  view.setUint32(16, position, true);
  return joinBytes([...parts, central, last]);
};
