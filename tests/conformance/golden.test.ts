import { describe, expect, test } from 'vitest';
import { gradients } from '../../src/autodiff/gradients.ts';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import type { Value } from '../../src/backends/reference/value.ts';
import { type DType, isFloat } from '../../src/core/dtype.ts';
import { input, type Node, topological } from '../../src/graph/node.ts';
import { type Op, ops } from '../../src/graph/ops.ts';
import { type Golden, golden, goldenBuilds } from '../support/cases/golden.ts';
import { mismatch, type Tolerance, tolerances } from '../support/compare.ts';
import { devices, runOn } from '../support/devices.ts';
import { fill, floats } from '../support/inputs.ts';

/** The graph of a case with its inputs bound; seeds are bound as they are made. */
const setUp = (name: string, type: DType) => {
  const { inputs } = golden[name] as Golden;
  const values = inputs.map(description => fill(description, type));
  const nodes = values.map(({ shape, dtype }) => input(shape, dtype));
  const bindings = new Map<Node, Value>(nodes.map((node, index) => [node, values[index] as Value]));
  const outputs = (goldenBuilds[name] as (typeof goldenBuilds)[string])(nodes);
  return { nodes, bindings, outputs };
};

/** Adjoints of the float inputs for the seeds that PyTorch had; null becomes zeros where PyTorch has numbers. */
const adjoints = (outputs: readonly Node[], seeds: readonly number[], nodes: readonly Node[], bindings: Map<Node, Value>) => {
  const seedNodes = outputs.map(({ shape, dtype }, index) => {
    const node = input(shape, dtype);
    bindings.set(node, fill(floats(shape, seeds[index] as number), dtype));
    return node;
  });
  return gradients(
    outputs,
    seedNodes,
    nodes.filter(({ dtype }) => isFloat(dtype)),
  );
};

const zeroIfNull = (values: readonly (number | string)[] | null, elements: number): readonly (number | string)[] =>
  values ?? Array.from({ length: elements }, () => 0);

/** Evaluates adjoints and compares; one that is null stands for zeros, in our lists as in PyTorch's. */
const expectAdjoints = async (
  run: (outputs: readonly Node[]) => Promise<readonly Value[]> | readonly Value[],
  found: readonly (Node | null)[],
  expected: Golden['gradients'],
  wrt: readonly Node[],
  tolerance: Tolerance,
): Promise<void> => {
  const flowing = found.filter(node => node !== null);
  const values = await run(flowing);
  found.forEach((node, index) => {
    const elements = (wrt[index] as Node).shape.reduce((a, b) => a * b, 1);
    const actual = node === null ? new Float64Array(elements) : (values[flowing.indexOf(node)] as Value).data;
    expect(mismatch(actual, zeroIfNull(expected?.[index] ?? null, elements), tolerance), `input ${index}`).toBeUndefined();
  });
};

test('NumPy and PyTorch computed all cases and no others', () => {
  expect(Object.keys(goldenBuilds).sort()).toEqual(Object.keys(golden).sort());
});

test('every primitive with a value of its own is in a case', () => {
  const met = new Set<Op>();
  for (const name of Object.keys(golden)) for (const node of topological(setUp(name, 'float32').outputs)) met.add(node.op);
  const without: Op[] = ['mark', 'barrier', 'custom', 'randomBits', 'cond', 'while'];
  expect(Object.keys(ops).filter(op => !met.has(op as Op))).toEqual(without);
});

describe('the oracle gives the numbers of NumPy and PyTorch in float64', () => {
  test.each(Object.keys(golden))('%s', async name => {
    const expected = golden[name] as Golden;
    const { nodes, bindings, outputs } = setUp(name, 'float64');
    const wrt = nodes.filter(({ dtype }) => isFloat(dtype));
    const evaluated = evaluate(outputs, bindings);
    expect(outputs.map(({ shape }) => shape)).toEqual(expected.outputs.map(({ shape }) => shape));
    evaluated.forEach(({ data }, index) => {
      expect(mismatch(data, expected.outputs[index]?.data as number[], tolerances.float64), `output ${index}`).toBeUndefined();
    });
    if (expected.seeds === undefined) return;
    const first = adjoints(outputs, expected.seeds, nodes, bindings);
    const run = (asked: readonly Node[]) => evaluate(asked, bindings);
    await expectAdjoints(run, first, expected.gradients, wrt, tolerances.float64);
    if (expected.secondSeeds === undefined) return;
    // PyTorch counts as outputs the adjoints that are not null; where ours is null, its seed is not used.
    const counted = first.flatMap((node, index) => (expected.gradients?.[index] === null ? [] : [node]));
    const seeds = expected.secondSeeds.filter((_, index) => counted[index] !== null);
    const second = adjoints(
      counted.filter(node => node !== null),
      seeds,
      nodes,
      bindings,
    );
    await expectAdjoints(run, second, expected.second, wrt, tolerances.float64);
  });
});

describe.each(devices)('$name gives the numbers of NumPy and PyTorch in float32', device => {
  test.each(Object.keys(golden))('%s', async name => {
    const expected = golden[name] as Golden;
    const { nodes, bindings, outputs } = setUp(name, 'float32');
    const values = nodes.map(node => bindings.get(node) as Value);
    const results = await runOn(device, nodes, values, outputs);
    results.forEach(({ data, dtype }, index) => {
      const tolerance = isFloat(dtype) ? tolerances.float32 : tolerances.exact;
      expect(mismatch(data, expected.outputs[index]?.data as number[], tolerance), `output ${index}`).toBeUndefined();
    });
    if (expected.seeds === undefined) return;
    const first = adjoints(outputs, expected.seeds, nodes, bindings);
    const run = (asked: readonly Node[]) => runOn(device, [...bindings.keys()], [...bindings.values()], asked);
    const wrt = nodes.filter(({ dtype }) => isFloat(dtype));
    await expectAdjoints(run, first, expected.gradients, wrt, tolerances.float32);
  });
});
