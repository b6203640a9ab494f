import { FileError } from '../errors.ts';
import type { OpenFile, Platform } from '../platform.ts';
import { cacheFolder, pairingFlag } from './system.ts';
import { webFunctions } from './web.ts';

type NodeProcess = typeof globalThis.process;

/** What a system error code means for the user, and what to do. */
const advice: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist, or its folder does not. Check the path',
  EACCES: 'permission denied. Choose another place, or change the rights',
  EPERM: 'the system does not permit it. Choose another place, or change the rights',
  EROFS: 'the file system is read-only. Choose another place',
  EISDIR: 'it is a folder. Name a file in it',
  ENOTDIR: 'a part of the path is a file, not a folder. Check the path',
  ENOSPC: 'the disk is full. Free some space and try again',
  EDQUOT: 'the disk quota is used up. Free some space and try again',
  EFBIG: 'the file would pass the size that is allowed here. Free some space or raise the limit, and try again',
  EMFILE: 'too many files are open. Close some and try again',
};

const fileError = (what: string, path: string, error: unknown, after = ''): FileError => {
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  return new FileError(`cannot ${what} '${path}': ${advice[code] ?? message}${code && ` (${code})`}.${after}`, { cause: error });
};

/**
 * Node, and what behaves like it (Bun, Deno, Electron); undefined anywhere else. Node's modules are asked of the running
 * process, not imported, so that one build of the library serves Node and, bundled, the browser.
 */
export const nodePlatform = (): Platform | undefined => {
  const process = globalThis.process as NodeProcess | undefined;
  if (process?.versions?.node === undefined || typeof process.getBuiltinModule !== 'function') return undefined;
  // Asked for when they are needed: loading a module costs more than many a program takes to compile.
  const join = (...parts: string[]): string => process.getBuiltinModule('node:path').join(...parts);
  const files = () => process.getBuiltinModule('node:fs/promises');
  const environment = (name: string): string | undefined => process.env[name] || undefined;
  return {
    ...webFunctions,
    name: 'node',
    isPage: false,
    nextTask: () => new Promise(resolve => setImmediate(resolve)),
    async readFile(path) {
      try {
        const bytes = await files().readFile(path);
        return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length); // a Buffer's slice would share memory
      } catch (error) {
        throw fileError('read', path, error);
      }
    },
    writeFileAtomic: (path, bytes) => writeFileAtomic(process, path, bytes),
    async appendFile(path, bytes) {
      try {
        await files().appendFile(path, bytes);
      } catch (error) {
        throw fileError('write to', path, error);
      }
    },
    async removeFile(path) {
      try {
        await files().rm(path, { force: true });
      } catch (error) {
        throw fileError('remove', path, error);
      }
    },
    removeEmptyFolder: path =>
      files()
        .rmdir(path)
        .catch(() => undefined),
    listFolder: path =>
      files()
        .readdir(path)
        .catch(() => []),
    exists: path =>
      files()
        .access(path)
        .then(
          () => true,
          () => false,
        ),
    async fileKind(path) {
      const status = await files()
        .stat(path)
        .catch(() => undefined);
      return status?.isFile() ? 'file' : status?.isDirectory() ? 'folder' : undefined;
    },
    openFile: path => openFile(process, path),
    async renameFile(from, to) {
      try {
        await files().rename(from, to);
      } catch (error) {
        throw fileError('rename', from, error);
      }
    },
    importPackage: name => importPackage(process, name),
    async makeFolder(path) {
      try {
        await files().mkdir(path, { recursive: true });
      } catch (error) {
        throw fileError('make the folder', path, error);
      }
    },
    cacheFolder: () => cacheFolder(process),
    packageFolder(name) {
      try {
        const require = process.getBuiltinModule('node:module').createRequire(join(process.cwd(), 'package.json'));
        return join(require.resolve(`${name}/package.json`), '..');
      } catch {
        return undefined;
      }
    },
    joinPath: join,
    pairVectors: () => pairVectors(process),
    atExit: work =>
      void process.once('exit', () => {
        for (const [name, text] of Object.entries(work())) process.getBuiltinModule('node:fs').writeFileSync(name, text);
      }),
    machine: () => `${process.getBuiltinModule('node:os').cpus()[0]?.model ?? process.arch}, V8 ${process.versions.v8}`,
    cores: () => process.getBuiltinModule('node:os').availableParallelism(),
    startThread(script) {
      const { Worker } = process.getBuiltinModule('node:worker_threads');
      try {
        const worker = new Worker(threadPrelude + script, { eval: true, execArgv: [] });
        worker.on('error', () => undefined); // a thread that cannot go on only helps no more
        worker.unref();
        return { post: message => worker.postMessage(message) };
      } catch {
        return undefined;
      }
    },
    startModule(address) {
      const { Worker } = process.getBuiltinModule('node:worker_threads');
      const worker = new Worker(new URL(address), { execArgv: [] });
      worker.unref();
      return {
        post: (message, transfer = []) => worker.postMessage(message, transfer),
        listen(hear, lost) {
          worker.on('message', hear);
          worker.on('error', lost);
          worker.on('exit', code => lost(new FileError(`the thread of ${address} ended (code ${code}).`)));
        },
        hold: isHeld => (isHeld ? worker.ref() : worker.unref()),
        close: () => void worker.terminate(),
      };
    },
    parentThread() {
      const { parentPort } = process.getBuiltinModule('node:worker_threads');
      if (parentPort === null) return undefined;
      return {
        post: (message, transfer = []) => parentPort.postMessage(message, transfer),
        listen: hear => void parentPort.on('message', hear),
      };
    },
    environment,
    isTerminal: () => process.stdout.isTTY === true,
    columns: () => process.stdout.columns || 80,
    hasColors: () => process.stdout.isTTY === true && process.stdout.hasColors(256),
    write: text => void process.stdout.write(text),
  };
};

