import { wideAgrees } from '../backends/wasm/device.ts';
import { type Probed, probeTiles } from '../backends/wasm/probe.ts';
import { platform } from '../core/platform.ts';

const fileName = 'tiles.json';

const isProbed = (value: unknown): value is Probed =>
  typeof value === 'object' &&
  value !== null &&
  ['rows', 'columns', 'gflops'].every(key => Number.isFinite((value as Record<string, unknown>)[key])) &&
  [4, 5, 6, 8].includes((value as Probed).rows) &&
  [8, 16].includes((value as Probed).columns);

/** What was measured here before; nothing where that cannot be read. */
const remembered = async (path: string | undefined): Promise<Record<string, unknown>> => {
  try {
    if (path === undefined || !(await platform().exists(path))) return {};
    const known: unknown = JSON.parse(new TextDecoder().decode(await platform().readFile(path)));
    return typeof known === 'object' && known !== null ? (known as Record<string, unknown>) : {};
  } catch {
    return {};
  }
};

/**
 * The fastest register tile of paired vectors on this machine, measured once and kept in the cache folder; undefined where vectors
 * cannot be paired, or pairing changes a bit.
 */
export const wideTile = async (numerics: 'fast' | 'reproducible'): Promise<Probed | undefined> => {
  if (!platform().pairVectors()) return undefined;
  const key = `${platform().machine()}, ${numerics}`;
  const folder = platform().cacheFolder();
  const path = folder === undefined ? undefined : platform().joinPath(folder, fileName);
  const known = await remembered(path);
  if (isProbed(known[key])) return known[key];
  if (!(await wideAgrees({ numerics }))) return undefined;
  const probed = probeTiles({ wide: true, relaxed: numerics === 'fast' });
  try {
    if (folder !== undefined && path !== undefined) {
      await platform().makeFolder(folder);
      await platform().writeFileAtomic(path, new TextEncoder().encode(JSON.stringify({ ...known, [key]: probed }, null, 1)));
    }
  } catch {
    // Without a place to write it is measured again next time.
  }
  return probed;
};
