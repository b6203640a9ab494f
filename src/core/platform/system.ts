type NodeProcess = typeof globalThis.process;

/** V8 has had the pass since 13.6 (Node 24), for processors with AVX2; an unknown flag would end the process. */
export const pairingFlag = ({ arch, versions }: NodeProcess): string | undefined => {
  const [major = 0, minor = 0] = (versions.v8 ?? '').split('.').map(Number);
  if (arch !== 'x64' || versions.bun !== undefined || versions.deno !== undefined || major < 13 || (major === 13 && minor < 6))
    return undefined;
  return 'experimental-wasm-revectorize';
};

/** The folder for caches that each system's conventions name: XDG Base Directory, Apple's and Microsoft's. */
export const cacheFolder = (process: NodeProcess): string => {
  const { join } = process.getBuiltinModule('node:path');
  const { XDG_CACHE_HOME: chosen, LOCALAPPDATA: local } = process.env;
  if (chosen) return join(chosen, 'gradus');
  const home = process.getBuiltinModule('node:os').homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'gradus');
  if (process.platform === 'win32') return join(local || join(home, 'AppData', 'Local'), 'gradus', 'Cache');
  return join(home, '.cache', 'gradus');
};