const threadPrelude = `
const { parentPort } = process.getBuiltinModule('node:worker_threads');
const receive = handler => parentPort.on('message', handler);
const nextTask = () => new Promise(resolve => setImmediate(resolve));
`;

const openFile = async (process: NodeProcess, path: string): Promise<OpenFile> => {
  try {
    const file = await process.getBuiltinModule('node:fs/promises').open(path, 'r');
    const status = await file.stat();
    if (status.isDirectory()) {
      await file.close();
      throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    }
    return {
      size: status.size,
      async read(position, length) {
        try {
          const bytes = new Uint8Array(length);
          let filled = 0;
          while (filled < length) {
            const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
            if (bytesRead === 0) break;
            filled += bytesRead;
          }
          return filled === length ? bytes : bytes.subarray(0, filled);
        } catch (error) {
          throw fileError('read', path, error);
        }
      },
      close: () => file.close(),
    };
  } catch (error) {
    throw fileError('read', path, error);
  }
};

/** The package as this library's own place resolves it, else as the working folder does. One that fails to load says why. */
const importPackage = async (process: NodeProcess, name: string): Promise<unknown> => {
  const isMissing = (error: unknown): boolean =>
    ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes((error as { code?: string }).code ?? '') && String(error).includes(name);
  try {
    return await import(name);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  try {
    const module = process.getBuiltinModule('node:module');
    const require = module.createRequire(process.getBuiltinModule('node:path').join(process.cwd(), 'package.json'));
    return await import(process.getBuiltinModule('node:url').pathToFileURL(require.resolve(name)).href);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

const pairVectors = (process: NodeProcess): boolean => {
  const flag = pairingFlag(process);
  if (flag === undefined) return false;
  process.getBuiltinModule('node:v8').setFlagsFromString(`--${flag}`);
  return true;
};

/** Writes under a name of its own in the same folder, forces it to the disk, then renames: renaming within a folder is atomic. */
const writeFileAtomic = async (process: NodeProcess, path: string, bytes: Uint8Array): Promise<void> => {
  const { open, realpath, rename, rm, stat } = process.getBuiltinModule('node:fs/promises');
  const { basename, dirname, join } = process.getBuiltinModule('node:path');
  const target = await realpath(path).catch(() => path); // through a link: the file changes, the link stays
  const temporary = join(dirname(target), `.${basename(target)}.${globalThis.crypto.randomUUID()}.tmp`);
  try {
    const old = await stat(target).catch(() => undefined);
    const file = await open(temporary, 'wx');
    try {
      if (old !== undefined) await file.chmod(old.mode & 0o777);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError('write', path, error, ' A file that was there before is unchanged.');
  }
  // The name itself reaches the disk with its folder. Windows cannot open a folder, and the file is whole in any case.
  const folder = await open(dirname(target), 'r').catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
};
