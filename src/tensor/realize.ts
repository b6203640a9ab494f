import type { Buffer, Device, Executable } from '../backends/device.ts';
import { dtypes } from '../core/dtype.ts';
import { formatShape, GradusError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import { forgetInterned, input, intern, type Node, settle } from '../graph/node.ts';
import { ops } from '../graph/ops.ts';
import { storageFrom } from './convert.ts';
import { countAllocated, currentDevice, scalarBuffer } from './runtime.ts';
import { type Source, type Structure, structureOf } from './structure.ts';
import { bufferOf, heldValue, Value } from './value.ts';

/** Programs by the structure of their graphs, the least recently used first. They hold no values. */
const programs = new Map<string, Executable>();
const programLimit = 512;
let programsOf: Device | undefined;

/** The compiled form of a key, made at the first time. */
const programFor = (device: Device, key: string, compile: () => Executable): Executable => {
  if (programsOf !== device) {
    programs.clear();
    programsOf = device;
  }
  const known = programs.get(key);
  const program = known ?? compile();
  if (known !== undefined) programs.delete(key);
  programs.set(key, program);
  if (programs.size > programLimit) programs.delete(programs.keys().next().value as string);
  return program;
};

const sourceNode = (source: Source): Node => ('leaf' in source ? source.leaf : source.constant);

/** The same graph over new inputs, so that a compiled program does not hold on to the values it was first run with. */
const compileStructure = (device: Device, { order, places, sources }: Structure, outputs: readonly number[]): Executable => {
  const inputs = sources.map(source => input(sourceNode(source).shape, sourceNode(source).dtype));
  const placeholders = new Map(sources.map((source, index) => [sourceNode(source), inputs[index] as Node]));
  const rebuilt: Node[] = [];
  for (const node of order)
    rebuilt.push(
      placeholders.get(node) ??
        intern(
          node.op,
          node.inputs.map(known => rebuilt[places.get(known) as number] as Node),
          node.attributes,
        ),
    );
  return device.compile({ inputs, outputs: outputs.map(place => rebuilt[place] as Node), donated: outputs.map(() => -1) });
};

const sourceBuffer = (device: Device, source: Source): Buffer =>
  'leaf' in source
    ? bufferOf(heldValue(source.leaf) as Value, device)
    : scalarBuffer(device, source.constant.attributes.value, source.constant.dtype);

/** Nodes that some program has computed on its way to something else. */
const passed = new WeakSet<Node>();

const isComputed = ({ op, value }: Node): boolean =>
  value === undefined && ['map', 'reduction', 'structured', 'control'].includes(ops[op].kind);

/**
 * What would be computed a second time: it is kept now, so that a tensor that many others are made from costs two computations at
 * most. Only the last of a chain, since the others are needed for it alone.
 */
const neededAgain = (nodes: Iterable<Node>): Node[] => {
  const again = new Set<Node>();
  for (const node of nodes) {
    if (node.value !== undefined || (passed.has(node) && isComputed(node))) continue;
    for (const known of node.inputs) if (passed.has(known) && isComputed(known) && known.parts.length === 0) again.add(known);
  }
  return [...again];
};

/**
 * What is to be computed: the roots without a value, what was said to be computed together with something on the way, and what is
 * needed again.
 */
const withGroups = (roots: readonly Node[]): Structure & { readonly outputs: readonly Node[] } => {
  const outputs = new Set(roots.filter(node => node.value === undefined));
  for (;;) {
    const structure = structureOf([...outputs]);
    const before = outputs.size;
    for (const node of structure.places.keys())
      if (node.value === undefined && node.group !== undefined)
        for (const member of node.group) if (member.value === undefined) outputs.add(member);
    for (const node of neededAgain(structure.places.keys())) outputs.add(node);
    if (outputs.size === before) return { ...structure, outputs: [...outputs] };
  }
};

/** The leaf whose memory holds the node's elements in the same order; undefined for what must be computed. */
const sharedLeaf = (node: Node, { order, places }: Structure): Node | undefined => {
  let known = order[places.get(node) as number] as Node;
  while (known.value === undefined && known.op === 'reshape') known = order[places.get(known.inputs[0] as Node) as number] as Node;
  return known.value === undefined ? undefined : known;
};

/** Up to so many elements one repeated number is written rather than computed: no program is compiled for it. */
const largestFill = 1 << 22;

/** Gives its value to a node that is one number repeated: zeros, ones. */
const fillIfConstant = (device: Device, node: Node): void => {
  let source = node;
  while (source.value === undefined && (source.op === 'broadcast' || source.op === 'reshape')) source = source.inputs[0] as Node;
  const elements = sizeOf(node.shape);
  if (source.value !== undefined || source.op !== 'constant' || elements > largestFill) return;
  const [number] = storageFrom([(source as Node<'constant'>).attributes.value], node.dtype) as unknown as [number];
  const filled = new dtypes[node.dtype].storage(elements).fill(number);
  const buffer = device.allocate(node.dtype, elements);
  device.write(buffer, new Uint8Array(filled.buffer));
  countAllocated(node.dtype, elements);
  settle(node, new Value(device, buffer));
};

/**
 * Computes nodes, all in one program, and turns them into leaves. Work goes into the device's queue; what goes wrong in the program
 * is reported when a result is read.
 *
 * @throws GradusError for a node that depends on a parameter of a trace.
 */
export const realize = (roots: readonly Node[]): void => {
  if (roots.every(node => node.value !== undefined)) return;
  const symbolic = roots.find(node => node.symbolic);
  if (symbolic !== undefined)
    throw new GradusError(
      `a tensor ${formatShape(symbolic.shape)} inside of jit, vmap, scan or cond has no value yet: it stands for whatever the function will be called with. Return it, and read what the call gives.`,
    );
  const device = currentDevice();
  for (const node of roots) if (node.value === undefined) fillIfConstant(device, node);
  const structure = withGroups(roots);
  const computed = new Map<number, Node[]>(); // by place; several where identities lead to the same one
  const shared: (readonly [Node, Value])[] = [];
  for (const node of structure.outputs) {
    const leaf = sharedLeaf(node, structure);
    if (leaf !== undefined) shared.push([node, heldValue(leaf) as Value]);
    else {
      const place = structure.places.get(node) as number;
      computed.set(place, [...(computed.get(place) ?? []), node]);
    }
  }
  if (computed.size > 0) {
    const places = [...computed.keys()];
    const program = programFor(device, `${structure.key}!${places}`, () => compileStructure(device, structure, places));
    const buffers = device.run(
      program,
      structure.sources.map(source => sourceBuffer(device, source)),
    );
    [...computed.values()].forEach((nodes, index) => {
      const buffer = buffers[index] as Buffer;
      const value = new Value(device, buffer);
      value.lent = nodes.length > 1;
      for (const node of nodes) settle(node, value);
      countAllocated(buffer.dtype, buffer.elements);
    });
  }
  // Not sooner: a node that has its value has no inputs, and others of this program may be computed from it.
  for (const [node, value] of shared) {
    value.lent = true;
    settle(node, value);
  }
  for (const node of structure.places.keys()) if (node.value === undefined) passed.add(node);
  forgetInterned();
};

/** How long a chain of operations may grow before it is computed, so that a loop that never reads runs in constant memory. */
const depthLimit = 64;

let held = 0;

/** Runs a function while nothing is computed behind its back: gradients need the graph between the marks and the loss. */
export const holdGraph = <R>(action: () => R): R => {
  held++;
  try {
    return action();
  } finally {
    held--;
  }
};

/** Whether a function is being traced or differentiated. */
export const isHeld = (): boolean => held > 0;

/** Computes a node whose graph has grown long. */
export const flushIfDeep = (node: Node): void => {
  if (node.depth > depthLimit && held === 0 && !node.symbolic && node.value === undefined) realize([node]);
};
