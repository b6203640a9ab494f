import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** The command line in a process of its own; `watch` hears of its output as it comes. */
export const runCli = (args: readonly string[], cwd: string, watch?: (child: ChildProcess, output: string) => void): Promise<Ended> =>
  new Promise(resolve => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/cli/main.ts'), ...args], { cwd });
    let [output, errors] = ['', ''];
    child.stdout.on('data', chunk => {
      output += chunk;
      if (!child.killed) watch?.(child, output);
    });
    child.stderr.on('data', chunk => {
      errors += chunk;
    });
    child.on('close', code => resolve({ code, output, errors }));
  });
