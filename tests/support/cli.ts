import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

const main = join(import.meta.dirname, '../../src/cli/main.ts');

/** The command line, waited for. */
export const runCliNow = (args: readonly string[], cwd: string): Ended => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd });
  return { code: status, output: stdout, errors: stderr };
};

/** The command line in a process of its own; `watch` hears of its output as it comes. */
export const runCli = (args: readonly string[], cwd: string, watch?: (child: ChildProcess, output: string) => void): Promise<Ended> =>
  new Promise(resolve => {
    const child = spawn(process.execPath, [main, ...args], { cwd });
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
