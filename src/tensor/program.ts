import type { Buffer } from '../backends/device.ts';
import { planProgram } from '../compiler/program.ts';
import { byteSize } from '../core/dtype.ts';
import { GradusError } from '../core/errors.ts';
import { sizeOf } from '../core/shape.ts';
import { input, type Node } from '../graph/node.ts';
import { Compiled, traceAs } from './compiled.ts';
import { realize } from './realize.ts';
import { currentDevice } from './runtime.ts';
import { Tensor } from './tensor.ts';
import { checkSame } from './trace.ts';
import { type Found, resultsIn, tensorsIn, withNodes } from './trees.ts';
import { bufferOf, heldValue, Value } from './value.ts';

/**
 * A step `(state, …others) -> state` or `-> [state, outputs]` as one program on buffers. The state is updated in place: a run consumes
 * the buffers of the state and gives those of the next one; the others are only read.
 */
export interface Program<State, Outputs> {
  /** One for each tensor of the state, in order. */
  readonly stateNodes: readonly Node[];
  /** The trees, of tensors that stand for any value: see `tensorsFrom`. */
  readonly state: State;
  readonly outputs: Outputs;
  /**
   * @param others buffers of the other arguments' tensors, in order.
   * @param repeat steps in one call; more than one needs a step without outputs.
   */
  run(
    state: readonly Buffer[],
    others: readonly Buffer[],
    repeat?: number,
  ): { readonly state: readonly Buffer[]; readonly outputs: readonly Buffer[] };
}

/**
 * Traces and compiles a step for the examples' shapes. Tensors that the step uses from outside become inputs that stay.
 *
 * @throws ShapeError where the state comes back in another shape or element type.
 */
export const compileProgram = <State, Others extends readonly unknown[], Outputs = undefined>(
  step: (state: State, ...others: Others) => { readonly state: State; readonly outputs?: Outputs },
  state: State,
  ...others: Others
): Program<State, Outputs> => {
  const before = tensorsIn(state);
  const traced = traceAs(
    'a compiled step',
    (first: State, ...rest: Others) => {
      const { state: next, outputs } = step(first, ...rest);
      return [next, outputs] as const;
    },
    [state, ...others] as const,
  );
  const after = resultsIn('a compiled step', traced.result[0]);
  checkSame(
    'a compiled step',
    'the state',
    before.map(({ leaf }) => leaf),
    after.map(({ leaf }) => leaf),
    before.map(({ path }) => path),
  );
  const count = before.length;
  const donors = before.map((_, index) => index);
  const donated = traced.outputs.map((_, index) => (index < count ? (donors[index] as number) : -1));
  const compiled = new Compiled(traced.inputs, traced.outputs, donated);
  compiled.executable(currentDevice());
  return {
    stateNodes: traced.inputs.slice(0, count),
    state: traced.result[0],
    outputs: traced.result[1] as Outputs,
    run(stateBuffers, otherBuffers, repeat = 1) {
      if (repeat > 1 && traced.outputs.length > count)
        throw new GradusError(`a compiled step with outputs cannot run ${repeat} times in one call: put what it reports into its state.`);
      const device = currentDevice();
      const captured = traced.captured.map(value => bufferOf(value, device));
      const results = compiled.run([...stateBuffers, ...otherBuffers, ...captured], repeat);
      return { state: results.slice(0, count), outputs: results.slice(count) };
    },
  };
};

/** Bytes that a function's program needs at its peak for everything it computes, results included; planned, not run. */
export const plannedBytes = (f: (...args: never[]) => unknown, args: readonly unknown[]): number => {
  const { inputs, outputs } = traceAs('a planned function', f as (...all: unknown[]) => unknown, [...args]);
  const { arenaBytes } = planProgram(
    inputs,
    outputs,
    outputs.map(() => -1),
  );
  return outputs.reduce((sum, { dtype, shape }) => sum + byteSize(dtype, sizeOf(shape)), arenaBytes);
};

const settled = (tree: unknown): { readonly found: Found; readonly value: Value; readonly node: Node }[] => {
  const found = tensorsIn(tree);
  realize(found.map(({ leaf }) => Tensor.peek(leaf)));
  return found.map(one => {
    const node = Tensor.peek(one.leaf);
    return { found: one, node, value: heldValue(node) as Value };
  });
};

/** The buffers of a tree's tensors, to be read while the tensors are alive. */
export const lendBuffers = (tree: unknown): Buffer[] => settled(tree).map(({ value }) => bufferOf(value, currentDevice()));

/** Buffers of one's own with the values of a tree's tensors. */
export const copyBuffers = (tree: unknown): Buffer[] => lendBuffers(tree).map(buffer => currentDevice().copy(buffer));

/** Tensors that own the given buffers, in the shape of a tree; `copy`: they get copies, and the buffers may be used on. */
export const tensorsFrom = <T>(template: T, buffers: readonly Buffer[], { copy = false }: { readonly copy?: boolean } = {}): T => {
  const device = currentDevice();
  return withNodes(
    template,
    tensorsIn(template).map(({ leaf }, index) => {
      const node = input(leaf.shape, leaf.dtype, { symbolic: false });
      const buffer = buffers[index] as Buffer;
      node.value = new Value(device, copy ? device.copy(buffer) : buffer);
      return node;
    }),
  );
};
