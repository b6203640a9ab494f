import type { Node } from '../graph/node.ts';
import type { Attributes } from '../graph/ops.ts';
import { rewrite } from '../graph/rewrites/rewrite.ts';
import { sameAffine } from './affine.ts';
import { blocking, costOfPieces } from './blocking.ts';
import { collapsed } from './collapse.ts';
import { plainTile, planContraction, type TiledContraction, type TileShape } from './contraction.ts';
import { type Epilogue, epilogueOf } from './epilogue.ts';
import { loadsOf } from './expression.ts';
import { fuse } from './fuse.ts';
import { type Body, type Kernel, type LoopKernel, readsOf, type Schedule, type SortKernel, writesOf } from './kernel.ts';
import { bytesOf, type Lifetime, lifetimes, place, usedIn } from './memoryPlan.ts';
import { inPartials } from './partial.ts';
import { oneThread, type Parallelism, type Split, splitBlocks, splitLoops, splitSort } from './split.ts';

/** Where an array lies: in the memory of an argument or in the arena, possibly moving with the rounds of enclosing loops. */
export interface Location {
  readonly base: 'input' | 'output' | 'arena';
  /** Which input or output. */
  readonly index: number;
  readonly offset: number;
  readonly moving: readonly { readonly loop: number; readonly bytes: number }[];
}

/** What the program does, in order. Arrays are named by their nodes. */
export type Step =
  | {
      readonly kind: 'call';
      readonly kernel: LoopKernel | TiledContraction | SortKernel;
      readonly arrays: readonly Node[];
      /** How threads share it; absent where one does it all. */
      readonly split?: Split;
    }
  | { readonly kind: 'copy'; readonly from: Node; readonly to: Node; readonly bytes: number }
  | { readonly kind: 'loop'; readonly id: number; readonly count: number; readonly body: readonly Step[] }
  | { readonly kind: 'branch'; readonly predicate: Node; readonly whenTrue: readonly Step[]; readonly otherwise: readonly Step[] }
  | { readonly kind: 'while'; readonly condition: readonly Step[]; readonly predicate: Node; readonly body: readonly Step[] };

/** A compiled graph without device code: steps and a static memory plan. */
export interface Program {
  readonly steps: readonly Step[];
  readonly locations: ReadonlyMap<Node, Location>;
  readonly arenaBytes: number;
  /** Arrays of donated outputs: state that lives on from step to step. */
  readonly state: ReadonlySet<Node>;
}

/** An array that is a place in another one: `of`, plus `bytes` for each round of loop `loop`. */
interface Alias {
  readonly of: Node;
  readonly loop: number;
  readonly bytes: number;
  readonly reverseFrom: number;
}

/** Turns kernels into steps and collects which arrays are views into others. */
class Linearizer {
  readonly aliases: Map<Node, Alias> = new Map();
  private loops = 0;
  private readonly tile: TileShape;
  private readonly parallelism: Parallelism;

  constructor(tile: TileShape, parallelism: Parallelism) {
    this.tile = tile;
    this.parallelism = parallelism;
  }

  steps(schedule: Schedule): Step[] {
    return this.withEpilogues(
      schedule.kernels.flatMap(kernel => this.kernel(kernel)),
      new Set(schedule.outputs),
    );
  }

  /** A map that is the first to read a product moves into its contraction, where what else it reads is there by then. */
  private withEpilogues(steps: readonly Step[], outputs: ReadonlySet<Node>): Step[] {
    const resolve = (node: Node): Node => this.aliases.get(node)?.of ?? node;
    const users = new Map<Node, number[]>();
    const writers = new Map<Node, number>();
    steps.forEach((step, index) => {
      for (const node of usedIn(step, resolve)) users.set(node, [...(users.get(node) ?? []), index]);
      if (step.kind === 'call')
        for (const node of step.kernel.kind === 'tiles' ? [step.kernel.node] : writesOf(step.kernel)) writers.set(node, index);
    });
    const result: (Step | undefined)[] = [...steps];
    const movedTo = new Map<number, number>();
    steps.forEach((step, index) => {
      if (step.kind !== 'call' || step.kernel.kind !== 'tiles' || outputs.has(step.kernel.node)) return;
      const { kernel } = step;
      const [, reader] = users.get(kernel.node) ?? [];
      const map = reader === undefined ? undefined : steps[reader];
      if (reader === undefined || map?.kind !== 'call' || map.kernel.kind !== 'loops' || movedTo.has(reader)) return;
      const written = writesOf(map.kernel);
      const earlier = (node: Node): boolean => {
        const writer = writers.get(node);
        // Made in a control step: between the two, for all that is known here.
        const made = writer ?? (users.get(node) ?? []).find(at => steps[at]?.kind !== 'call') ?? -1;
        return (movedTo.get(made) ?? made) < index;
      };
      if (!map.arrays.every(node => node === kernel.node || written.includes(node) || earlier(resolve(node)))) return;
      // What others write first (the padding around a product) must be there before the map.
      if (written.some(node => users.get(resolve(node))?.[0] !== reader)) return;
      const epilogue = epilogueOf(kernel, map.kernel, map.arrays);
      if (epilogue === undefined) return;
      const blocks = blocking(kernel, this.parallelism, epilogue.columnBytes === undefined ? Infinity : costOfPieces(kernel));
      result[index] = { kind: 'call', kernel: { ...kernel, ...blocks, epilogue }, arrays: [...step.arrays, ...map.arrays] };
      result[reader] = undefined;
      movedTo.set(reader, index);
    });
    return result.filter(step => step !== undefined).map(step => this.shared(step));
  }

