import { joinBytes } from '../../core/bytes.ts';
import { FileError, FormatError } from '../../core/errors.ts';
import { platform } from '../../core/platform.ts';
import { toHex } from '../../core/sha256.ts';
import { type ByteSource, byteSource, readBytes } from '../files/bytes.ts';

/** A file of a data set as it is kept and downloaded. */
export interface NamedFile {
  /** What it is for people: the data set's title. */
  readonly title: string;
  /** Its folder under `GRADUS_DATA` and in the cache. */
  readonly folder: string;
  readonly name: string;
  /** Its length and SHA-256, where they are known for certain: another content is then refused. */
  readonly bytes?: number;
  readonly sha256?: string;
  /** Where it is downloaded from, tried in this order. */
  readonly addresses: readonly string[];
}

const attempts = 3;

const isRight = async ({ bytes, sha256 }: NamedFile, content: Uint8Array): Promise<boolean> =>
  (bytes === undefined || content.length === bytes) && (sha256 === undefined || toHex(await platform().sha256(content)) === sha256);

/** A place where a download grows: a file beside its final name, or memory where nothing can be kept. */
interface Growing {
  length(): Promise<number>;
  add(chunk: Uint8Array): Promise<void>;
  reset(): Promise<void>;
  content(): Promise<Uint8Array>;
}

const growingFile = (path: string): Growing => ({
  async length() {
    if (!(await platform().exists(path))) return 0;
    const file = await platform().openFile(path);
    await file.close();
    return file.size;
  },
  add: chunk => platform().appendFile(path, chunk),
  reset: () => platform().removeFile(path),
  content: () => platform().readFile(path),
});

const growingMemory = (): Growing => {
  let parts: Uint8Array[] = [];
  return {
    length: async () => parts.reduce((sum, { length }) => sum + length, 0),
    add: async chunk => void parts.push(chunk),
    reset: async () => {
      parts = [];
    },
    content: async () => (parts.length === 0 ? new Uint8Array() : joinBytes(parts)),
  };
};

/** Downloads, and goes on where a transfer was cut: in this run, or in one before. */
const download = async (file: NamedFile, address: string, growing: Growing): Promise<Uint8Array> => {
  let failure: unknown;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const begun = await growing.length();
    if (file.bytes !== undefined && begun > file.bytes) await growing.reset();
    else if (begun === file.bytes) break;
    try {
      const { from, chunks } = await platform().fetchStream(address, await growing.length());
      if (from === 0) await growing.reset();
      for await (const chunk of chunks) await growing.add(chunk);
      failure = undefined;
      break;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      failure = error;
      if ((await growing.length()) === begun) break; // nothing came: it is not the line that is bad
    }
  }
  if (failure !== undefined) throw failure;
  const content = await growing.content();
  if (await isRight(file, content)) return content;
  await growing.reset();
  throw new FileError(`${address} sent another content.`);
};

const fromMirrors = async (file: NamedFile): Promise<ByteSource> => {
  const cache = platform().cacheFolder();
  const folder = cache === undefined ? undefined : platform().joinPath(cache, file.folder);
  const path = folder === undefined ? undefined : platform().joinPath(folder, file.name);
  if (path !== undefined && (await platform().exists(path)) && (await isRight(file, await platform().readFile(path))))
    return byteSource(path);
  let growing = growingMemory();
  if (folder !== undefined && path !== undefined) {
    const canWrite = await platform()
      .makeFolder(folder)
      .then(() => true)
      .catch(() => false);
    if (canWrite) growing = growingFile(`${path}.part`);
  }
  const failures: string[] = [];
  for (const address of file.addresses) {
    try {
      const content = await download(file, address, growing);
      if (path === undefined || !(await platform().exists(`${path}.part`))) return byteSource(content, file.name);
      await platform().renameFile(`${path}.part`, path);
      return byteSource(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      failures.push(error.message);
    }
  }
  const none = file.addresses.length === 0 ? 'It is not offered for download: put it' : `${failures.join(' ')} Or put it`;
  throw new FileError(
    `cannot find the file ${file.name} of the ${file.title} data set. ${none} ` +
      `into a folder ${file.folder}/ and name the folder above in the environment variable GRADUS_DATA.`,
  );
};

/**
 * A file of a data set, verified: from the folder `GRADUS_DATA`, else from the cache, else downloaded, resumed where it was cut, and
 * kept.
 *
 * @throws FormatError where the file in `GRADUS_DATA` has another content; FileError where no place has it.
 */
export const namedFile = async (file: NamedFile): Promise<ByteSource> => {
  const chosen = platform().environment('GRADUS_DATA');
  if (chosen !== undefined) {
    const path = platform().joinPath(chosen, file.folder, file.name);
    if (await platform().exists(path)) {
      if (await isRight(file, await platform().readFile(path))) return byteSource(path);
      throw new FormatError(
        `${path} (from GRADUS_DATA) is not the file it should be: its content does not have the SHA-256 ${file.sha256}. Replace it, or take it away to have it downloaded.`,
      );
    }
  }
  return fromMirrors(file);
};

/** The bytes of a file of a data set. @throws what `namedFile` throws. */
export const namedBytes = async (file: NamedFile): Promise<Uint8Array> => readBytes(await namedFile(file));
