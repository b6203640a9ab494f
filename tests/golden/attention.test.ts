import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dotProductAttention, grad, tensor, vjp } from '../../src/index.ts';
import { fill, type InputDescription as Input } from '../support/inputs.ts';

interface Case {
  readonly inputs: Readonly<Record<'q' | 'k' | 'v' | 'dy', Input>>;
  readonly causal: boolean;
  readonly every: number;
  readonly values: Readonly<Record<'y' | 'q' | 'k' | 'v', readonly number[]>>;
}

const cases = JSON.parse(readFileSync(new URL('attention.json', import.meta.url), 'utf8')) as Readonly<Record<string, Case>>;
const of = (description: Input) => tensor(Float32Array.from(fill(description).data as ArrayLike<number>), { shape: description.shape });

describe('attention and its gradients are PyTorch’s', () => {
  test.each(Object.keys(cases))('%s', async name => {
    const { inputs, causal, every, values } = cases[name] as Case;
    const [q, k, v, dy] = [of(inputs.q), of(inputs.k), of(inputs.v), of(inputs.dy)];
    const attend = (o: { q: typeof q; k: typeof k; v: typeof v }) => dotProductAttention(o.q, o.k, o.v, { isCausal: causal });
    const [y, pull] = vjp(attend, { q, k, v });
    const [gradients] = pull(dy) as [Record<'q' | 'k' | 'v', typeof q>];
    for (const [key, found] of Object.entries({ y, ...gradients })) {
      const data = Array.from((await found.data()) as Float32Array).filter((_, index) => index % every === 0);
      const expected = values[key as keyof typeof values];
      expect(data.length).toBe(expected.length);
      data.forEach((value, index) => expect(value, `${key} ${index}`).toBeCloseTo(expected[index] as number, 5));
    }
  });
});

test('a masked query and second derivatives', async () => {
  const x = of({ shape: [2, 4, 3], dtype: 'float32', low: -1, high: 1, seed: 5 });
  const mask = tensor([
    [true, false, false, false],
    [true, true, false, false],
    [true, true, true, false],
    [true, true, true, true],
  ]);
  const masked = dotProductAttention(x, x, x, { mask });
  const causal = dotProductAttention(x, x, x, { isCausal: true });
  const [left, right] = [(await masked.data()) as Float32Array, (await causal.data()) as Float32Array];
  left.forEach((value, index) => expect(value).toBeCloseTo(right[index] as number, 6));
  const long = of({ shape: [1, 300, 4], dtype: 'float32', low: -1, high: 1, seed: 6 });
  const penalty = (options: { isCausal: boolean; mask?: typeof mask }) => (q: typeof x) =>
    grad((p: typeof x) => dotProductAttention(p, long, long, options).square().sum())(q)
      .square()
      .sum();
  const everywhere = tensor(new Uint8Array(300 * 300).fill(1), { shape: [300, 300], dtype: 'bool' });
  const [inBlocks, atOnce] = [grad(penalty({ isCausal: false }))(long), grad(penalty({ isCausal: false, mask: everywhere }))(long)];
  const [a, b] = [(await inBlocks.data()) as Float32Array, (await atOnce.data()) as Float32Array];
  const largest = Math.max(...b.map(Math.abs));
  a.forEach((value, index) => expect(Math.abs(value - (b[index] as number))).toBeLessThan(1e-4 * largest));
});

test('shapes that do not fit are told', () => {
  const x = of({ shape: [2, 4, 3], dtype: 'float32', low: -1, high: 1, seed: 5 });
  expect(() => dotProductAttention(x, x, x.slice([0, 0, 0], [2, 3, 3]))).toThrow(
    /takes query .* got \(2, 4, 3\), \(2, 4, 3\), \(2, 3, 3\)/,
  );
});
