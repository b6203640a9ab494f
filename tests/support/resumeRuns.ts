import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface RunMode {
  readonly numerics: 'fast' | 'reproducible';
  readonly data: 'rows' | 'batches';
}

/** How a process is ended: at an event of its own, or after so many milliseconds; `undefined`: it runs to its end. */
export type Kill = { readonly atEvent: number } | { readonly afterMilliseconds: number } | undefined;

/** Runs the training in a process. Gives its signal. */
const run = (folder: string, { numerics, data }: RunMode, kill: Kill): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const atEvent = kill !== undefined && 'atEvent' in kill ? kill.atEvent : 0;
    const child = spawn(process.execPath, [join(import.meta.dirname, 'resumeChild.ts'), folder, numerics, data, String(atEvent)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', part => {
      errors += String(part);
    });
    const timer =
      kill !== undefined && 'afterMilliseconds' in kill ? setTimeout(() => child.kill('SIGKILL'), kill.afterMilliseconds) : undefined;
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      if (signal === null && code !== 0) reject(new Error(errors));
      else resolve(signal ?? undefined);
    });
  });

export interface Outcome {
  /** Weights, history and learning rate at the end, and the texts of the logs. */
  readonly result: Readonly<Record<string, unknown>>;
  readonly logs: readonly string[];
  /** Processes that were killed on the way. */
  readonly killed: number;
  /** Of the last process: steps and file operations. */
  readonly events: number;
}

/** A training that is killed at each of the given moments, one process after the other, and then runs to its end. */
export const trainKilled = async (mode: RunMode, kills: readonly Kill[]): Promise<Outcome> => {
  const folder = mkdtempSync(join(tmpdir(), 'gradus-resume-'));
  try {
    let killed = 0;
    for (const kill of kills) {
      if ((await run(folder, mode, kill)) === undefined) break; // it was faster
      killed++;
    }
    if (!existsSync(join(folder, 'result.json'))) await run(folder, mode, undefined);
    const { events, ...result } = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as { events: number };
    const logs = ['log.csv', 'log.jsonl'].map(name => readFileSync(join(folder, name), 'utf8'));
    return { result, logs, killed, events };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
