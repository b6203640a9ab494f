import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const run = (name: string): string => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, '..', 'examples', name)], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return stdout;
};

test('examples/xor.ts: every seed from 0 to 19 learns XOR', () => {
  const text = run('xor.ts');
  expect(text.match(/learns in +\d+ steps/g)).toHaveLength(20);
  expect(text).toContain('20 of 20 seeds learn XOR');
});

test('examples/neuron.ts: by hand and by grad are the same numbers', () => {
  const text = run('neuron.ts');
  // σ(0.8 · 0.5 + 0.4 · -1.5 + 0.1) = σ(-0.1) = 0.475021, and (0.475021 - 1)² = 0.275603.
  expect(text).toMatch(/z +-0\.100000[\s\S]*a +0\.475021[\s\S]*L +0\.275603/);
  // 2 (a - 1) a (1 - a) = -0.261834, times x₁ = 0.5.
  expect(text.match(/∂L\/∂w₁ +-0\.130917/g)).toHaveLength(2);
  const apart = /agree to the last bit|differ by at most (\S+)\.$/m.exec(text);
  expect(Number(apart?.[1] ?? 0)).toBeLessThan(1e-12);
  expect(apart).not.toBeNull();
});
