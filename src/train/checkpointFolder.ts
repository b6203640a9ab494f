import { FormatError } from '../core/errors.ts';
import { platform } from '../core/platform.ts';
import { type Checkpoint, decodeCheckpoint } from './checkpoint.ts';

const pattern = /^step-(\d+)\.checkpoint$/;
/** What a process that was killed while it wrote has left. */
const leftover = /^\.step-\d+\.checkpoint\..*\.tmp$/;

/** A folder of checkpoints, a file each, named after the steps done. A file is there whole or not at all. */
export interface CheckpointFolder {
  readonly path: string;
  /** The steps of the checkpoints that are there, rising. */
  steps(): Promise<readonly number[]>;
  write(step: number, bytes: Uint8Array): Promise<void>;
  /** Removes all but the last ones. */
  keep(last: number): Promise<void>;
  /** The latest checkpoint of at most so many steps that can be read; undefined where there is none. @throws FormatError where all are damaged. */
  latest(atMost?: number): Promise<Checkpoint | undefined>;
  /** Removes the checkpoints, and the folder where nothing else is in it. */
  clear(): Promise<void>;
}

/** The checkpoints in a folder, which need not be there yet. */
export const checkpointFolder = (path: string): CheckpointFolder => {
  const place = (step: number): string => platform().joinPath(path, `step-${String(step).padStart(9, '0')}.checkpoint`);
  const steps = async (): Promise<number[]> =>
    (await platform().listFolder(path))
      .flatMap(name => {
        const match = pattern.exec(name);
        return match === null ? [] : [Number(match[1])];
      })
      .sort((a, b) => a - b);
  const sweep = async (): Promise<void> => {
    for (const name of await platform().listFolder(path))
      if (leftover.test(name)) await platform().removeFile(platform().joinPath(path, name));
  };
  return {
    ...{ path, steps },
    async write(step, bytes) {
      await platform().makeFolder(path);
      await platform().writeFileAtomic(place(step), bytes);
    },
    async keep(last) {
      for (const step of (await steps()).slice(0, -last)) await platform().removeFile(place(step));
      await sweep();
    },
    async latest(atMost = Infinity) {
      let damage: unknown;
      for (const step of (await steps()).filter(one => one <= atMost).reverse())
        try {
          return await decodeCheckpoint(await platform().readFile(place(step)), place(step));
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
          damage ??= error;
        }
      if (damage !== undefined) throw damage;
      return undefined;
    },
    async clear() {
      for (const step of await steps()) await platform().removeFile(place(step));
      await sweep();
      await platform().removeEmptyFolder(path);
    },
  };
};
