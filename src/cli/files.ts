import { rename, writeFile } from 'node:fs/promises';

/** Under a temporary name first, so that a file is there whole or not at all. */
export const writeWhole = async (path: string, content: string | Uint8Array): Promise<void> => {
  await writeFile(`${path}.tmp`, content);
  await rename(`${path}.tmp`, path);
};

/** The time, for names of folders: 20261124-142318. */
export const stamp = (): string => new Date().toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
