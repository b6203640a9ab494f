import type { DType } from '../../core/dtype.ts';
import { GradusError } from '../../core/errors.ts';
import { sealed } from '../../graph/substitute.ts';
import type { Buffer, Device, Executable, Graph, RunOptions } from '../device.ts';
import { evaluate } from './evaluate.ts';
import { decode, encode, type Value } from './value.ts';

/** Holds a flat array, or the error that kept it from being computed; neither once it is freed or donated. */
interface ReferenceBuffer extends Buffer {
  content: Float64Array | Error | undefined;
}

const gone = 'a buffer was used after it had been freed or donated.';

const contentOf = (buffer: Buffer): Float64Array | Error => {
  const { content } = buffer as ReferenceBuffer;
  if (content === undefined) throw new GradusError(gone);
  return content;
};

const buffer = (dtype: DType, elements: number, content: Float64Array | Error): ReferenceBuffer => ({ dtype, elements, content });

const toBuffer = ({ dtype, data }: Value): ReferenceBuffer => buffer(dtype, data.length, data);

/** Evaluates once; a failure of the program, or of what it is computed from, becomes the content of all outputs. */
const runOnce = ({ inputs, outputs }: Graph, values: readonly Buffer[]): ReferenceBuffer[] => {
  const contents = values.map(contentOf);
  const failed = contents.find(content => content instanceof Error);
  const fail = (error: Error): ReferenceBuffer[] =>
    outputs.map(({ dtype, shape }) =>
      buffer(
        dtype,
        shape.reduce((a, b) => a * b, 1),
        error,
      ),
    );
  if (failed instanceof Error) return fail(failed);
  try {
    const bindings = inputs.map(({ shape, dtype }, index): Value => ({ shape, dtype, data: contents[index] as Float64Array }));
    return evaluate(outputs, new Map(inputs.map((node, index) => [node, bindings[index] as Value]))).map(toBuffer);
  } catch (error) {
    if (error instanceof GradusError) return fail(error);
    throw error;
  }
};

const run = ({ graph }: Executable, inputs: readonly Buffer[], { repeat = 1 }: RunOptions = {}): readonly Buffer[] => {
  let current = inputs;
  let outputs: readonly Buffer[] = [];
  for (let round = 0; round < repeat; round++) {
    const last = current;
    outputs = runOnce(graph, last);
    current = last.map((known, index) => outputs[graph.donated.indexOf(index)] ?? known);
  }
  for (const index of graph.donated) if (index >= 0) (inputs[index] as ReferenceBuffer).content = undefined;
  return outputs;
};

/** The device of the oracle: plain loops in float64, rounded after each operation. For tests, and where nothing else runs. */
export const referenceDevice = (): Device => ({
  name: 'reference',
  allocate: (dtype, elements) => buffer(dtype, elements, new Float64Array(elements)),
  write: (target, bytes) => {
    contentOf(target);
    (target as ReferenceBuffer).content = decode(bytes, [target.elements], target.dtype).data;
  },
  copy: source => {
    const content = contentOf(source);
    return buffer(source.dtype, source.elements, content instanceof Error ? content : content.slice());
  },
  compile: graph => ({ graph: { ...graph, outputs: sealed(graph.outputs, graph.inputs) }, scratchBytes: 0 }),
  run,
  read: async source => {
    const content = contentOf(source);
    if (content instanceof Error) throw content;
    return encode({ shape: [source.elements], dtype: source.dtype, data: content });
  },
  free: target => {
    (target as ReferenceBuffer).content = undefined;
  },
  finish: async buffers => {
    for (const known of buffers) {
      const content = contentOf(known);
      if (content instanceof Error) throw content;
    }
  },
});
