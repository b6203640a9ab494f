import { sizeOf, stridesOf } from '../core/shape.ts';
import { constant, part } from '../graph/build.ts';
import { input as leaf, type Node } from '../graph/node.ts';
import type { Attributes, Subgraph } from '../graph/ops.ts';
import { substitute } from '../graph/substitute.ts';
import { type Affine, addAffine, affineAxis, affineConstant, linearize, scaleAffine, shiftAffine } from './affine.ts';
import { type Expr, Expressions, storageOf } from './expression.ts';
import type { Kernel, LoopKernel, Operand, Schedule, Store } from './kernel.ts';
import { isLayout, Materialize, Reader } from './read.ts';
import { halfBits } from './scalar.ts';

type IsRoot = (node: Node) => boolean;

/** The store of a value into a node's array, in the array's storage format. */
export const storeOf = (
  e: Expressions,
  node: Node,
  affine: Affine,
  value: Expr,
  mode: Store['mode'] = 'set',
  indirect: Store['indirect'] = [],
): Store => ({
  node,
  affine,
  indirect,
  storage: storageOf[node.dtype],
  value: node.dtype === 'float16' || node.dtype === 'bfloat16' ? halfBits(e, value, node.dtype) : value,
  mode,
});

/** A nest of parallel loops with one store; in vectors along the last axis where neighbours do not meet in memory. */
const mapKernel = (sizes: readonly number[], store: Store, vector = sizes.length - 1): LoopKernel => ({
  kind: 'loops',
  sizes,
  parallel: sizes.length,
  vector,
  stages: [],
  rowStores: [store],
});

const identity = (rank: number): Affine[] => Array.from({ length: rank }, (_, axis) => affineAxis(axis, rank));

const fill = (node: Node, value: number): LoopKernel => {
  const e = new Expressions();
  const elements = sizeOf(node.shape);
  const reader = new Reader(e, [elements], () => false);
  return mapKernel([elements], storeOf(e, node, affineAxis(0, 1), reader.compute(constant(value, node.dtype), { indices: [] })));
};

/** Copies an input into the output, at indices that are affine in its own. */
const copyInto = (
  node: Node,
  input: Node,
  isRoot: IsRoot,
  place: (indices: readonly Affine[]) => readonly Affine[],
  mode: Store['mode'] = 'set',
): LoopKernel => {
  const e = new Expressions();
  const indices = identity(input.shape.length);
  const reader = new Reader(e, input.shape, isRoot);
  const affine = linearize(place(indices), node.shape, input.shape.length);
  const kernel = mapKernel(input.shape, storeOf(e, node, affine, reader.read(input, { indices }), mode));
  return mode === 'set' || affine.strides[input.shape.length - 1] !== 0 ? kernel : { ...kernel, vector: -1 };
};

const pad = (node: Node<'pad'>, isRoot: IsRoot): Kernel[] => {
  const { low, interior, value } = node.attributes;
  const place = (indices: readonly Affine[]): Affine[] =>
    indices.map((index, axis) => shiftAffine(scaleAffine(index, (interior[axis] as number) + 1), low[axis] as number));
  return [fill(node as Node, value), copyInto(node as Node, node.inputs[0] as Node, isRoot, place)];
};

/** Parts of one shape are written by one nest: they often share what they are computed from. */
const concat = (node: Node<'concat'>, isRoot: IsRoot): Kernel[] => {
  const { axis } = node.attributes;
  const starts = new Map<number, { part: Node; start: number }[]>();
  let start = 0;
  for (const part of node.inputs) {
    const size = part.shape[axis] as number;
    starts.set(size, [...(starts.get(size) ?? []), { part, start }]);
    start += size;
  }
  return [...starts].map(([size, parts]) => {
    const shape = node.shape.map((whole, other) => (other === axis ? size : whole));
    const e = new Expressions();
    const indices = identity(shape.length);
    const reader = new Reader(e, shape, isRoot);
    const stores = parts.map(({ part, start: from }) => {
      const place = indices.map((index, other) => (other === axis ? shiftAffine(index, from) : index));
      return storeOf(e, node as Node, linearize(place, node.shape, shape.length), reader.read(part, { indices }));
    });
    return { ...mapKernel(shape, stores[0] as Store), rowStores: stores };
  });
};

