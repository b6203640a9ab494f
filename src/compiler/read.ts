import type { Shape } from '../core/shape.ts';
import { rotations } from '../core/threefry.ts';
import type { Node } from '../graph/node.ts';
import { type Attributes, ops } from '../graph/ops.ts';
import {
  type Affine,
  addAffine,
  affineAxis,
  affineConstant,
  delinearize,
  linearize,
  sameAffine,
  scaleAffine,
  shiftAffine,
} from './affine.ts';
import { type Access, type Expr, Expressions, registerOf } from './expression.ts';
import { convert, isMap, mapLowerings, widen } from './scalar.ts';

/** A node cannot be read at the asked place without being an array of its own. */
export class Materialize extends Error {
  readonly node: Node;

  constructor(node: Node) {
    super(`materialise ${node.op}`);
    this.node = node;
  }
}

/** Whether a node only says which element is read. */
export const isLayout = (node: Node): boolean => ops[node.op].kind === 'layout' || ops[node.op].kind === 'identity';

/** Where an element is: by its indices, or by its position in row-major order. */
export type Place = { readonly indices: readonly Affine[] } | { readonly position: Affine };

/** A value that this kernel has in a register, and where it belongs in its array. */
export interface InRegister {
  readonly position: Affine;
  readonly value: Expr;
}

/**
 * Expresses elements of nodes in the loop IR: maps and layout are followed down to arrays (roots), which are loaded.
 * Layout costs nothing here: it only changes which element is read.
 */
export class Reader {
  readonly expressions: Expressions;
  private readonly axisSizes: readonly number[];
  private readonly isRoot: (node: Node) => boolean;
  readonly inRegisters: Map<Node, InRegister> = new Map();
  /** Barriers on the way. */
  readonly barriers: Set<Node> = new Set();
  private memo = new Map<string, Expr>();
  /** Maps hand the same place down to their inputs, so that identity finds most of what was computed. */
  private atPlace = new Map<Place, Map<Node, Expr>>();

  constructor(expressions: Expressions, axisSizes: readonly number[], isRoot: (node: Node) => boolean) {
    this.expressions = expressions;
    this.axisSizes = axisSizes;
    this.isRoot = isRoot;
  }

  /** Forgets what was computed: what is in registers has changed. */
  forget(): void {
    this.memo = new Map();
    this.atPlace = new Map();
  }

  /** The element of a node at a place. */
  read(node: Node, place: Place): Expr {
    if (!this.isRoot(node)) return this.compute(node, place);
    const position = this.position(place, node.shape);
    const known = this.inRegisters.get(node);
    if (known !== undefined && sameAffine(known.position, position)) return known.value;
    return this.load({ node, affine: position, indirect: [] });
  }

  private load(access: Access): Expr {
    const { dtype } = access.node;
    if (dtype !== 'float16' && dtype !== 'bfloat16') return this.expressions.load(access, registerOf[dtype]);
    return widen(this.expressions, this.expressions.load(access, 'i32'), dtype);
  }

  /** The element of a node from its inputs, whether or not the node is a root. */
  compute(node: Node, place: Place): Expr {
    let here = this.atPlace.get(place);
    if (here === undefined) {
      here = new Map();
      this.atPlace.set(place, here);
    }
    const known = here.get(node) ?? this.known(node, place);
    const value = known ?? this.evaluate(node, place);
    here.set(node, value);
    if (known === undefined && !isMap(node.op)) this.memo.set(keyOf(node, place), value);
    return value;
  }

  private known(node: Node, place: Place): Expr | undefined {
    return isMap(node.op) ? undefined : this.memo.get(keyOf(node, place));
  }

  private evaluate(node: Node, place: Place): Expr {
    const e = this.expressions;
    const first = node.inputs[0] as Node;
    if (isMap(node.op))
      return mapLowerings[node.op](
        e,
        node.inputs.map(input => this.read(input, place)),
        node,
      );
    if (node.op === 'barrier') this.barriers.add(node);
    if (ops[node.op].kind === 'identity') return this.read(first, place);
    switch (node.op) {
      case 'constant': {
        const { value, dtype } = node.attributes as Attributes['constant'];
        return convert(e, e.constant(value, dtype === 'bool' ? 'i32' : registerOf[dtype]), dtype);
      }
      case 'iota': {
        const { axis } = node.attributes as Attributes['iota'];
        return convert(e, e.index(this.indices(place, node)[axis] as Affine), node.dtype);
      }
      case 'reshape':
        return this.read(first, { position: this.position(place, node.shape) });
      case 'gather':
        return this.gather(node as Node<'gather'>, this.indices(place, node));
      case 'randomBits':
        return this.randomBits(node as Node<'randomBits'>, this.position(place, node.shape));
      case 'permute':
      case 'broadcast':
      case 'slice':
      case 'flip':
      case 'window':
        return this.read(first, { indices: throughLayout(node, this.indices(place, node), this.axisSizes.length) });
      default:
        throw new Materialize(node);
    }
  }

  private position(place: Place, shape: Shape): Affine {
    return 'position' in place ? place.position : linearize(place.indices, shape, this.axisSizes.length);
  }

  private indices(place: Place, node: Node): readonly Affine[] {
    if ('indices' in place) return place.indices;
    const indices = delinearize(place.position, node.shape, this.axisSizes);
    if (indices === undefined) throw new Materialize(node);
    return indices;
  }

