import { promote } from '../core/dtype.ts';
import { formatShape, ShapeError, ValueError } from '../core/errors.ts';
import * as g from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { counting } from './arithmetic.ts';
import { diagonal } from './linear.ts';

/** A tensor with a letter for each axis, no letter twice. */
interface Labelled {
  readonly node: Node;
  readonly labels: readonly string[];
}

/** Letters for the axes that '…' stands for: none that a user can write. */
const ellipsisLabel = (fromRight: number): string => `.${fromRight}`;

const parseTerm = (term: string, equation: string): string[] => {
  const labels = term.replace('...', '.').split('');
  if (!labels.every(label => /[a-zA-Z.]/.test(label)) || labels.filter(label => label === '.').length > 1)
    throw new ValueError(`einsum cannot read '${term}' in '${equation}': terms are letters, one an axis, and at most one '...'.`);
  return labels;
};

const expandEllipsis = (labels: readonly string[], count: number): string[] =>
  labels.flatMap(label => (label === '.' ? Array.from({ length: count }, (_, index) => ellipsisLabel(count - index)) : [label]));

/** Equal letters in one term mean the diagonal of these axes. */
const withoutRepeats = ({ node, labels }: Labelled): Labelled => {
  const second = labels.findIndex((label, axis) => labels.indexOf(label) < axis);
  if (second < 0) return { node, labels };
  const first = labels.indexOf(labels[second] as string);
  const rest = labels.filter((_, axis) => axis !== first && axis !== second);
  return withoutRepeats({ node: diagonal(node, first, second), labels: [...rest, labels[second] as string] });
};

/** Sums over axes that are not kept. */
const reduceTo = ({ node, labels }: Labelled, keep: ReadonlySet<string>): Labelled => {
  const axes = labels.flatMap((label, axis) => (keep.has(label) ? [] : [axis]));
  return { node: g.sum(node, axes), labels: labels.filter(label => keep.has(label)) };
};

/** Drops axes of size 1 that broadcast against longer ones of the same letter. */
const dropBroadcast = (x: Labelled, other: Labelled): Labelled => {
  const drop = x.labels.flatMap((label, axis) => {
    const there = other.labels.indexOf(label);
    return there >= 0 && x.node.shape[axis] === 1 && other.node.shape[there] !== 1 ? [axis] : [];
  });
  if (drop.length === 0) return x;
  const kept = (_: unknown, axis: number): boolean => !drop.includes(axis);
  return { node: g.reshape(x.node, x.node.shape.filter(kept)), labels: x.labels.filter(kept) };
};

/** One product of two terms, summed over the letters that neither the result nor a later term has. */
const combine = (first: Labelled, second: Labelled, keep: ReadonlySet<string>): Labelled => {
  let [a, b] = [dropBroadcast(first, second), dropBroadcast(second, first)];
  a = reduceTo(a, new Set([...keep, ...b.labels]));
  b = reduceTo(b, new Set([...keep, ...a.labels]));
  const shared = a.labels.filter(label => b.labels.includes(label));
  const [batch, contract] = [shared.filter(label => keep.has(label)), shared.filter(label => !keep.has(label))];
  const axes = ({ labels }: Labelled, names: readonly string[]): number[] => names.map(name => labels.indexOf(name));
  const free = ({ labels }: Labelled): string[] => labels.filter(label => !shared.includes(label));
  return {
    node: g.contraction(a.node, b.node, { batch: [axes(a, batch), axes(b, batch)], contract: [axes(a, contract), axes(b, contract)] }),
    labels: [...batch, ...free(a), ...free(b)],
  };
};

/** Every letter has one size; axes that '…' stands for may also be 1. */
const checkSizes = (terms: readonly Labelled[], equation: string): void => {
  const sizes = new Map<string, number>();
  for (const { node, labels } of terms)
    labels.forEach((label, axis) => {
      const size = node.shape[axis] as number;
      const known = sizes.get(label);
      const broadcasts = label.startsWith('.') && (size === 1 || known === 1);
      if (known !== undefined && known !== size && !broadcasts)
        throw new ShapeError(
          `einsum '${equation}' needs one size for ${label.startsWith('.') ? "'...'" : label}, got ${known} and ${size}.`,
        );
      if (known === undefined || known === 1) sizes.set(label, size);
    });
};

/** Without '->': the letters that occur once, in alphabetical order, after what '…' stands for. */
const implicitOutput = (terms: readonly (readonly string[])[]): string[] => {
  const all = terms.flat().filter(label => label !== '.');
  const once = [...new Set(all)].filter(label => all.filter(other => other === label).length === 1).sort();
  return terms.some(term => term.includes('.')) ? ['.', ...once] : once;
};

/**
 * Sums of products by the letters of axes: 'bij,bjk->bik'. Letters that the result does not have are summed over; a letter twice in one
 * term is the diagonal; '...' stands for leading axes, which broadcast.
 *
 * @throws ValueError for an equation that cannot be read; ShapeError where sizes do not fit.
 */
export const einsum = (equation: string, operands: readonly Node[]): Node => {
  if (typeof equation !== 'string')
    throw new ValueError(`einsum takes its equation first, as a string, and then the tensors: einsum('ij,jk->ik', a, b).`);
  const [left, right, ...more] = equation.replaceAll(' ', '').split('->');
  const terms = (left as string).split(',').map(term => parseTerm(term, equation));
  if (more.length > 0 || terms.length !== operands.length)
    throw new ValueError(
      `einsum '${equation}' names ${terms.length} tensors and got ${operands.length}: one term for each, then '->' and the result.`,
    );
  const ranks = operands.map((node, index) => {
    const labels = terms[index] as string[];
    const hidden = node.shape.length - labels.filter(label => label !== '.').length;
    if (hidden < 0 || (hidden > 0 && !labels.includes('.')))
      throw new ShapeError(
        `einsum '${equation}' gives ${labels.length} letters to a tensor of shape ${formatShape(node.shape)}: one an axis.`,
      );
    return labels.includes('.') ? hidden : 0;
  });
  const hiddenRank = Math.max(0, ...ranks);
  const output = expandEllipsis(right === undefined ? implicitOutput(terms) : parseTerm(right, equation), hiddenRank);
  const dtype = operands.map(node => node.dtype).reduce(promote);
  const labelled = operands.map((node, index) =>
    withoutRepeats({ node: counted(g.cast(node, dtype)), labels: expandEllipsis(terms[index] as string[], ranks[index] as number) }),
  );
  checkSizes(labelled, equation);
  const known = new Set(labelled.flatMap(term => term.labels));
  const unknown = output.find(label => !known.has(label));
  if (unknown !== undefined || new Set(output).size !== output.length)
    throw new ValueError(`einsum '${equation}' has '${unknown ?? right}' in its result: each letter once, and from one of the tensors.`);
  let result = labelled[0] as Labelled;
  for (let index = 1; index < labelled.length; index++) {
    const later = labelled.slice(index + 1).flatMap(term => term.labels);
    result = combine(result, labelled[index] as Labelled, new Set([...output, ...later]));
  }
  result = reduceTo(result, new Set(output));
  return g.permute(
    result.node,
    output.map(label => result.labels.indexOf(label)),
  );
};

const counted = (x: Node): Node => (x.dtype === 'bool' ? counting(x) : x);
