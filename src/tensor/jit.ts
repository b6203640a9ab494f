import type { Buffer } from '../backends/device.ts';
import { ValueError } from '../core/errors.ts';
import { treeStructure } from '../core/tree.ts';
import { input, type Node } from '../graph/node.ts';
import { Compiled, distinct, matchDonors, traceAs } from './compiled.ts';
import { functionFor, unknownOptions, wholeNumber } from './options.ts';
import { isHeld } from './realize.ts';
import { countAllocated, currentDevice } from './runtime.ts';
import { settleArguments, settleTensors } from './settleArguments.ts';
import { matches, type Signature, signatureOf } from './signature.ts';
import { isTensor, nodeOf, Tensor } from './tensor.ts';
import { type AnyFunction, isLeafOfArgument, leavesIn, tensorsAmong, withNodes } from './trees.ts';
import { bufferOf, heldValue, type PendingWork, Value } from './value.ts';

export interface JitOptions {
  /** Places of arguments whose memory the results may take. Their tensors are consumed. */
  readonly donate?: readonly number[];
}

/** A function traced for arguments of one kind. */
interface Specialised {
  readonly compiled: Compiled;
  readonly result: unknown;
  /** For each tensor of the result its place among the compiled outputs. */
  readonly places: readonly number[];
  readonly captured: readonly Value[];
  /** For each tensor of the arguments whether it is donated. */
  readonly donated: readonly boolean[];
}

/** An input of a call: `donated` where it was given away, `exclusive` where nobody else can see its memory. */
interface CallInput {
  readonly value: Value;
  readonly donated: boolean;
  readonly exclusive: boolean;
}

/** Compiled forms that a function keeps; the oldest goes. */
const specialisedLimit = 256;

/** How many calls may wait for each other before they are run. */
const pendingLimit = 8;

/** A call that is put off until one of its results is needed. */
class Call implements PendingWork {
  readonly depth: number;
  readonly #compiled: Compiled;
  #inputs: readonly CallInput[];
  #outputs: readonly Value[] = [];

  constructor(compiled: Compiled, inputs: readonly CallInput[]) {
    this.#compiled = compiled;
    this.#inputs = inputs;
    let depth = 0;
    for (const { value } of inputs) if (value.pending instanceof Call) depth = Math.max(depth, value.pending.depth);
    this.depth = depth + 1;
  }

  /** The values that the call will fill. */
  outputs(): readonly Value[] {
    const device = currentDevice();
    this.#outputs = this.#compiled.outputs.map(() => new Value(device, undefined, this));
    return this.#outputs;
  }

