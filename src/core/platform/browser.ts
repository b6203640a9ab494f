import { FileError } from '../errors.ts';
import type { Platform, Thread } from '../platform.ts';
import { webFunctions } from './web.ts';

const noFiles = (what: string, path: string, instead: string): FileError =>
  new FileError(`cannot ${what} '${path}': there is no file system here. ${instead}`);

/** A message to oneself is a task of its own, and unlike a timer is not held back to 4 ms by browsers. */
const nextTask = (): Promise<void> =>
  new Promise(resolve => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

const threadPrelude = `
const receive = handler => { self.onmessage = event => handler(event.data); };
const nextTask = ${nextTask};
`;

/** A worker from a script of our own; a page's security policy may forbid it. */
const startThread = (script: string): Thread | undefined => {
  const address = URL.createObjectURL(new Blob([threadPrelude, script], { type: 'text/javascript' }));
  try {
    const worker = new Worker(address);
    return { post: message => worker.postMessage(message) };
  } catch {
    return undefined;
  } finally {
    URL.revokeObjectURL(address);
  }
};

let wasSaid = false;

/** Memory is shared only where the page is isolated from other origins; what that costs is said once. */
const cores = (): number => {
  const { hardwareConcurrency } = globalThis.navigator;
  if (globalThis.crossOriginIsolated === true) return hardwareConcurrency;
  if (!wasSaid && hardwareConcurrency > 1)
    console.info(
      'Gradus: this page is not cross-origin isolated, so programs run on one thread. Serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.',
    );
  wasSaid = true;
  return 1;
};

/** Browsers and their workers: no files, no terminal. Text goes to the console, a line at a time. */
export const browserPlatform = (): Platform => {
  let line = '';
  return {
    ...webFunctions,
    name: 'browser',
    isPage: 'document' in globalThis,
    pairVectors: () => false,
    atExit: () => undefined,
    machine: () => globalThis.navigator.userAgent,
    cores,
    startThread,
    startModule(address) {
      const worker = new Worker(address, { type: 'module' });
      return {
        post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
        listen(hear, lost) {
          worker.onmessage = event => hear(event.data);
          worker.onerror = event => lost(new FileError(`the thread of ${address} failed: ${event.message ?? 'it could not be loaded'}.`));
        },
        hold: () => undefined,
        close: () => worker.terminate(),
      };
    },
    parentThread() {
      if ('document' in globalThis || !('postMessage' in globalThis)) return undefined;
      const scope = globalThis as unknown as { postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void; onmessage: unknown };
      return {
        post: (message, transfer = []) => scope.postMessage(message, transfer),
        listen(hear) {
          scope.onmessage = (event: MessageEvent) => hear(event.data);
        },
      };
    },
    nextTask,
    async readFile(path) {
      throw noFiles('read', path, 'Fetch the bytes, or take them from a file input, and pass them instead of a path.');
    },
    async writeFileAtomic(path) {
      throw noFiles('write', path, 'Ask for the bytes instead, and offer them as a download.');
    },
    async appendFile(path) {
      throw noFiles('write', path, 'Leave out the option that names a file.');
    },
    async openFile(path) {
      throw noFiles('read', path, 'Pass the file itself, as a file input gives it, or fetch it by its address.');
    },
    async renameFile(path) {
      throw noFiles('rename', path, 'Leave out the option that names a file.');
    },
    fileKind: async () => undefined,
    importPackage: async () => undefined, // who bundles knows what to bundle: see providePackage
    removeFile: async () => undefined,
    removeEmptyFolder: async () => undefined,
    listFolder: async () => [],
    async makeFolder(path) {
      throw noFiles('make the folder', path, 'Leave out the option that names a folder.');
    },
    exists: async () => false,
    cacheFolder: () => undefined, // the browser's own cache keeps downloads
    packageFolder: () => undefined,
    joinPath: (...parts) => parts.join('/'),
    environment: () => undefined,
    isTerminal: () => false,
    columns: () => 80,
    hasColors: () => false,
    write(text) {
      const lines = (line + text).split('\n');
      line = lines.pop() as string;
      for (const complete of lines) console.log(complete);
    },
  };
};
