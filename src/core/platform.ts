import { browserPlatform } from './platform/browser.ts';
import { nodePlatform } from './platform/node.ts';

/**
 * What the library asks of the machine it runs on, and gets from nowhere else. One implementation for Node (and what behaves
 * like it), one for browsers and their workers. Paths are the platform's own.
 */
export interface Platform {
  readonly name: 'node' | 'browser';
  /** Whether this thread paints a page, and must not be kept busy. */
  readonly isPage: boolean;

  /** @throws FileError where there is no such file, no right to read it, or no file system. */
  readFile(path: string): Promise<Uint8Array>;
  /**
   * Writes the whole file or nothing: a reader sees the old bytes or the new ones, also after a crash or on a full disk.
   * @throws FileError; the old file is then unchanged and nothing is left beside it.
   */
  writeFileAtomic(path: string, bytes: Uint8Array): Promise<void>;
  /** Writes at the end of a file, which is made where there is none. @throws FileError; a part may then have been written. */
  appendFile(path: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file; one that is not there is fine. @throws FileError where it cannot be removed. */
  removeFile(path: string): Promise<void>;
  /** Removes a folder where nothing is in it; otherwise it stays. */
  removeEmptyFolder(path: string): Promise<void>;
  /** The names of what is in a folder, in no order; none where there is no such folder. */
  listFolder(path: string): Promise<readonly string[]>;
  exists(path: string): Promise<boolean>;
  /** What lies at a path, links followed; undefined where nothing does, or something that is neither. */
  fileKind(path: string): Promise<'file' | 'folder' | undefined>;
  /** Opens a file to read parts of it; it stays open until `close`. @throws FileError */
  openFile(path: string): Promise<OpenFile>;
  /** Gives a file another name in the same file system; what has that name is replaced. @throws FileError */
  renameFile(from: string, to: string): Promise<void>;
  /** Makes a folder and those above it; one that is there already is fine. */
  makeFolder(path: string): Promise<void>;
  /** Where downloads are kept between runs; undefined where nothing can be kept. */
  cacheFolder(): string | undefined;
  /** The folder of an installed package, as seen from the working folder; undefined where it is not installed. */
  packageFolder(name: string): string | undefined;
  /** A path from its parts. */
  joinPath(...parts: string[]): string;

  /** An environment variable; the empty string counts as unset. */
  environment(name: string): string | undefined;
  /** Whether standard output is a terminal that a person looks at. */
  isTerminal(): boolean;
  /** The width of the terminal in characters; 80 where there is none. */
  columns(): number;
  /** Whether standard output shows 256 colours. */
  hasColors(): boolean;
  /** Writes to standard output, as it is. */
  write(text: string): void;

  /** @throws FileError that names the address, when it does not answer with a success. */
  fetchBytes(url: string): Promise<Uint8Array>;
  /** Begins a download at a byte; a server may begin at 0 all the same. @throws FileError, also while the chunks come. */
  fetchStream(url: string, from?: number): Promise<Download>;
  /** Packed bytes unpacked as they come. @throws FormatError while the chunks come: damaged, or cut short. */
  inflate(chunks: AsyncIterable<Uint8Array>, format: 'gzip' | 'deflate-raw'): AsyncGenerator<Uint8Array>;
  /** A package that the user has installed, from the library's place or from the working folder; undefined where there is none. */
  importPackage(name: string): Promise<unknown>;
  /** Lets everything that waits in the event loop run: input, timers, painting. */
  nextTask(): Promise<void>;
  /** @throws FormatError for damaged data, and past `limit` bytes of output (none by default). */
  gunzip(bytes: Uint8Array, limit?: number): Promise<Uint8Array>;
  /**
   * Lets WebAssembly compiled from here on pair 128-bit vectors into 256-bit ones, for the whole process; false where the engine
   * cannot.
   */
  pairVectors(): boolean;
  /** Calls when the process ends, and writes the files that it returns (name and text) into the working folder; never in a browser. */
  atExit(work: () => Readonly<Record<string, string>>): void;
  /** The processor and the engine, as a text: measurements of one are not those of another. */
  machine(): string;
  /** How many threads can run at once and share memory; 1 where memory cannot be shared. */
  cores(): number;
  /**
   * Starts a thread that runs a script, and does not keep the process alive. In the script `receive(handler)` gets what is posted, and
   * `nextTask()` lets messages arrive. Undefined where no thread can be started.
   */
  startThread(script: string): Thread | undefined;
  /** Starts a module in a thread of its own. It does not keep the process alive but while it is held. @throws FileError where none can be. */
  startModule(address: string): ModuleThread;
  /** The thread that started this one by `startModule`; undefined in the first one. */
  parentThread(): Pick<ModuleThread, 'post' | 'listen'> | undefined;
  /** The 32 bytes of SHA-256 (FIPS 180-4). */
  sha256(bytes: Uint8Array): Promise<Uint8Array>;
}

/** A file that is open for reading. */
export interface OpenFile {
  /** In bytes, when it was opened. */
  readonly size: number;
  /** Up to `length` bytes from a place on: fewer at the end of the file only. @throws FileError */
  read(position: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A download under way. */
export interface Download {
  /** The byte that the first chunk begins at: what was asked for, or 0. */
  readonly from: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Another thread, as the one that started it sees it. */
export interface Thread {
  /** Sends a message; memory that is shared stays shared. */
  post(message: unknown): void;
}

/** A thread that runs a module, or the one that started this one. */
export interface ModuleThread {
  /** Sends a message; the buffers go over, and are empty here from then on. */
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** What it sends, and the news that it ended or failed. */
  listen(hear: (message: unknown) => void, lost: (error: Error) => void): void;
  /** Whether the process waits for it. */
  hold(isHeld: boolean): void;
  close(): void;
}

let current: Platform | undefined;

/** The platform that this process runs on; found at the first call, so that importing the library does nothing. */
export const platform = (): Platform => {
  current ??= nodePlatform() ?? browserPlatform();
  return current;
};

/** Puts another platform in place (an embedding, a test); `undefined` goes back to the one that is found. */
export const setPlatform = (replacement: Platform | undefined): void => {
  current = replacement;
};
