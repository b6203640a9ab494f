import { expect, test } from 'vitest';
import { plainFunctions } from '../tools/plainFunctions.ts';

test.each([
  ['const f = (a, b = 1) => { return a + b; };', 'function f(a, b = 1) { return a + b; }'],
  ['const f = a => a + 1;', 'function f(a) {\n\treturn a + 1;\n}'],
  ['const f = () => ({ a: 1 });', 'function f() {\n\treturn ({ a: 1 });\n}'],
  ['const f = async ({ a }, ...rest) => (await a, rest);', 'async function f({ a }, ...rest) {\n\treturn (await a, rest);\n}'],
  ['const f = (next = x => x + 1) => y => next(y);', 'function f(next = x => x + 1) {\n\treturn y => next(y);\n}'],
])('%s becomes a plain function', (arrow, plain) => {
  expect(plainFunctions(`const before = 1;\n${arrow}\nf();`)).toBe(`const before = 1;\n${plain}\nf();`);
});

test.each([
  'const f = () => this;',
  'const f = () => arguments;',
  'let f = () => 1;',
  'const f = () => 1, g = () => 2;',
  'const { f } = { f: () => 1 };',
  'const f = /* @__PURE__ */ (() => 1)();',
])('%s stays', code => {
  expect(plainFunctions(code)).toBe(code);
});
