// How Node loads the library: as classic scripts, because V8 keeps compiled code of those for a later process, with the functions
// that were compiled when they were first called. Half of the time to a first result is compilation otherwise.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { constants, Script } from 'node:vm';
import { asFunction, type ChunkFunction, type Exports } from './chunk.ts';
import { type CachedScript, keepLater, readCompiledCode } from './codeCache.ts';

const loaded = new Map<string, Exports>();
const scripts: CachedScript[] = [];
const isCaching = process.env.NODE_DISABLE_COMPILE_CACHE !== '1';

/** In a sandbox (a test runner's, say) scripts would see the globals of the process, not the sandbox's, and so other arrays than the user's. */
const isSandbox = new Script('Array').runInThisContext() !== Array;

const evaluate = (path: string): ChunkFunction => {
  const text = asFunction(readFileSync(path, 'latin1')); // the build writes ASCII
  if (isSandbox) return new Function(`return ${text}`)() as ChunkFunction;
  const known = isCaching ? readCompiledCode(path) : undefined;
  const script = new Script(text, {
    filename: path,
    cachedData: known?.data,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  if (isCaching && scripts.length === 0) keepLater(scripts);
  scripts.push({ path, script, known: script.cachedDataRejected === true ? undefined : known });
  return script.runInThisContext() as ChunkFunction;
};

/** The exports of a chunk of this package, evaluated once a process. */
export const load = (address: URL): Exports => {
  const path = fileURLToPath(address);
  const known = loaded.get(path);
  if (known !== undefined) return known;
  const near = (name: string): Exports =>
    name.startsWith('node:') ? (process.getBuiltinModule(name) as Exports) : load(new URL(name, address));
  const exports = evaluate(path)(near, { url: address.href }, async name => near(name));
  loaded.set(path, exports);
  return exports;
};
