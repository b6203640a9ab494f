import * as g from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { type Batched, type BatchingRule, below, spread, toFront } from './rule.ts';

/** A batch of tables or of indices alone needs no copies of the other; else the batch is one more shared leading axis. */
export const gather: BatchingRule<'gather'> = ({ attributes: { axis, batchDims } }, inputs, size) => {
  const [x, indices] = inputs as [Batched, Batched];
  if (batchDims === 0 && !indices.batched) return g.gather(x.node, indices.node, { axis: axis + 1, batchDims });
  if (batchDims === 0 && !x.batched) return toFront(g.gather(x.node, indices.node, { axis, batchDims }), axis);
  return g.gather(spread(x, size), spread(indices, size), { axis: axis + 1, batchDims: batchDims + 1 });
};

export const scatter: BatchingRule<'scatter'> = ({ attributes: { axis, batchDims, mode } }, inputs, size) => {
  const [operand, indices, updates] = inputs.map(x => spread(x, size)) as [Node, Node, Node];
  return g.scatter(operand, indices, updates, { axis: axis + 1, batchDims: batchDims + 1, mode });
};

/** A batch of both is one more paired axis; a batch of one of them is a free axis. */
export const contraction: BatchingRule<'contraction'> = (node, inputs) => {
  const { batch, contract } = node.attributes;
  const [a, b] = inputs as [Batched, Batched];
  const shifted = (pair: readonly [readonly number[], readonly number[]]): [number[], number[]] => [
    a.batched ? below(pair[0]) : [...pair[0]],
    b.batched ? below(pair[1]) : [...pair[1]],
  ];
  const [paired, contracted] = [shifted(batch), shifted(contract)];
  if (a.batched && b.batched)
    return g.contraction(a.node, b.node, {
      batch: [
        [0, ...paired[0]],
        [0, ...paired[1]],
      ],
      contract: contracted,
    });
  const product = g.contraction(a.node, b.node, { batch: paired, contract: contracted });
  const freeOfFirst = a.node.shape.length - paired[0].length - contracted[0].length;
  return toFront(product, a.batched ? paired[0].length : paired[0].length + freeOfFirst);
};

/** Merges axis 0 into the axis that comes to stand at `axis`, as its outer part. */
const mergeInto = (x: Node, axis: number): Node => {
  const rest = x.shape.slice(1);
  const order = x.shape.map((_, other) => (other < axis ? other + 1 : other === axis ? 0 : other));
  const merged = rest.map((length, other) => (other === axis ? length * (x.shape[0] as number) : length));
  return g.reshape(g.permute(x, order), merged);
};

/** A batch of inputs is a longer batch axis; a batch of kernels is more filters; a batch of both is more groups. */
export const convolution: BatchingRule<'convolution'> = (node, inputs, size) => {
  const { attributes, shape } = node;
  const { groups } = attributes;
  const [x, w] = inputs as [Batched, Batched];
  if (!w.batched) {
    const y = g.convolution(mergeInto(x.node, 0), w.node, attributes);
    return g.reshape(y, [size, ...shape]);
  }
  const last = shape.length - 1;
  const filters = shape[last] as number;
  const places = shape.slice(0, last);
  if (x.batched) {
    const y = g.convolution(mergeInto(x.node, last), mergeInto(w.node, last), { ...attributes, groups: groups * size });
    return toFront(g.reshape(y, [...places, size, filters]), last);
  }
  // The members' filters stand side by side inside each group: (k…, channels, groups, members, filters / groups).
  const kernel = w.node.shape.slice(1, last + 1);
  const split = g.reshape(w.node, [size, ...kernel, groups, filters / groups]);
  const grouped = g.permute(split, [...kernel.map((_, axis) => axis + 1), last + 1, 0, last + 2]);
  const y = g.convolution(x.node, g.reshape(grouped, [...kernel, size * filters]), attributes);
  const members = toFront(g.reshape(y, [...places, groups, size, filters / groups]), last + 1);
  return g.reshape(members, [size, ...shape]);
};
