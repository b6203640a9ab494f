import { expect } from 'vitest';
import { gradients } from '../../src/autodiff/gradients.ts';
import { evaluate } from '../../src/backends/reference/evaluate.ts';
import type { Value } from '../../src/backends/reference/value.ts';
import { input, type Node } from '../../src/graph/node.ts';
import { fill, floats } from './inputs.ts';

type Bindings = ReadonlyMap<Node, Value>;

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);

const random = ({ shape }: Node, seed: number): Value => fill(floats(shape, seed), 'float64');

/** Σ_k outputₖ · seedₖ: one number, whose derivative the differences take. */
const weighted = (outputs: readonly Node[], seeds: readonly Value[], bindings: Bindings): number =>
  evaluate(outputs, bindings).reduce((sum, { data }, index) => sum + dot(data, (seeds[index] as Value).data), 0);

const moved = (value: Value, direction: Value, by: number): Value => ({
  ...value,
  data: value.data.map((x, index) => x + by * (direction.data[index] as number)),
});

/**
 * Compares gradients with central differences (f(x + h u) - f(x - h u)) / 2h in float64, for each of `wrt` in several directions u:
 * along each axis when there are few elements, else random ones. With `order` 2, then those of the gradients themselves, seeds included.
 */
export const checkGradients = (outputs: readonly Node[], wrt: readonly Node[], bindings: Bindings, order: 1 | 2 = 1, seed = 1): void => {
  const seedNodes = outputs.map(({ shape, dtype }) => input(shape, dtype));
  const seeds = outputs.map((node, index) => random(node, seed + index));
  const adjoints = gradients(outputs, seedNodes, wrt);
  const all: Bindings = new Map([...bindings, ...seedNodes.map((node, index): [Node, Value] => [node, seeds[index] as Value])]);
  const flowing = adjoints.filter(node => node !== null);
  const values = evaluate(flowing, all);
  wrt.forEach((node, index) => {
    const adjoint = adjoints[index] ?? null;
    const value = bindings.get(node) as Value;
    const computed = adjoint === null ? new Float64Array(value.data.length) : (values[flowing.indexOf(adjoint)] as Value).data;
    const h = 1e-5;
    for (const direction of directions(node, seed)) {
      const at = (by: number): number => weighted(outputs, seeds, new Map([...bindings, [node, moved(value, direction, by)]]));
      const difference = (at(h) - at(-h)) / (2 * h);
      const apart = Math.abs(difference - dot(computed, direction.data));
      expect(apart, `input ${index}: ${dot(computed, direction.data)}, by differences ${difference}`).toBeLessThan(
        1e-6 * Math.max(1, Math.abs(difference)),
      );
    }
  });
  if (order === 2 && flowing.length > 0) checkGradients(flowing, [...wrt, ...seedNodes], all, 1, seed + 100);
};

const directions = (node: Node, seed: number): Value[] => {
  const { shape } = node;
  const elements = shape.reduce((a, b) => a * b, 1);
  if (elements > 12) return [1, 2, 3].map(k => random(node, 1000 * k + seed));
  return Array.from({ length: elements }, (_, place) => {
    const data = new Float64Array(elements);
    data[place] = 1;
    return { shape, dtype: 'float64', data };
  });
};

/** New inputs of the given shapes, in float64, with random values. */
export const variables = (...shapes: readonly (readonly number[])[]): { nodes: Node[]; bindings: Map<Node, Value> } => {
  const nodes = shapes.map(shape => input(shape, 'float64'));
  return { nodes, bindings: new Map(nodes.map((node, index) => [node, random(node, 7 + index)])) };
};