  private gather(node: Node<'gather'>, place: readonly Affine[]): Expr {
    const [x, indices] = node.inputs as readonly [Node, Node];
    const { axis, batchDims } = node.attributes;
    const lookedUp = indices.shape.length - batchDims;
    const index = this.read(indices, { indices: [...place.slice(0, batchDims), ...place.slice(axis, axis + lookedUp)] });
    const around = (along: Affine): Affine[] => [...place.slice(0, axis), along, ...place.slice(axis + lookedUp)];
    const first = this.accessOf(x, { indices: around(affineConstant(0, this.axisSizes.length)) });
    const stride = this.strideAlong(x, axis, around);
    return this.load({ ...first, indirect: [...first.indirect, { index, stride, size: x.shape[axis] as number }] });
  }

  /** Elements from one index of x's axis to the next, if they are the same everywhere: read along an axis of its own. */
  private strideAlong(x: Node, axis: number, around: (along: Affine) => readonly Affine[]): number {
    const sizes = [...this.axisSizes, x.shape[axis] as number];
    const last = sizes.length - 1;
    const indices = around(affineConstant(0, last)).map((index, i) =>
      i === axis ? affineAxis(last, sizes.length) : { ...index, strides: [...index.strides, 0] },
    );
    const along = new Reader(new Expressions(), sizes, this.isRoot).accessOf(x, { indices });
    if (along.indirect.some(({ index }) => movesAlong(index, last))) throw new Materialize(x);
    return along.affine.strides[last] as number;
  }

  /** Where in memory an element of a view lies. 16-bit floats are loaded and widened, which is recognised: expressions exist once. */
  private accessOf(x: Node, place: Place): Access {
    const value = this.read(x, place);
    const load = loadIn(value);
    if (load === undefined || (load !== value && this.load(load.access) !== value)) throw new Materialize(x);
    return load.access;
  }

  /** Threefry-2x32 (see core/threefry.ts) of the key and (0, position), in 32-bit lanes. */
  private randomBits(node: Node<'randomBits'>, position: Affine): Expr {
    const e = this.expressions;
    const [key] = node.inputs as readonly [Node];
    const word = (index: number): Expr => this.read(key, { indices: [affineConstant(index, this.axisSizes.length)] });
    const op = (name: 'add.i32' | 'xor.i32' | 'or.i32' | 'shl.i32' | 'shrU.i32', a: Expr, b: Expr | number): Expr =>
      e.apply(name, 'i32', [a, typeof b === 'number' ? e.constant(b, 'i32') : b]);
    const keys = [word(0), word(1)] as [Expr, Expr, Expr?];
    keys.push(op('xor.i32', op('xor.i32', keys[0], keys[1]), 0x1bd11bda));
    let x0 = keys[0];
    let x1 = op('add.i32', e.index(position), keys[1]);
    for (let group = 0; group < 5; group++) {
      for (let round = 0; round < 4; round++) {
        const by = rotations[(group % 2) * 4 + round] as number;
        x0 = op('add.i32', x0, x1);
        x1 = op('xor.i32', op('or.i32', op('shl.i32', x1, by), op('shrU.i32', x1, 32 - by)), x0);
      }
      x0 = op('add.i32', x0, keys[(group + 1) % 3] as Expr);
      x1 = op('add.i32', op('add.i32', x1, keys[(group + 2) % 3] as Expr), group + 1);
    }
    const { width } = node.attributes;
    return width === 32 ? x0 : op('shrU.i32', x0, 32 - width);
  }
}

/** A load that an expression is, or is made from. */
const loadIn = (value: Expr): Extract<Expr, { kind: 'load' }> | undefined => {
  const found = new Set([value]);
  for (const expr of found) {
    if (expr.kind === 'load') return expr;
    if (expr.kind === 'apply') for (const arg of expr.args) found.add(arg);
  }
  return undefined;
};

/** Whether an expression depends on a loop's index. */
const movesAlong = (value: Expr, axis: number, seen: Set<Expr> = new Set()): boolean => {
  if (seen.has(value)) return false;
  seen.add(value);
  if (value.kind === 'index') return value.affine.strides[axis] !== 0;
  if (value.kind === 'apply') return value.args.some(arg => movesAlong(arg, axis, seen));
  if (value.kind !== 'load') return false;
  return value.access.affine.strides[axis] !== 0 || value.access.indirect.some(({ index }) => movesAlong(index, axis, seen));
};

const keyOf = (node: Node, place: Place): string => {
  let key = String(node.id);
  if ('position' in place) return `${key}@${place.position.offset}:${place.position.strides}`;
  for (const { offset, strides } of place.indices) key += `(${offset}:${strides})`;
  return key;
};

/** Indices of the input's element behind an element of a layout operation. */
const throughLayout = (node: Node, indices: readonly Affine[], axes: number): Affine[] => {
  const { shape } = node.inputs[0] as Node;
  const at = (axis: number): Affine => indices[axis] as Affine;
  switch (node.op) {
    case 'permute': {
      const { order } = node.attributes as Attributes['permute'];
      return shape.map((_, axis) => at(order.indexOf(axis)));
    }
    case 'broadcast': {
      const extra = node.shape.length - shape.length;
      return shape.map((size, axis) => (size === 1 ? affineConstant(0, axes) : at(axis + extra)));
    }
    case 'slice': {
      const { start, step } = node.attributes as Attributes['slice'];
      return shape.map((_, axis) => shiftAffine(scaleAffine(at(axis), step[axis] as number), start[axis] as number));
    }
    case 'flip': {
      const flipped = (node.attributes as Attributes['flip']).axes;
      return shape.map((size, axis) => (flipped.includes(axis) ? shiftAffine(scaleAffine(at(axis), -1), size - 1) : at(axis)));
    }
    default: {
      const window = node.attributes as Attributes['window'];
      return shape.map((_, axis) => {
        const which = window.axes.indexOf(axis);
        if (which < 0) return at(axis);
        const offset = scaleAffine(at(shape.length + which), window.dilations[which] as number);
        return addAffine(scaleAffine(at(axis), window.strides[which] as number), offset);
      });
    }
  }
};