  run(): void {
    const [inputs, outputs] = [this.#inputs, this.#outputs];
    if (outputs.length === 0) return;
    const device = currentDevice();
    const buffers = inputs.map(({ value, donated, exclusive }, index) => {
      const buffer = bufferOf(value, device);
      return donated && !exclusive && this.#compiled.donated.includes(index) ? device.copy(buffer) : buffer;
    });
    const results = this.#compiled.run(buffers);
    this.#release(inputs, buffers);
    outputs.forEach((value, index) => {
      const buffer = results[index] as Buffer;
      value.buffer = buffer;
      value.pending = undefined;
      if ((this.#compiled.donated[index] as number) < 0) countAllocated(buffer.dtype, buffer.elements);
    });
    this.#inputs = [];
    this.#outputs = [];
  }

  /** What was donated belongs to a result now; where no result could take it, it is freed. */
  #release(inputs: readonly CallInput[], buffers: readonly Buffer[]): void {
    const device = currentDevice();
    inputs.forEach(({ value, donated, exclusive }, index) => {
      if (!donated || !exclusive) return;
      value.buffer = undefined;
      if (!this.#compiled.donated.includes(index)) device.free(buffers[index] as Buffer);
    });
  }
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/** A text that is equal for values that a function cannot tell apart while it is traced. */
const staticKey = (value: unknown): string => {
  if (isTensor(value)) return `${value.dtype}${value.shape}`;
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    return typeof value === 'string' ? JSON.stringify(value) : `${typeof value}${Object.is(value, -0) ? '-0' : String(value)}`;
  let identity = identities.get(value);
  if (identity === undefined) {
    identity = ++lastIdentity;
    identities.set(value, identity);
  }
  return `@${identity}`;
};

const specialise = (f: AnyFunction, args: unknown[], donate: readonly number[]): Specialised => {
  const beyond = donate.find(place => place >= args.length);
  if (beyond !== undefined)
    throw new ValueError(
      `jit donates argument ${beyond}, and was called with ${args.length}: places count from 0. Give that argument, or leave it out of donate.`,
    );
  const { inputs, outputs, paths, result, captured } = traceAs('jit', f, args);
  const unique = distinct(outputs, paths);
  const found = tensorsAmong(args);
  const donated = found.map(({ path }) => donate.includes(Number.parseInt(path, 10)));
  const donors = found.flatMap(({ path }, index) => (donated[index] ? [{ input: index, path }] : []));
  const compiled = new Compiled(inputs, unique.nodes, matchDonors(unique.nodes, unique.paths, inputs, donors));
  compiled.executable(currentDevice()); // what cannot be compiled is reported at the call
  return { compiled, result, places: unique.places, captured, donated };
};

const callInputs = (tensors: readonly Tensor[], { donated, captured }: Specialised): CallInput[] => {
  const uses = new Map<Node, number>();
  if (donated.includes(true)) for (const tensor of tensors) uses.set(Tensor.peek(tensor), (uses.get(Tensor.peek(tensor)) ?? 0) + 1);
  const inputs = tensors.map((tensor, index): CallInput => {
    const node = Tensor.peek(tensor);
    const value = heldValue(node) as Value;
    const isDonated = donated[index] as boolean;
    return { value, donated: isDonated, exclusive: isDonated && node.op === 'input' && !value.lent && uses.get(node) === 1 };
  });
  for (const [index, tensor] of tensors.entries()) {
    if (donated[index]) Tensor.retire(tensor, 'was donated to a function under jit, which consumed it,');
    else nodeOf(tensor); // lent: the call may run later
  }
  for (const value of captured) inputs.push({ value, donated: false, exclusive: false });
  return inputs;
};

/**
 * The same function, traced once for each structure of its arguments (shapes, element types, and the values of what is no tensor) and
 * compiled to one program. Lazy: a result is computed when it is read, or by `await ready(results)`; two equal calls compute twice.
 * Under another transform (`grad`, `vmap`, another `jit`) it is just the function.
 *
 * @throws GradusError where a donated tensor is used afterwards.
 * @example const step = jit((state: State, x: Tensor) => [nextState, loss], { donate: [0] });
 */
export const jit = <F extends AnyFunction>(f: F, options: JitOptions = {}): F => {
  functionFor('jit', f);
  unknownOptions('jit', options, ['donate']);
  const { donate = [] } = options;
  if (!Array.isArray(donate)) throw new ValueError(`jit takes the places of donated arguments as an array: { donate: [0] }.`);
  for (const place of donate) wholeNumber('jit', 'each place in donate', place);
  const known = new Map<string, Specialised>();
  let last: { readonly specialised: Specialised; readonly signature: Signature } | undefined;
  const find = (args: unknown[]): Specialised => {
    const key = `${treeStructure(args, isLeafOfArgument)}${leavesIn(args).map(({ leaf }) => staticKey(leaf))}`;
    let specialised = known.get(key);
    if (specialised === undefined) {
      specialised = specialise(f, args, donate);
      known.set(key, specialised);
      if (known.size > specialisedLimit) known.delete(known.keys().next().value as string);
    }
    return specialised;
  };
  return ((...args: unknown[]) => {
    if (isHeld()) return f(...args);
    let tensors: Tensor[] = [];
    // Mostly it is called as before, which is quicker to see than to look up.
    if (last === undefined || !matches(last.signature, args, tensors)) {
      settleArguments(args);
      last = { specialised: find(args), signature: signatureOf(args) };
      tensors = tensorsAmong(args).map(({ leaf }) => leaf);
    } else settleTensors(tensors);
    const { specialised } = last;
    const { compiled, result, places } = specialised;
    const call = new Call(compiled, callInputs(tensors, specialised));
    const values = call.outputs();
    const leaves = compiled.outputs.map(({ shape, dtype }, index) => {
      const leaf = input(shape, dtype, { symbolic: false });
      const value = values[index] as Value;
      value.lent = places.indexOf(index) !== places.lastIndexOf(index); // stands in the result twice
      leaf.value = value;
      return leaf;
    });
    if (call.depth > pendingLimit) call.run();
    return withNodes(
      result,
      places.map(place => leaves[place] as Node),
    );
  }) as F;
};