/** Every window adds its elements to where they came from. The channels run in vectors, so their axis goes last. */
const fold = (node: Node<'fold'>, isRoot: IsRoot): Kernel[] => {
  const [input] = node.inputs as readonly [Node];
  const { axes, strides, dilations } = node.attributes;
  const outer = node.shape.length;
  const last = outer - 1;
  const order = input.shape.map((_, axis) => axis).filter(axis => axis !== last || axes.includes(last));
  if (order.length < input.shape.length) order.push(last);
  const sizes = order.map(axis => input.shape[axis] as number);
  const e = new Expressions();
  const indices = input.shape.map((_, axis) => affineAxis(order.indexOf(axis), sizes.length));
  const target = node.shape.map((_, axis) => {
    const which = axes.indexOf(axis);
    const index = indices[axis] as Affine;
    if (which < 0) return index;
    return addAffine(
      scaleAffine(index, strides[which] as number),
      scaleAffine(indices[outer + which] as Affine, dilations[which] as number),
    );
  });
  const affine = linearize(target, node.shape, sizes.length);
  const value = new Reader(e, sizes, isRoot).read(input, { indices });
  const vector = affine.strides[sizes.length - 1] === 0 ? -1 : sizes.length - 1;
  return [fill(node as Node, 0), mapKernel(sizes, storeOf(e, node as Node, affine, value, 'add'), vector)];
};

const scatter = (node: Node<'scatter'>, isRoot: IsRoot): Kernel[] => {
  const [operand, indices, updates] = node.inputs as readonly [Node, Node, Node];
  const { axis, batchDims, mode } = node.attributes;
  const rank = updates.shape.length;
  const e = new Expressions();
  const reader = new Reader(e, updates.shape, isRoot);
  const place = identity(rank);
  const lookedUp = indices.shape.length - batchDims;
  const index = reader.read(indices, { indices: [...place.slice(0, batchDims), ...place.slice(axis, axis + lookedUp)] });
  const target = [...place.slice(0, axis), affineConstant(0, rank), ...place.slice(axis + lookedUp)];
  const affine = linearize(target, node.shape, rank);
  const indirect = [{ index, stride: stridesOf(node.shape)[axis] as number, size: node.shape[axis] as number }];
  const value = reader.read(updates, { indices: place });
  // Within a vector all elements go to different places only if they share the looked-up index.
  const vector = rank > axis + lookedUp ? rank - 1 : -1;
  const store = storeOf(e, node as Node, affine, value, mode === 'replace' ? 'set' : mode, indirect);
  return [copyInto(node as Node, operand, isRoot, place2 => place2), mapKernel(updates.shape, store, vector)];
};

/** The first element, then y[i] = y[i - 1] + x[i] in order: the sum of what was just stored and the next one. */
const cumSum = (node: Node<'cumSum'>, isRoot: IsRoot): Kernel[] => {
  const [input] = node.inputs as readonly [Node];
  const { axis, reverse, exclusive } = node.attributes;
  const length = node.shape[axis] as number;
  if (sizeOf(node.shape) === 0) return [];
  const rank = node.shape.length;
  const along = (index: Affine): Affine => (reverse ? shiftAffine(scaleAffine(index, -1), length - 1) : index);
  const at = (indices: readonly Affine[], index: Affine): Affine[] => indices.map((own, i) => (i === axis ? along(index) : own));
  const first = (): LoopKernel => {
    const sizes = node.shape.map((size, i) => (i === axis ? 1 : size));
    const e = new Expressions();
    const reader = new Reader(e, sizes, isRoot);
    const start = at(identity(rank), affineConstant(0, rank));
    const zero = reader.compute(constant(0, node.dtype), { indices: [] });
    return mapKernel(
      sizes,
      storeOf(e, node as Node, linearize(start, node.shape, rank), exclusive ? zero : reader.read(input, { indices: start })),
    );
  };
  const rest = (): LoopKernel => {
    const sizes = node.shape.map((size, i) => (i === axis ? size - 1 : size));
    const e = new Expressions();
    const reader = new Reader(e, sizes, other => other === node || isRoot(other));
    const own = affineAxis(axis, rank);
    const next = at(identity(rank), shiftAffine(own, 1));
    const here = at(identity(rank), own);
    const value = reader.read(input, { indices: exclusive ? here : next });
    const store = storeOf(e, node as Node, linearize(next, node.shape, rank), value, 'set');
    const previous = reader.read(node as Node, { indices: here });
    const sum = e.apply(value.type === 'f32' ? 'add.f32' : value.type === 'f64' ? 'add.f64' : 'add.i32', value.type, [previous, value]);
    return mapKernel(sizes, { ...store, value: sum }, axis === rank - 1 ? -1 : rank - 1);
  };
  return length > 1 ? [first(), rest()] : [first()];
};