  private shared(step: Step): Step {
    if (step.kind !== 'call') return step;
    const kernel = step.kernel.kind === 'loops' ? collapsed(step.kernel) : step.kernel;
    const split =
      kernel.kind === 'tiles'
        ? splitBlocks(kernel, this.parallelism)
        : kernel.kind === 'sort'
          ? splitSort(kernel, this.parallelism)
          : splitLoops(kernel, this.parallelism);
    return split === undefined ? { ...step, kernel } : { ...step, kernel, split };
  }

  private kernel(kernel: Kernel): Step[] {
    if (kernel.kind === 'contraction') return planContraction(kernel, this.tile, this.parallelism).map(step => this.call(step));
    if (kernel.kind === 'loops') return (inPartials(kernel) ?? [kernel]).map(part => this.call(part));
    if (kernel.kind !== 'control') return [this.call(kernel)];
    const { node, parts, bodies } = kernel;
    const [first, second] = bodies as [Body, Body];
    const alias = (inner: Node, of: Node, loop = -1, bytes = 0, reverseFrom = 0): void =>
      void this.aliases.set(inner, { of, loop, bytes, reverseFrom });
    if (node.op === 'cond') {
      const [predicate, ...args] = node.inputs as [Node, ...Node[]];
      for (const { graph, schedule } of bodies) {
        graph.inputs.forEach((inner, i) => alias(inner, args[i] as Node));
        schedule.outputs.forEach((inner, i) => alias(inner, parts[i] as Node));
      }
      return [{ kind: 'branch', predicate, whenTrue: this.steps(first.schedule), otherwise: this.steps(second.schedule) }];
    }
    const constants = (node.attributes as Attributes['scan'] | Attributes['while']).constants;
    const carries = node.op === 'scan' ? (node.attributes as Attributes['scan']).carries : parts.length;
    const start = node.inputs.slice(constants, constants + carries);
    const copies = (from: readonly Node[]): Step[] =>
      from.map((source, i) => ({ kind: 'copy', from: source, to: parts[i] as Node, bytes: bytesOf(parts[i] as Node) }));
    /** The body's end: its state becomes the next round's. */
    const next = (steps: readonly Step[], { graph, schedule }: Body): Step[] => {
      const states = graph.inputs.slice(constants, constants + carries);
      const inPlace = states.map((state, i) => this.replaces(steps, state, schedule.outputs[i] as Node, schedule.outputs));
      const rest = copies(schedule.outputs.slice(0, carries)).filter((_, i) => !inPlace[i]);
      inPlace.forEach((replaced, i) => replaced && alias(schedule.outputs[i] as Node, parts[i] as Node));
      return [...steps, ...rest];
    };
    for (const { graph } of bodies) {
      graph.inputs.slice(0, constants).forEach((inner, i) => alias(inner, node.inputs[i] as Node));
      graph.inputs.slice(constants, constants + carries).forEach((inner, i) => alias(inner, parts[i] as Node));
    }
    if (node.op === 'while') {
      const [predicate] = first.schedule.outputs as [Node];
      const body = next(this.steps(second.schedule), second);
      return [...copies(start), { kind: 'while', condition: this.steps(first.schedule), predicate, body }];
    }
    const { length, reverse } = node.attributes as Attributes['scan'];
    const id = this.loops++;
    const move = (inner: Node, of: Node): void => {
      const bytes = bytesOf(inner);
      alias(inner, of, id, reverse ? -bytes : bytes, reverse ? (length - 1) * bytes : 0);
    };
    first.graph.inputs.slice(constants + carries).forEach((inner, i) => move(inner, node.inputs[constants + carries + i] as Node));
    first.schedule.outputs.slice(carries).forEach((inner, i) => move(inner, parts[carries + i] as Node));
    const outer = new Set(node.inputs.slice(0, constants));
    const [fixed, moving] = this.withoutInvariants(this.steps(first.schedule), outer, new Set(first.schedule.outputs));
    return [...fixed, ...copies(start), { kind: 'loop', id, count: length, body: next(moving, first) }];
  }

