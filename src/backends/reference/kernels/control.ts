import { sizeOf } from '../../../core/shape.ts';
import type { NodeOf } from '../../../graph/node.ts';
import type { ControlOp, Subgraph } from '../../../graph/ops.ts';
import type { Value } from '../value.ts';

/** Evaluates a body on the values of its inputs; of evaluate.ts, which uses these kernels in turn, so it is handed to them. */
export type EvaluateBody = (body: Subgraph, inputs: readonly Value[]) => Value[];

/** From a node and the values of its inputs to the values of its parts. */
export type ControlKernel<O extends ControlOp> = (node: NodeOf<O>, inputs: readonly Value[], evaluate: EvaluateBody) => Value[];

/** Element `index` along axis 0. */
const member = ({ shape, dtype, data }: Value, index: number): Value => {
  const inner = shape.slice(1);
  const size = sizeOf(inner);
  return { shape: inner, dtype, data: data.subarray(index * size, (index + 1) * size) };
};

const scan: ControlKernel<'scan'> = ({ attributes, parts }, inputs, evaluate) => {
  const { body, constants, carries, length, reverse } = attributes;
  const shared = inputs.slice(0, constants);
  const sequences = inputs.slice(constants + carries);
  let carried = inputs.slice(constants, constants + carries);
  const stacks = parts.slice(carries).map(({ shape, dtype }): Value => ({ shape, dtype, data: new Float64Array(sizeOf(shape)) }));
  for (let step = 0; step < length; step++) {
    const index = reverse ? length - 1 - step : step;
    const outputs = evaluate(body, [...shared, ...carried, ...sequences.map(sequence => member(sequence, index))]);
    carried = outputs.slice(0, carries);
    outputs.slice(carries).forEach(({ data }, item) => {
      (stacks[item] as Value).data.set(data, index * data.length);
    });
  }
  return [...carried, ...stacks];
};

const cond: ControlKernel<'cond'> = ({ attributes: { then, otherwise } }, [predicate, ...args], evaluate) =>
  evaluate((predicate as Value).data[0] ? then : otherwise, args);

const whileLoop: ControlKernel<'while'> = ({ attributes: { condition, body, constants } }, inputs, evaluate) => {
  const shared = inputs.slice(0, constants);
  let carried = inputs.slice(constants);
  while ((evaluate(condition, [...shared, ...carried])[0] as Value).data[0]) carried = evaluate(body, [...shared, ...carried]);
  return carried;
};

/** Loops and branches. */
export const controlKernels: { readonly [O in ControlOp]: ControlKernel<O> } = { scan, cond, while: whileLoop };
