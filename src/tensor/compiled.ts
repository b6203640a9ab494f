import type { Buffer, Device, Executable } from '../backends/device.ts';
import { GradusError } from '../core/errors.ts';
import { sameShape } from '../core/shape.ts';
import { forgetInterned, type Node } from '../graph/node.ts';
import { realize } from './realize.ts';
import { currentDevice } from './runtime.ts';
import { capturedBy, closedOver, type Traced, traceFunction } from './trace.ts';
import { tensorsAmong, withNodes } from './trees.ts';
import { heldValue, type Value } from './value.ts';

/** A function as a graph, with the values it uses from outside. */
export interface FunctionTrace<R> {
  /** One for each tensor of the arguments, in order; then one for each captured value. */
  readonly inputs: readonly Node[];
  /** One for each tensor of the result, in order. */
  readonly outputs: readonly Node[];
  /** Where these stand in the result. */
  readonly paths: readonly string[];
  /** The result itself, of tensors that stand for any value. */
  readonly result: R;
  readonly captured: readonly Value[];
}

/**
 * Runs a function once with tensors that stand for any of the examples' shapes and element types, and gives its graph. What is no tensor
 * in the examples is handed to it as it is. Tensors from outside are computed, and become inputs after those of the examples.
 */
export const trace = <Args extends readonly unknown[], R>(f: (...args: Args) => R, ...examples: Args): FunctionTrace<R> =>
  traceAs('trace', f, examples);

export const traceAs = <Args extends readonly unknown[], R>(what: string, f: (...args: Args) => R, examples: Args): FunctionTrace<R> => {
  const like = tensorsAmong(examples).map(({ leaf }) => leaf);
  const traced: Traced<R> = traceFunction(what, like, parameters => f(...withNodes(examples, parameters)));
  const captured = capturedBy(traced, { invariants: true });
  if (captured.some(node => node.symbolic))
    throw new GradusError(
      `${what}: the function uses a tensor that belongs to another trace, which has ended. Pass it as an argument, or return it from there.`,
    );
  realize(captured);
  const { parameters, outputs } = closedOver(traced, captured);
  const values = captured.map(node => heldValue(node) as Value);
  for (const value of values) value.lent = true;
  forgetInterned(); // what is made from constants in here must not become a tensor's outside
  return { inputs: [...traced.parameters, ...parameters], outputs, paths: traced.paths, result: traced.result, captured: values };
};

/** An argument whose memory a result may take. */
export interface Donor {
  /** Its place among the inputs. */
  readonly input: number;
  /** Its place in the arguments: `0.layers.1.kernel`. */
  readonly path: string;
}

const withoutFirst = (path: string): string => path.slice(path.indexOf('.') + 1);

/**
 * For each output the input whose memory it takes, or -1: of equal shape and element type, at the same place in its tree if there is
 * such a one, else the first in order.
 */
export const matchDonors = (
  outputs: readonly Node[],
  paths: readonly string[],
  inputs: readonly Node[],
  donors: readonly Donor[],
): number[] => {
  const taken = outputs.map(() => -1);
  const given = new Set<number>();
  const rounds: ((donor: Donor, path: string) => boolean)[] = [
    (donor, path) => donor.path === path,
    (donor, path) => withoutFirst(donor.path) === withoutFirst(path) || withoutFirst(donor.path) === path,
    () => true,
  ];
  for (const agrees of rounds)
    for (const donor of donors) {
      if (given.has(donor.input)) continue;
      const from = inputs[donor.input] as Node;
      const to = outputs.findIndex(
        (node, index) =>
          taken[index] === -1 && node.dtype === from.dtype && sameShape(node.shape, from.shape) && agrees(donor, paths[index] as string),
      );
      if (to < 0) continue;
      taken[to] = donor.input;
      given.add(donor.input);
    }
  return taken;
};

/** A graph's outputs, each once, and where each output of the function is among them. */
export const distinct = (
  outputs: readonly Node[],
  paths: readonly string[],
): { readonly nodes: Node[]; readonly paths: string[]; readonly places: number[] } => {
  const nodes = [...new Set(outputs)];
  return { nodes, paths: nodes.map(node => paths[outputs.indexOf(node)] as string), places: outputs.map(node => nodes.indexOf(node)) };
};

/** The compiled form of a graph, made anew when another device has been chosen. */
export class Compiled {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  readonly donated: readonly number[];
  #device: Device | undefined;
  #executable: Executable | undefined;

  constructor(inputs: readonly Node[], outputs: readonly Node[], donated: readonly number[]) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.donated = donated;
  }

  executable(device: Device): Executable {
    if (this.#executable === undefined || this.#device !== device) {
      this.#executable = device.compile({ inputs: this.inputs, outputs: this.outputs, donated: this.donated });
      this.#device = device;
    }
    return this.#executable;
  }

  run(buffers: readonly Buffer[], repeat = 1): readonly Buffer[] {
    const device = currentDevice();
    return device.run(this.executable(device), buffers, { repeat });
  }
}