  /** Whether a round may write its new state over the old one: nothing reads the old one later. */
  private replaces(steps: readonly Step[], state: Node, made: Node, outputs: readonly Node[]): boolean {
    if (this.aliases.has(made) || outputs.includes(state) || outputs.filter(output => output === made).length > 1) return false;
    const used = steps.map(step => usedIn(step, node => this.rootOf(node)));
    const writer = used.findIndex(nodes => nodes.has(made));
    const reader = used.findLastIndex(nodes => nodes.has(this.rootOf(state)));
    const step = steps[writer];
    if (step?.kind !== 'call' || !step.arrays.includes(made)) return false;
    return reader < writer || (reader === writer && writesInPlace(step, state, made));
  }

  rootOf(node: Node): Node {
    let root = node;
    for (let alias = this.aliases.get(root); alias !== undefined; alias = this.aliases.get(root)) root = alias.of;
    return root;
  }

  /** Takes out of a loop's body what gives the same in each round: the packing of weights. */
  private withoutInvariants(steps: readonly Step[], outer: ReadonlySet<Node>, outputs: ReadonlySet<Node>): [Step[], Step[]] {
    const known = new Set<Node>(outer);
    // An item of a sequence is another one in each round, also where the whole sequence is a constant besides.
    const stays = (node: Node): boolean => {
      const alias = this.aliases.get(node);
      return alias === undefined ? known.has(node) : alias.loop < 0 && known.has(alias.of);
    };
    const writes = (step: Step): readonly Node[] => (step.kind !== 'call' || step.kernel.kind === 'tiles' ? [] : writesOf(step.kernel));
    const writers = new Map<Node, number>();
    for (const step of steps) for (const node of writes(step)) writers.set(node, (writers.get(node) ?? 0) + 1);
    const [fixed, moving]: [Step[], Step[]] = [[], []];
    for (const step of steps) {
      const written = writes(step);
      const isFixed =
        step.kind === 'call' &&
        written.length > 0 &&
        written.every(node => writers.get(node) === 1 && !outputs.has(node) && !this.aliases.has(node)) &&
        step.arrays.every(node => written.includes(node) || stays(node));
      if (isFixed) for (const node of written) known.add(node);
      (isFixed ? fixed : moving).push(step);
    }
    return [fixed, moving];
  }

  private call(kernel: LoopKernel | TiledContraction | SortKernel): Step {
    if (kernel.kind === 'tiles') return { kind: 'call', kernel, arrays: [kernel.a, kernel.b, kernel.node] };
    return { kind: 'call', kernel, arrays: [...new Set([...readsOf(kernel), ...writesOf(kernel)])] };
  }
}

/** Whether a kernel may write `output` over `input`: it reads of it only the element it is about to write, and not after that. */
const writesInPlace = (step: Step, input: Node, output: Node): boolean => {
  if (step.kind !== 'call' || step.kernel.kind === 'sort') return false;
  const { kernel } = step;
  if (kernel.kind === 'tiles' && (kernel.epilogue === undefined || kernel.a === input || kernel.b === input)) return false;
  const { stages, rowStores } = kernel.kind === 'loops' ? kernel : (kernel.epilogue as Epilogue).kernelFor(1, 1);
  const lastPass = stages.at(-1)?.stores ?? [];
  const store = [...lastPass, ...rowStores].find(other => other.node === output);
  if (store === undefined || store.mode !== 'set' || store.indirect.length > 0) return false;
  if (lastPass.includes(store) && rowStores.length > 0) return false;
  const values = [...stages.flatMap(stage => [...stage.reductions, ...stage.stores]), ...rowStores].map(({ value }) => value);
  return loadsOf(values).every(load => load.node !== input || (load.indirect.length === 0 && sameAffine(load.affine, store.affine)));
};

/**
 * Moves what writes a new state behind the last reader of the old one, so that it can write in place; unless what it writes is read
 * before that.
 */
