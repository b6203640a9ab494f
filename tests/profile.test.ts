import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const node = join(root, 'node_modules/.bin/node');

const run = (script: string, cwd: string, environment: Readonly<Record<string, string>> = {}): string =>
  execFileSync(node, ['--input-type=module-typescript', '--eval', script], {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, ...environment },
  });

test('GRADUS_PROFILE prints a table of kernels and writes a Chrome trace', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradus-profile-'));
  try {
    const script = `
      import { jit, ready, zeros } from '${root}/src/index.ts';
      const step = jit(x => x.matmul(x).tanh());
      for (let i = 0; i < 5; i++) await ready(step(zeros([64, 64])));`;
    const output = run(script, folder, { GRADUS_PROFILE: '1' });
    expect(output).toMatch(/kernel +calls +µs a call +% of time +GFLOP\/s +GB\/s +% of peak +chunks/);
    expect(output).toMatch(/contraction_1x64x64x64#\d+ +5 /);
    const { traceEvents } = JSON.parse(readFileSync(join(folder, 'gradus-trace.json'), 'utf8')) as {
      traceEvents: { ph: string; dur: number }[];
    };
    expect(traceEvents.length).toBeGreaterThanOrEqual(5);
    expect(traceEvents.every(({ ph, dur }) => ph === 'X' && dur >= 0)).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('threads sleep while there is nothing to do', () => {
  const script = `
    import { configure, ones, ready } from './src/index.ts';
    await configure({ threads: 3 });
    const x = ones([400, 400]);
    for (let i = 0; i < 60; i++) await ready(x.matmul(x).add(i));
    await new Promise(resolve => setTimeout(resolve, 300));
    const before = process.cpuUsage();
    await new Promise(resolve => setTimeout(resolve, 1000));
    const { user, system } = process.cpuUsage(before);
    console.log((user + system) / 1e6 < 0.2 ? 'idle' : 'busy ' + (user + system));`;
  expect(run(script, root)).toBe('idle\n');
});
