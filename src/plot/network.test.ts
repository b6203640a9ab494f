import fc from 'fast-check';
import { expect, test } from 'vitest';
import { outside, parseMarkup } from '../../tests/support/markup.ts';
import { networkDiagram } from './index.ts';
import { layoutNetwork } from './networkLayout.ts';

const sizes = { box: 200, bend: 12, gap: 16 };

/** Acyclic networks: edges lead from a lower number to a higher one. */
const networks = fc.integer({ min: 1, max: 14 }).chain(count =>
  fc.record({
    ids: fc.constant(Array.from({ length: count }, (_, index) => `layer${index}`)),
    edges: fc.array(
      fc
        .tuple(fc.integer({ min: 0, max: count - 1 }), fc.integer({ min: 0, max: count - 1 }))
        .filter(([a, b]) => a < b)
        .map(([a, b]): [string, string] => [`layer${a}`, `layer${b}`]),
      { maxLength: count === 1 ? 0 : 24 },
    ),
  }),
);

test('boxes never touch, and arrows lead downwards, one floor at a time', () =>
  fc.assert(
    fc.property(networks, ({ ids, edges }) => {
      const { ranks, routes, width } = layoutNetwork(ids, edges, sizes);
      expect(ranks.flat().filter(({ node }) => node !== undefined)).toHaveLength(ids.length);
      for (const rank of ranks)
        rank.forEach((spot, index) => {
          const half = (one: typeof spot): number => (one.node === undefined ? sizes.bend : sizes.box) / 2;
          expect(spot.x - half(spot)).toBeGreaterThanOrEqual(-1e-6);
          expect(spot.x + half(spot)).toBeLessThanOrEqual(width + 1e-6);
          const before = rank[index - 1];
          if (before !== undefined) expect(spot.x - before.x).toBeGreaterThanOrEqual(half(spot) + half(before) + sizes.gap - 1e-6);
        });
      expect(routes).toHaveLength(new Set(edges.map(String)).size);
      for (const route of routes) route.slice(1).forEach((spot, index) => expect(spot.rank).toBe((route[index] as typeof spot).rank + 1));
    }),
  ));

test('whatever the names, the drawing is well-formed and inside of its frame', () =>
  fc.assert(
    fc.property(networks, fc.string({ unit: 'binary' }), ({ ids, edges }, name) => {
      const nodes = ids.map((id, index) => ({
        id,
        name: `${name}${'<&>'.repeat(index)}`,
        kind: name,
        shape: [null, index, 1e9],
        parameters: 10 ** index,
      }));
      const svg = networkDiagram({ title: name, nodes, edges });
      expect(outside(svg)).toEqual([]);
      expect(svg).not.toMatch(/NaN|undefined/);
    }),
    { numRuns: 60 },
  ));

test('a box tells name, kind, shape and weights', () => {
  const svg = networkDiagram({
    title: 'Network',
    nodes: [
      { id: 'image', kind: 'input', shape: [null, 28, 28, 1] },
      { id: 'dense', kind: 'dense', shape: '(any, 10)', parameters: 7850 },
    ],
    edges: [['image', 'dense']],
  });
  const texts = parseMarkup(svg).filter(({ name }) => name === 'text');
  expect(texts.map(({ text }) => text)).toEqual(['Network', 'image', 'input', '(any, 28, 28, 1)', 'dense', '(any, 10)', '7,850 weights']);
  expect(svg).toContain('A network of 2 boxes and 1 arrow, with 7,850 weights: image (input), dense.');
});

test('a chain stands straight', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const { ranks, width } = layoutNetwork(
    ids,
    [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'd'],
    ],
    sizes,
  );
  expect(ranks.flat().map(({ x }) => x)).toEqual([100, 100, 100, 100]);
  expect(width).toBe(200);
});

test('networks that cannot be drawn are refused', () => {
  const draw = (ids: string[], edges: [string, string][]): string => networkDiagram({ title: '', nodes: ids.map(id => ({ id })), edges });
  expect(() => draw(['a', 'a'], [])).toThrow("networkDiagram: two nodes are called 'a'. Give each its own id.");
  expect(() => draw(['a'], [['a', 'b']])).toThrow("networkDiagram: an edge names 'b', and no node has this id.");
  expect(() =>
    draw(
      ['a', 'b'],
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
    ),
  ).toThrow("the edges go round in a circle through 'a'");
  expect(() => draw(['a'], [['a', 'a']])).toThrow('circle');
  expect(() => networkDiagram({ title: '', nodes: [{ id: 'a', parameters: -1 }], edges: [] })).toThrow('node a has -1 weights');
  expect(draw([], [])).toContain('no layers');
});
