import * as g from '../../graph/build.ts';
import { input, type Node } from '../../graph/node.ts';
import type { Subgraph } from '../../graph/ops.ts';
import { freeLeaves, substitute } from '../../graph/substitute.ts';
import type { ControlPullback } from './control.ts';

const parameter = ({ shape, dtype }: Node): Node => input(shape, dtype);

/**
 * A branch on the same predicate, between the pullbacks of the two branches, each of which computes its own forward values again.
 * Takes those arguments that the pullbacks read, then the adjoints that came, then what pullbacks of the user's own read from outside.
 */
export const condPullback: ControlPullback<'cond'> = (node, dys, needs, gradients, residuals) => {
  const { then, otherwise } = node.attributes;
  const [predicate, ...args] = node.inputs as [Node, ...Node[]];
  const asked = args.map((_, index) => index).filter(index => needs[index + 1]);
  const given = dys.flatMap((dy, index) => (dy === null ? [] : [index]));

  const seedsOf = (branch: Subgraph): Node[] => given.map(index => parameter(branch.outputs[index] as Node));
  const adjointsOf = (branch: Subgraph, seeds: readonly Node[]): Node[] => {
    const wrt = asked.map(index => branch.inputs[index] as Node);
    const outputs = given.map(index => branch.outputs[index] as Node);
    return gradients(outputs, seeds, wrt).map(
      (adjoint, index) => adjoint ?? g.full(0, (wrt[index] as Node).shape, (wrt[index] as Node).dtype),
    );
  };
  const [thenSeeds, otherwiseSeeds] = [seedsOf(then), seedsOf(otherwise)];
  const [thenAdjoints, otherwiseAdjoints] = [adjointsOf(then, thenSeeds), adjointsOf(otherwise, otherwiseSeeds)];

  const thenLeaves = freeLeaves(thenAdjoints, []);
  const otherwiseLeaves = freeLeaves(otherwiseAdjoints, []);
  const read = args
    .map((_, index) => index)
    .filter(index => thenLeaves.includes(then.inputs[index] as Node) || otherwiseLeaves.includes(otherwise.inputs[index] as Node));
  const own = new Set([...then.inputs, ...otherwise.inputs, ...thenSeeds, ...otherwiseSeeds]);
  const outer = [...new Set([...thenLeaves, ...otherwiseLeaves])].filter(leaf => !own.has(leaf));

  const pulled = (branch: Subgraph, seeds: readonly Node[], adjoints: readonly Node[]): Subgraph => {
    const captured = outer.map(parameter);
    return {
      inputs: [...read.map(index => branch.inputs[index] as Node), ...seeds, ...captured],
      outputs: substitute(adjoints, outer, captured),
    };
  };
  const results = g.cond(
    predicate,
    [...read.map(index => args[index] as Node), ...given.map(index => dys[index] as Node), ...outer],
    pulled(then, thenSeeds, thenAdjoints),
    pulled(otherwise, otherwiseSeeds, otherwiseAdjoints),
  );
  const adjoints = node.inputs.map((_, index) => results[asked.indexOf(index - 1)] ?? null);
  return (
    residuals?.inAdjoints(
      adjoints,
      dys.filter(dy => dy !== null),
    ) ?? adjoints
  );
};