const updatesLast = (
  steps: readonly Step[],
  updates: readonly { readonly node: Node; readonly source: Node }[],
  resolve: (node: Node) => Node,
): Step[] => {
  const list = steps.map(step => ({ step, used: usedIn(step, resolve) }));
  for (const { node, source } of updates) {
    const writer = list.findIndex(({ used }) => used.has(node));
    const reader = list.findLastIndex(({ used }) => used.has(source));
    const item = list[writer];
    if (item === undefined || reader <= writer || item.step.kind !== 'call') continue;
    const { kernel } = item.step;
    const written =
      kernel.kind === 'tiles'
        ? [kernel.node, ...(kernel.epilogue === undefined ? [] : writesOf(kernel.epilogue.kernelFor(1, 1)))]
        : writesOf(kernel);
    const between = list.slice(writer + 1, reader + 1);
    if (written.some(array => between.some(({ used }) => used.has(resolve(array))))) continue;
    list.splice(writer, 1);
    list.splice(reader, 0, item);
  }
  return list.map(({ step }) => step);
};

/**
 * From a graph to steps and memory. `donated[o]` is the input whose memory output o takes over, or -1; `tile`: see
 * `planContraction`; `fusion`: see `fuse`; `parallelism`: the threads that share large kernels.
 */
export const planProgram = (
  inputs: readonly Node[],
  outputs: readonly Node[],
  donated: readonly number[],
  { tile = plainTile, fusion = true, parallelism = oneThread }: { tile?: TileShape; fusion?: boolean; parallelism?: Parallelism } = {},
): Program => {
  const rewritten = rewrite(outputs);
  const keep = new Set<number>();
  rewritten.forEach((output, index) => {
    if (donated[index] !== undefined && donated[index] >= 0 && output === inputs[donated[index]]) keep.add(index);
  });
  const schedule = fuse({ inputs, outputs: rewritten }, { keep, fusion });
  const linearizer = new Linearizer(tile, parallelism);
  const made = linearizer.steps(schedule);
  const { aliases } = linearizer;
  const resolve = (node: Node): Node => linearizer.rootOf(node);
  const updates = schedule.outputs.flatMap((node, index) => {
    const from = keep.has(index) ? -1 : (donated[index] ?? -1);
    return from < 0 ? [] : [{ node, source: inputs[from] as Node }];
  });
  const steps = updatesLast(made, updates, resolve);
  const locations = new Map<Node, Location>();
  inputs.forEach((node, index) => locations.set(node, { base: 'input', index, offset: 0, moving: [] }));
  const lives = lifetimes(steps, resolve);
  const [firstUse, lastUse] = [new Map<Node, number>(), new Map<Node, number>()];
  steps.forEach((step, index) => {
    for (const node of usedIn(step, resolve)) {
      if (!firstUse.has(node)) firstUse.set(node, index);
      lastUse.set(node, index);
    }
  });
  const state = new Set<Node>();
  schedule.outputs.forEach((node, index) => {
    if (keep.has(index)) return;
    const from = donated[index] ?? -1;
    if (from < 0) {
      locations.set(node, { base: 'output', index, offset: 0, moving: [] });
      return;
    }
    state.add(node);
    const source = inputs[from] as Node;
    const written = firstUse.get(node) ?? -1;
    const writer = steps[written];
    const readLast = (lastUse.get(source) ?? -1) <= written;
    if (writer !== undefined && readLast && writesInPlace(writer, source, node))
      locations.set(node, { base: 'input', index: from, offset: 0, moving: [] });
    else {
      steps.push({ kind: 'copy', from: node, to: source, bytes: bytesOf(node) });
      (lives.get(node) as Lifetime).last = Number.MAX_SAFE_INTEGER;
    }
  });
  const temporaries = [...lives].filter(([node]) => !locations.has(node)).map(([node, life]) => ({ node, life }));
  const { offsets, bytes } = place(temporaries);
  for (const [node, offset] of offsets) locations.set(node, { base: 'arena', index: 0, offset, moving: [] });
  const locate = (node: Node): Location => {
    const known = locations.get(node);
    if (known !== undefined) return known;
    const alias = aliases.get(node) as Alias;
    const of = locate(alias.of);
    const moving = alias.loop < 0 ? of.moving : [...of.moving, { loop: alias.loop, bytes: alias.bytes }];
    const location = { ...of, offset: of.offset + alias.reverseFrom, moving };
    locations.set(node, location);
    return location;
  };
  for (const node of aliases.keys()) if (lives.has(resolve(node)) || locations.has(resolve(node))) locate(node);
  return { steps, locations, arenaBytes: bytes, state };
};
