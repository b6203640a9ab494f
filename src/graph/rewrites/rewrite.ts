import { intern, type Node, topological } from '../node.ts';
import type { Attributes, Op, Subgraph } from '../ops.ts';
import { arithmetic, logic, numbers, powers, repetition, stableForms } from './algebra.ts';
import { identities } from './identities.ts';
import { moves } from './layout.ts';
import { products } from './products.ts';
import { reductions } from './reductions.ts';
import type { Rule } from './rule.ts';
import { joinScans } from './scans/join.ts';
import { tidyScans } from './scans/tidy.ts';

/** Every identity, in the order in which they are tried. Each makes a graph smaller by some measure, so rewriting ends. */
export const rules: readonly Rule[] = [
  ...identities,
  ...numbers,
  ...arithmetic,
  ...powers,
  ...stableForms,
  ...logic,
  ...moves,
  ...reductions,
  ...products,
  ...repetition,
];

const rulesOf = new Map<Op, Rule[]>();
for (const rule of rules) {
  if (rule.pattern.kind !== 'operation') continue;
  const known = rulesOf.get(rule.pattern.op);
  if (known === undefined) rulesOf.set(rule.pattern.op, [rule]);
  else known.push(rule);
}

/** Is told of each rule that fires, and where. */
export type Trace = (rule: Rule, before: Node, after: Node) => void;

const rewrittenBodies = new WeakMap<Subgraph, Subgraph>();

/** A body is rewritten once, so that equal loops stay equal nodes. */
const rewriteBody = (body: Subgraph, trace: Trace | undefined): Subgraph => {
  const known = rewrittenBodies.get(body);
  if (known !== undefined) return known;
  const outputs = rewrite(body.outputs, trace);
  const same = outputs.every((node, index) => node === body.outputs[index]);
  const result = same ? body : { inputs: body.inputs, outputs };
  rewrittenBodies.set(body, result);
  rewrittenBodies.set(result, result);
  return result;
};

const isSubgraph = (value: unknown): value is Subgraph => typeof value === 'object' && value !== null && 'outputs' in value;

/** Attributes with their bodies rewritten; the same object where nothing changed. */
const rewriteAttributes = (node: Node, trace: Trace | undefined): Attributes[Op] => {
  if (node.op !== 'scan' && node.op !== 'cond' && node.op !== 'while') return node.attributes;
  const entries = Object.entries(node.attributes).map(([key, value]) => [key, isSubgraph(value) ? rewriteBody(value, trace) : value]);
  const changed = entries.some(([key, value]) => (node.attributes as Record<string, unknown>)[key as string] !== value);
  return changed ? (Object.fromEntries(entries) as Attributes[Op]) : node.attributes;
};

/** Applies rules, from the leaves up, until none fires. */
const applyRules = (outputs: readonly Node[], trace: Trace | undefined): Node[] => {
  const normal = new Map<Node, Node>(); // to the node that no rule changes
  const simplify = (node: Node): Node => {
    for (const rule of rulesOf.get(node.op) ?? []) {
      const after = node.value === undefined ? rule.apply(node) : undefined;
      if (after === undefined || after === node) continue;
      trace?.(rule, node, after);
      return after;
    }
    return node;
  };
  const normalize = (root: Node): Node => {
    for (const node of topological([root], normal)) {
      if (normal.has(node)) continue;
      const inputs = node.inputs.map(known => normal.get(known) as Node);
      const attributes = rewriteAttributes(node, trace);
      const same = attributes === node.attributes && inputs.every((known, index) => known === node.inputs[index]);
      const rebuilt = same ? node : (intern(node.op, inputs, attributes) as Node);
      let result = normal.get(rebuilt);
      if (result === undefined) {
        const simplified = simplify(rebuilt);
        result = simplified === rebuilt ? rebuilt : normalize(simplified);
        normal.set(rebuilt, result);
      }
      normal.set(node, result);
    }
    return normal.get(root) as Node;
  };
  return outputs.map(normalize);
};

/**
 * The same outputs, computed with less work. Values stay the same up to rounding, NaN and infinities included.
 * Marks, stopped and custom gradients are gone: differentiate first. Inputs and nodes with a value stay as they are.
 */
export const rewrite = (outputs: readonly Node[], trace?: Trace): Node[] => {
  const simplified = applyRules(joinScans(outputs), trace);
  const tidied = tidyScans(simplified);
  return tidied.every((node, index) => node === simplified[index]) ? simplified : applyRules(tidied, trace);
};