/** What a view is of, where that is no larger: windows of an array hold its elements many times. */
const underViews = (view: Node, isRoot: IsRoot): Node => {
  let base = view;
  while (isLayout(base) && !isRoot(base)) base = base.inputs[0] as Node;
  return isRoot(base) || sizeOf(base.shape) > sizeOf(view.shape) ? view : base;
};

/** Axes of an operand in the order batch, free, contracted, as strides over its array. */
const operand = (input: Node, axes: readonly number[], isRoot: IsRoot): Operand => {
  const sizes = axes.map(axis => input.shape[axis] as number);
  const indices = input.shape.map((_, axis) => affineAxis(axes.indexOf(axis), axes.length));
  const value = new Reader(new Expressions(), sizes, isRoot).read(input, { indices });
  if (value.kind !== 'load' || value.access.indirect.length > 0) throw new Materialize(underViews(input, isRoot));
  const { node, affine } = value.access;
  return { node, offset: affine.offset, strides: affine.strides };
};

const contraction = (node: Node<'contraction'>, isRoot: IsRoot): Kernel[] => {
  const [a, b] = node.inputs as readonly [Node, Node];
  const { batch, contract } = node.attributes;
  const free = (x: Node, side: 0 | 1): number[] =>
    x.shape.flatMap((_, axis) => (batch[side].includes(axis) || contract[side].includes(axis) ? [] : [axis]));
  const [m, n] = [free(a, 0), free(b, 1)];
  const sizes = (x: Node, axes: readonly number[]): number[] => axes.map(axis => x.shape[axis] as number);
  return [
    {
      kind: 'contraction',
      node: node as Node,
      batch: sizes(a, batch[0]),
      m: sizes(a, m),
      n: sizes(b, n),
      k: sizes(a, contract[0]),
      a: operand(a, [...batch[0], ...m, ...contract[0]], isRoot),
      b: operand(b, [...batch[1], ...n, ...contract[1]], isRoot),
    },
  ];
};

const requireRoots = (nodes: readonly Node[], isRoot: IsRoot): void => {
  for (const node of nodes) if (!isRoot(node)) throw new Materialize(node);
};

/** Kernels of a node that is computed by kernels of its own. `schedule` makes those of a body. */
export const lowerOpaque =
  (schedule: (graph: Subgraph) => Schedule) =>
  (node: Node, isRoot: IsRoot): readonly Kernel[] => {
    switch (node.op) {
      case 'pad':
        return pad(node as Node<'pad'>, isRoot);
      case 'concat':
        return concat(node as Node<'concat'>, isRoot);
      case 'fold':
        return fold(node as Node<'fold'>, isRoot);
      case 'scatter':
        return scatter(node as Node<'scatter'>, isRoot);
      case 'cumSum':
        return cumSum(node as Node<'cumSum'>, isRoot);
      case 'contraction':
        return contraction(node as Node<'contraction'>, isRoot);
      case 'argSort': {
        requireRoots(node.inputs, isRoot);
        const { axis, descending } = node.attributes as Attributes['argSort'];
        const [input] = node.inputs as readonly [Node];
        const [outer, inner] = [sizeOf(input.shape.slice(0, axis)), sizeOf(input.shape.slice(axis + 1))];
        return [{ kind: 'sort', node, input, outer, length: input.shape[axis] as number, inner, descending }];
      }
      default: {
        requireRoots(node.inputs, isRoot);
        const bodies = controlBodies(node)
          .map(fresh)
          .map(graph => ({ graph, schedule: schedule(graph) }));
        return [{ kind: 'control', node, parts: node.parts.map((_, index) => part(node, index)), bodies }];
      }
    }
  };

/** Subgraphs of a control operation, in the order its kernel has them. */
const controlBodies = (node: Node): Subgraph[] => {
  if (node.op === 'scan') return [(node.attributes as Attributes['scan']).body];
  if (node.op === 'cond') return [(node.attributes as Attributes['cond']).then, (node.attributes as Attributes['cond']).otherwise];
  const { condition, body } = node.attributes as Attributes['while'];
  return [condition, body];
};

/** The same body over leaves of its own: bodies may share nodes, their arrays may not. */
const fresh = ({ inputs, outputs }: Subgraph): Subgraph => {
  const leaves = inputs.map(({ shape, dtype }) => leaf(shape, dtype));
  return { inputs: leaves, outputs: substitute(outputs, inputs, leaves) };
};
