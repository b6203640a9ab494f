import { expect, test } from 'vitest';
import wabt from 'wabt';
import { gradients } from '../../src/autodiff/gradients.ts';
import { buildModule } from '../../src/backends/wasm/module.ts';
import { planProgram } from '../../src/compiler/program.ts';
import * as g from '../../src/graph/build.ts';
import { input, type Node } from '../../src/graph/node.ts';

/** The code section of a module: type, import and name sections may be written in several ways. */
const codeSection = (bytes: Uint8Array): Uint8Array => {
  let at = 8;
  const unsigned = (): number => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = bytes[at++] as number;
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
      shift += 7;
    }
  };
  for (;;) {
    const id = bytes[at++];
    const size = unsigned();
    if (id === 10) return bytes.subarray(at, at + size);
    at += size;
  }
};

test('the printed module assembles to the very code that runs: names, opcodes and operands agree with the specification', async () => {
  const x = input([19, 45], 'float32');
  const [w, b] = [input([45, 31], 'float32'), input([31], 'float32')];
  const labels = input([19], 'int32');
  const doubles = input([5], 'float64');
  const bytes = input([7], 'uint8');
  const h = g.add(g.contraction(x, w, { batch: [[], []], contract: [[1], [0]] }), b);
  const parts = [g.exp, g.log1p, g.expm1, g.erf, g.sin, g.sigmoid, g.tanh].map(f => g.sum(f(h), [1]));
  const loss = g.sum(g.concat(parts, 0), [0]);
  const [dw, db] = gradients([loss], [g.constant(1, 'float32')], [w, b]) as [Node, Node];
  const outputs = [
    g.sub(w, dw),
    g.sub(b, db),
    g.gather(h, labels, { axis: 0, batchDims: 0 }),
    g.scatter(h, labels, g.flip(h, [0]), { axis: 0, batchDims: 0, mode: 'add' }),
    g.argSort(h, 1),
    g.argMax(h, 0),
    g.pow(g.sqrt(doubles), 1.5),
    g.cast(g.cast(h, 'float16'), 'bfloat16'),
    g.mod(g.cast(bytes, 'int32'), 3),
    g.randomBits(g.slice(labels, [0], [2]), [9], 24),
  ];
  const inputs = [x, w, b, labels, doubles, bytes];
  const program = planProgram(inputs, outputs, [1, 2, ...outputs.slice(2).map(() => -1)]);
  const module = buildModule(program, inputs.length, outputs.length, { relaxed: true });
  const tools = await wabt();
  const parsed = tools.parseWat('program.wat', module.text(), {
    simd: true,
    relaxed_simd: true,
    bulk_memory: true,
    sat_float_to_int: true,
  });
  const { buffer } = parsed.toBinary({ write_debug_names: false });
  expect(Buffer.from(codeSection(buffer)).equals(Buffer.from(codeSection(module.bytes)))).toBe(true);
});
