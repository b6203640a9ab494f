import type { Node } from '../../../src/graph/node.ts';

/** Builds a graph on its inputs. Takes any element type that its inputs' descriptions allow. */
export type Build = (inputs: readonly Node[]) => readonly Node[];

/** Graphs by the name of what they show. */
export type Builds = Readonly<Record<string, Build>>;

/** A builder of one output from one input. */
export const of1 =
  (build: (x: Node) => Node): Build =>
  ([x]) => [build(x as Node)];

/** A builder of one output from two inputs. */
export const of2 =
  (build: (x: Node, y: Node) => Node): Build =>
  ([x, y]) => [build(x as Node, y as Node)];

/** A builder of one output from three inputs. */
export const of3 =
  (build: (x: Node, y: Node, z: Node) => Node): Build =>
  ([x, y, z]) => [build(x as Node, y as Node, z as Node)];
