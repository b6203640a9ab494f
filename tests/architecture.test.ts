import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sourceFacts } from './support/sourceFacts.ts';

const source = join(import.meta.dirname, '..', 'src');
const lineCeiling = 400;

/** docs/architecture.md, "The floors": what each folder of src may import besides itself. `public` are the package's entries. */
const toTensor = ['core', 'graph', 'autodiff', 'compiler', 'backends', 'tensor'];
const toTrain = [...toTensor, 'nn', 'optimizers', 'data', 'train'];
const mayImport: Readonly<Record<string, readonly string[]>> = {
  core: [],
  graph: ['core'],
  autodiff: ['core', 'graph'],
  compiler: ['core', 'graph'],
  backends: ['core', 'graph', 'compiler'],
  tensor: toTensor,
  nn: toTensor,
  optimizers: toTensor,
  data: toTensor,
  plot: ['core'],
  train: toTrain,
  formats: toTrain,
  explain: toTrain,
  robust: toTrain,
  startup: ['core'],
  node: [...toTrain, 'formats', 'explain', 'robust', 'public'],
  cli: ['public'],
  public: [...toTrain, 'formats', 'explain', 'robust', 'node', 'plot'],
};

/** Folders that know their platform; all others run anywhere, and the platform reaches them through core/platform. */
const platformFolders = new Set(['startup', 'node', 'cli']);
const platformSeam = /^core\/platform(\/|\.ts$)/;

/** Globals that only Node or only a page has. */
const platformGlobals = [
  ...['process', 'Buffer', 'require', '__dirname', '__filename', 'setImmediate'],
  ...['window', 'document', 'navigator', 'location', 'localStorage', 'sessionStorage', 'indexedDB', 'XMLHttpRequest'],
  ...['HTMLElement', 'HTMLCanvasElement', 'HTMLImageElement', 'CanvasRenderingContext2D', 'ImageData', 'Image', 'DOMParser', 'alert'],
  ...['requestAnimationFrame', 'customElements', 'MutationObserver'],
];

/** `src/index.ts` and each folder's own `index.ts` that the package exports. */
const publicEntries = ['index.ts', ...['data', 'formats', 'explain', 'robust', 'node', 'plot'].map(folder => `${folder}/index.ts`)];

const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] as string) : 'public');

/** What a file under src (path relative to it, with forward slashes) does against the rules: one line each. */
const violations = (path: string, code: string): string[] => {
  const found: string[] = [];
  const folder = folderOf(path);
  const lines = code.split('\n').length - 1;
  if (lines > lineCeiling) found.push(`${path} has ${lines} lines: the ceiling is ${lineCeiling}, split it by meaning`);
  const { imports, globals, hasDefaultExport } = sourceFacts(code);
  if (hasDefaultExport) found.push(`${path} has a default export: name it`);
  if (path.endsWith('.test.ts')) return found; // a test may reach for the oracle, for Vitest and for files
  const allowed = mayImport[folder];
  if (allowed === undefined) return [...found, `${path} is in a folder that the table of floors does not know`];
  for (const specifier of imports) {
    if (!specifier.startsWith('.')) {
      if (!platformFolders.has(folder) || !specifier.startsWith('node:'))
        found.push(`${path} imports ${specifier}: ${folder} imports neither Node's modules nor packages`);
      continue;
    }
    const target = posix.join(posix.dirname(path), specifier);
    const targetFolder = folderOf(target);
    if (targetFolder === folder && folder !== 'public') continue;
    const isEntry = publicEntries.includes(target);
    if (!allowed.includes(targetFolder) && !(isEntry && allowed.includes('public')))
      found.push(`${path} imports ${target}: ${folder} may import ${allowed.join(', ') || 'nothing'}`);
  }
  if (!platformFolders.has(folder) && !platformSeam.test(path))
    for (const name of platformGlobals)
      if (globals.has(name)) found.push(`${path} uses ${name}, which not every platform has: ask core/platform.ts`);
  return found;
};

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map(path => path.replaceAll('\\', '/'))
  .filter(path => path.endsWith('.ts'));

test('every file of src keeps the table of floors', () => {
  expect(files.length).toBeGreaterThan(5);
  expect(files.flatMap(path => violations(path, readFileSync(join(source, path), 'utf8')))).toEqual([]);
});

describe('the rules see', () => {
  const cases: readonly (readonly [what: string, path: string, code: string, complaint: string])[] = [
    ['an upward import', 'graph/a.ts', `import { x } from '../compiler/b.ts'`, 'graph/a.ts imports compiler/b.ts: graph may import core'],
    ['an upward type import', 'core/a.ts', `import type { X } from '../graph/b.ts'`, 'core may import nothing'],
    ['an upward re-export', 'nn/a.ts', `export * from '../train/b.ts'`, 'nn/a.ts imports train/b.ts'],
    ['a sideways import', 'nn/a.ts', `import { x } from '../optimizers/b.ts'`, 'nn/a.ts imports optimizers/b.ts'],
    ['an inline type import', 'core/a.ts', `export type A = import('../graph/b.ts').B`, 'core may import nothing'],
    ['a deep import of the command line', 'cli/a.ts', `import { x } from '../train/fit.ts'`, 'cli/a.ts imports train/fit.ts'],
    ['a Node module', 'train/a.ts', `import { open } from 'node:fs'`, 'train/a.ts imports node:fs'],
    ['a Node module, lazily', 'data/a.ts', `const fs = await import('node:fs')`, 'data/a.ts imports node:fs'],
    ['a package', 'cli/a.ts', `import chalk from 'chalk'`, 'cli/a.ts imports chalk'],
    ['a global of the page', 'tensor/a.ts', `export const title = () => document.title`, 'tensor/a.ts uses document'],
    ['a global by globalThis', 'train/a.ts', `export const p = globalThis.process`, 'train/a.ts uses process'],
    ['a type of the page', 'data/a.ts', `export const f = (e: HTMLElement): number => 1`, 'data/a.ts uses HTMLElement'],
    ['a default export', 'cli/a.ts', `export default 1`, 'cli/a.ts has a default export'],
    ['a renamed default export', 'cli/a.ts', `const a = 1; export { a as default }`, 'cli/a.ts has a default export'],
    ['a long file', 'core/a.ts', '\n'.repeat(401), 'core/a.ts has 401 lines'],
    ['an unknown folder', 'helpers/a.ts', '', 'helpers/a.ts is in a folder that the table of floors does not know'],
  ];
  test.each(cases)('%s', (_, path, code, complaint) => {
    const found = violations(path, code);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(complaint);
  });
});

test('the rules leave alone what is allowed', () => {
  const allowed: [string, string][] = [
    [
      'cli/main.ts',
      `import { open } from 'node:fs'; import { a } from '../index.ts'; import { b } from '../data/index.ts'; import { c } from './c.ts'`,
    ],
    ['index.ts', `export { a } from './tensor/index.ts'; export { b } from './train/index.ts'`],
    ['train/a.ts', `import { adam } from '../optimizers/index.ts'; import { shape } from '../core/shape.ts'`],
    ['core/platform.ts', `export const node = globalThis.process?.versions.node`],
    ['core/a.test.ts', `import { x } from '../graph/b.ts'; import { test } from 'vitest'; const p = process.cwd()`],
    ['compiler/a.ts', `export const f = (window: { size: number }) => window.size; const a = { document: 1 }; a.document`],
    [
      'compiler/b.ts',
      `// import '../train/a.ts' and document\nconst text = "import 'node:fs'"; const { location } = { location: 1 }; location`,
    ],
  ];
  for (const [path, code] of allowed) expect(violations(path, code)).toEqual([]);
});
