import type { Node } from '../node.ts';
import { type Bound, match, type Pattern } from './pattern.ts';

/** An identity: where a node matches the pattern, it is replaced by an equal one that is cheaper. */
export interface Rule {
  /** The identity, as one writes it. */
  readonly name: string;
  readonly pattern: Pattern;
  /** The other side, or undefined where the identity does not hold or does not help. */
  readonly apply: (node: Node) => Node | undefined;
}

interface Options<Names extends string> {
  /** Where the identity holds, beyond the pattern. */
  readonly where?: (bound: Bound<Names>, node: Node) => boolean;
}

/** A rule whose other side is built from what the names of its pattern are; `node` is the root of what matched. */
export const rule = <Names extends string>(
  name: string,
  pattern: Pattern<Names>,
  build: (bound: Bound<Names>, node: Node) => Node | undefined,
  { where = () => true }: Options<Names> = {},
): Rule => ({
  name,
  pattern,
  apply: node => {
    const found = match(pattern, node);
    if (found === undefined) return undefined;
    const bound = Object.fromEntries(found) as Bound<Names>;
    return where(bound, node) ? build(bound, node) : undefined;
  },
});
