import { expect, test } from 'vitest';
import { asFunction, type ChunkFunction } from './chunk.ts';

const evaluate = (chunk: string, modules: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {}) =>
  (new Function(`return ${asFunction(chunk)}`)() as ChunkFunction)(
    name => modules[name] ?? {},
    { url: 'file:///there/chunk.js' },
    async name => modules[name] ?? {},
  );

test('imports, renamed ones too, come from the modules; exports leave under their own names', () => {
  const chunk = [
    'import "./first.js";',
    'import { a as one, $ as $2, c } from "./other.js";',
    'const sum = one + $2 + c;',
    'function twice() { return 2 * sum; }',
    'export { sum, twice as t };',
  ];
  const { sum, t } = evaluate(chunk.join('\n'), { './other.js': { a: 1, $: 10, c: 100 } });
  expect(sum).toBe(111);
  expect((t as () => number)()).toBe(222);
});

test('names of another module are handed on', () => {
  const modules = { '../chunks/x.js': { X: 1, y: 2 } };
  expect(evaluate('export { X as archive, y } from "../chunks/x.js";\n', modules)).toEqual({ archive: 1, y: 2 });
});

test('addresses and later chunks are those of the chunk', async () => {
  const chunk = 'const here = import.meta.url;\nconst later = () => import("./data.js");\nexport { here, later };';
  const { here, later } = evaluate(chunk, { './data.js': { rows: 150 } });
  expect(here).toBe('file:///there/chunk.js');
  expect(await (later as () => Promise<unknown>)()).toEqual({ rows: 150 });
});

test('a line keeps its number, behind an interpreter line and imports too', () => {
  const chunk = '#!/usr/bin/env node\nimport { a } from "./a.js";\nconst x = 1;\nthrow new Error("line 4");\n';
  expect(asFunction(chunk).split('\n')[3]).toContain('line 4');
  expect(asFunction('throw new Error("line 1");\n').split('\n')[0]).toContain('line 1');
});

test('a chunk without imports or exports, or with a text that looks like one', () => {
  expect(evaluate('const x = "export { y };";\n')).toEqual({});
  expect(evaluate('const x = `\nexport { y };\n`;\nexport { x };\n')).toEqual({ x: '\nexport { y };\n' });
});

test('it is strict code', () => {
  expect(() => evaluate('undeclared = 1;\n')).toThrow(ReferenceError);
});
