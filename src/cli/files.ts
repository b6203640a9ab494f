import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { FileError } from '../index.ts';

const advice: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full. Free some space and try again',
  EROFS: 'the file system is read-only. Choose another place: --out',
  EACCES: 'permission denied. Choose another place: --out',
  EPERM: 'the system does not permit it. Choose another place: --out',
  ENOTDIR: 'a part of the path is a file. Choose another place: --out',
  EEXIST: 'there is a file of that name. Choose another place: --out',
  ENOENT: 'its folder does not exist and cannot be made',
};

/** An error of the file system, as a sentence that says what to do. */
export const cannotWrite = (path: string, error: unknown): FileError => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new FileError(`cannot write '${path}': ${advice[code] ?? message}${code === '' ? '' : ` (${code})`}.`, { cause: error });
};

/** Under a temporary name first, so that a file is there whole or not at all. @throws FileError; nothing is left then. */
export const writeWhole = async (path: string, content: string | Uint8Array): Promise<void> => {
  try {
    await writeFile(`${path}.tmp`, content);
    await rename(`${path}.tmp`, path);
  } catch (error) {
    await rm(`${path}.tmp`, { force: true }).catch(() => undefined);
    throw cannotWrite(path, error);
  }
};

/** Makes a run folder. @throws FileError */
export const makeFolder = async (path: string): Promise<void> => {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw cannotWrite(path, error);
  }
};

/** The time, for names of folders: 20261124-142318. */
export const stamp = (): string => new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
