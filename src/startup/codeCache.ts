import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Script } from 'node:vm';
import { cacheFolder, pairingFlag } from '../core/platform/system.ts';

/** What V8 made of one script. */
export interface CompiledCode {
  readonly data: Buffer;
  /** How many bytes of code the process held that made it: a process that held far more knows functions that are not in here. */
  readonly extent: number;
}

/** A script of this process, with what was known of it before. */
export interface CachedScript {
  readonly path: string;
  readonly script: Script;
  readonly known: CompiledCode | undefined;
}

/** The build that this file belongs to: tools/build.ts puts a hash of all of its code here. */
declare const __BUILD__: string;

const magic = 0x31444f43; // 'COD1'
const headerBytes = 24;
/** A file is made again after so long, so that those of versions that are gone do not stay. */
const staleMilliseconds = 30 * 24 * 3600 * 1000;
/** Code is stored again where a process held so much more of it. */
const worthStoring = 1.03;

const folder = (): string => join(cacheFolder(process), 'code');

/** The options of the process are part of V8's flags, and code for other flags is refused. */
const startOptions = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ').trim();

const pathOf = (script: string): string => {
  const options = startOptions === '' ? '' : `-${Buffer.from(startOptions).toString('base64url').slice(0, 60)}`;
  return join(folder(), `${__BUILD__}-${process.versions.v8}-${process.arch}${options}-${basename(script, '.js')}.bin`);
};

/**
 * What is stored for a script; undefined where that is nothing, damaged, or of a file that was changed since. V8 checks no content, so
 * the code is stored twice, and both must be equal: a checksum would take longer, because it needs a module of Node's.
 */
export const readCompiledCode = (path: string): CompiledCode | undefined => {
  try {
    const file = readFileSync(pathOf(path));
    const [head, extent, length] = [0, 4, 8].map(at => file.readUInt32LE(at)) as [number, number, number];
    const end = headerBytes + length;
    if (head !== magic || file.length !== end + length || file.readDoubleLE(16) !== statSync(path).mtimeMs) return undefined;
    return file.compare(file, headerBytes, end, end) === 0 ? { data: file.subarray(headerBytes, end), extent } : undefined;
  } catch {
    return undefined;
  }
};

const writeCompiledCode = ({ path, script }: CachedScript, extent: number): void => {
  const data = script.createCachedData();
  const header = Buffer.alloc(headerBytes);
  for (const [index, word] of [magic, extent, data.length].entries()) header.writeUInt32LE(word, index * 4);
  header.writeDoubleLE(statSync(path).mtimeMs, 16);
  const temporary = `${pathOf(path)}.${process.pid}.tmp`;
  writeFileSync(temporary, Buffer.concat([header, data, data]));
  renameSync(temporary, pathOf(path));
};

const removeStale = (): void => {
  for (const name of readdirSync(folder())) {
    const path = join(folder(), name);
    if (Date.now() - statSync(path).mtimeMs > staleMilliseconds) rmSync(path, { force: true });
  }
};

/** Starts with V8's version and a hash of its flags; what follows differs from process to process. */
const flags = (): Buffer => new Script('').createCachedData().subarray(0, 16);

/** Set by `configure` since, perhaps; taken back, the flags are those that the next process starts with. */
const takeBackPairing = (): void => {
  const flag = pairingFlag(process);
  if (flag !== undefined && !startOptions.includes(flag)) process.getBuiltinModule('node:v8').setFlagsFromString(`--no-${flag}`);
};

/**
 * Keeps, for the next process, what V8 compiled of these scripts, functions that were compiled when they were called included, if this
 * process ran much more of them than those before. `isLate`: so long after the start that V8 has dropped functions that were only called
 * then; that is better than nothing, until a process stores more. Where nothing can be written, nothing is.
 */
const keep = (scripts: readonly CachedScript[], isLate: boolean): void => {
  try {
    const extent = isLate ? 0 : process.getBuiltinModule('node:v8').getHeapCodeStatistics().bytecode_and_metadata_size;
    if (scripts.every(({ known }) => known !== undefined && extent <= known.extent * worthStoring)) return;
    mkdirSync(folder(), { recursive: true });
    for (const script of scripts) writeCompiledCode(script, extent);
    removeStale();
  } catch {
    // A full or read-only disk costs the next process its head start, nothing else.
  }
};

/** Keeps the compiled code of these scripts (more may be added) when the process ends, or after two seconds. */
export const keepLater = (scripts: readonly CachedScript[]): void => {
  const flagsAtStart = flags();
  let isKept = false;
  const timer = setTimeout(() => {
    // Flags that were changed cannot be taken back while programs are being compiled: then at the end.
    isKept = flags().equals(flagsAtStart);
    if (isKept) keep(scripts, false);
  }, 2000);
  timer.unref();
  const start = performance.now();
  process.once('exit', () => {
    if (isKept) return;
    takeBackPairing();
    keep(scripts, performance.now() - start > 3000);
  });
};
