import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gradients } from '../../src/autodiff/gradients.ts';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import type { Value } from '../../src/backends/reference/value.ts';
import * as g from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { rewrite } from '../../src/graph/rewrites/rewrite.ts';
import { mismatch } from '../support/compare.ts';
import { devices, runOn } from '../support/devices.ts';
import { type RandomGraph, randomGraph } from '../support/randomGraphs.ts';

// Rounding adds up over a dozen operations; an error is not that small.
const tolerance = { absolute: 2e-4, relative: 2e-4 };

/** The outputs of a graph and the gradients of their sum. */
const withGradients = ({ inputs, outputs }: RandomGraph): Node[] => {
  const seeds = outputs.map(({ shape, dtype }) => g.full(0.5, shape, dtype));
  return [...outputs, ...gradients(outputs, seeds, inputs).filter(node => node !== null)];
};

const compare = (found: readonly Value[], expected: readonly Value[]): void => {
  found.forEach(({ data }, k) => {
    expect(mismatch(data, (expected[k] as Value).data, tolerance), `output ${k}`).toBeUndefined();
  });
};

const oracle = ({ inputs, values }: RandomGraph, outputs: readonly Node[]): Value[] =>
  evaluate(outputs, new Map(inputs.map((node, k) => [node, values[k] as Value])));

test('random graphs and their gradients keep their values when rewritten', () => {
  fc.assert(
    fc.property(randomGraph, graph => {
      const outputs = withGradients(graph);
      compare(oracle(graph, rewrite(outputs)), oracle(graph, outputs));
    }),
    { numRuns: 200, seed: 1 },
  );
});

test.each(devices)('random graphs and their gradients have the oracle’s values on $name', async device => {
  await fc.assert(
    fc.asyncProperty(randomGraph, async graph => {
      const outputs = withGradients(graph);
      compare(await runOn(device, graph.inputs, graph.values, outputs), oracle(graph, outputs));
    }),
    { numRuns: 100, seed: 2 },
  );
});
