// Builds the package into dist (or the folder given): tsc checks and writes the types, rolldown joins the modules, because loading 170
// files takes Node three times as long as running what is in them. Node's entries load the same chunks through src/startup.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';
import { asFunction } from '../src/startup/chunk.ts';
import { plainFunctions } from './plainFunctions.ts';

const root = new URL('..', import.meta.url).pathname;
const target = resolve(root, process.argv[2] ?? 'dist');

const escapeUnit = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Plain functions, only ASCII (which is loaded without decoding), and no trace of the folder that was built in. */
const quickToLoad = (code: string, modules: string): string =>
  plainFunctions(code.replaceAll(`// ${relative(root, modules)}/`, '// '))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is ASCII
    .replaceAll(/[^\x00-\x7f]/g, escapeUnit);

/** Joins what the entries need, name to compiled module, into the target folder. */
const bundle = async (modules: string, entries: Readonly<Record<string, string>>, define: Record<string, string> = {}): Promise<void> => {
  const input = Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(modules, path)]));
  const joined = await rolldown({
    input,
    platform: 'neutral',
    external: [/^node:/],
    transform: { define },
  });
  const { output } = await joined.write({
    dir: target,
    format: 'esm',
    comments: { annotation: true, jsdoc: false, legal: true },
    entryFileNames: '[name].js',
    chunkFileNames: 'chunks/gradus-[hash].js',
  });
  await joined.close();
  for (const { fileName } of output) {
    const path = join(target, fileName);
    writeFileSync(path, quickToLoad(readFileSync(path, 'utf8'), modules));
  }
};

/** An entry for Node: the same names as the plain one, out of the same chunks, loaded as scripts. */
const writeNodeEntry = (name: string): void => {
  const code = readFileSync(join(target, `${name}.js`), 'utf8');
  const exported = /^export \{ (.*) \}(?: from .*)?;$/m.exec(code)?.[1] ?? '';
  const names = exported.split(', ').map(entry => entry.split(' as ').at(-1) as string);
  const from = `load(new URL('../${name}.js', import.meta.url))`;
  const lines = exported === '' ? [`${from};`] : [`export const { ${names.join(', ')} } = ${from};`];
  const file = join(target, 'startup', `${name.replace(/\/(index|main)$/, '')}.js`);
  writeFileSync(
    file,
    [...(code.startsWith('#!') ? ['#!/usr/bin/env node'] : []), `import { load } from './load.js';`, ...lines, ''].join('\n'),
  );
};

rmSync(target, { recursive: true, force: true });
const modules = mkdtempSync(join(root, '.cache-build-'));
try {
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json'), '--outDir', modules],
    { stdio: 'inherit' },
  );
  await bundle(modules, {
    index: 'index.js',
    'data/index': 'data/index.js',
    'plot/index': 'plot/index.js',
    'cli/main': 'cli/main.js',
    'chunks/engine': 'backends/remote/engine.js', // beside the chunk that starts it, as it lies beside its module in src
  });
  const hash = createHash('sha256');
  for (const chunk of globSync('**/*.js', { cwd: target }).sort()) {
    const code = readFileSync(join(target, chunk), 'utf8');
    hash.update(code);
    const [statement] = parseAst(asFunction(code), { sourceType: 'script' }).body;
    if (statement?.type !== 'ExpressionStatement') throw new Error(`${chunk} is not in the form that src/startup/chunk.ts reads`);
  }
  await bundle(modules, { 'startup/load': 'startup/load.js' }, { __BUILD__: JSON.stringify(hash.digest('hex').slice(0, 16)) });
  for (const name of ['index', 'data/index', 'plot/index', 'cli/main']) writeNodeEntry(name);
  for (const types of globSync('**/*.d.ts', { cwd: modules })) cpSync(join(modules, types), join(target, types));
} finally {
  rmSync(modules, { recursive: true, force: true });
}
