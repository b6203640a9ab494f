// What Node does with the package's entries (src/startup): the same library as the plain one, sooner.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const home = mkdtempSync(join(tmpdir(), 'gradus-startup-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const installed = join(home, 'node_modules', 'gradus');
const cache = join(home, 'cache');
const stored = join(cache, 'gradus', 'code');

interface Ended {
  readonly output: string;
  readonly errors: string;
  readonly code: number | null;
}

/** A user's module in a process of its own; both notions of a cache's place are the test's. */
const run = (code: string, { flags = [], variables = {} }: { flags?: string[]; variables?: Record<string, string> } = {}): Ended => {
  writeFileSync(join(home, 'main.mjs'), code);
  const { NODE_OPTIONS: _, ...environment } = process.env;
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, 'main.mjs'], {
    cwd: home,
    encoding: 'utf8',
    env: { ...environment, XDG_CACHE_HOME: cache, ...variables },
  });
  return { output: stdout.trim(), errors: stderr, code: status };
};

const training = `
import { layers, sequential, tensor } from 'gradus';
const net = sequential([layers.dense(4, { activation: 'tanh' }), layers.dense(1)], { inputShape: [2], seed: 1 });
net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
const { loss } = await net.fit(tensor([[0, 1], [1, 0]]), tensor([[1], [0]]), { epochs: 3, verbose: 'silent' });
console.log(JSON.stringify(loss));
`;
const files = (): Map<string, number> => new Map(readdirSync(stored).map(name => [name, statSync(join(stored, name)).mtimeMs]));

beforeAll(() => {
  mkdirSync(installed, { recursive: true });
  execFileSync(process.execPath, [join(root, 'tools/build.ts'), join(installed, 'dist')]);
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));
}, 120_000);
beforeEach(() => rmSync(cache, { recursive: true, force: true }));

test.each(['index', 'data/index', 'plot/index'])('the entry %s exports for Node what it exports for all', name => {
  const { output } = run(`
const [node, plain] = [await import('./node_modules/gradus/dist/startup/${name.replace('/index', '')}.js'), await import('./node_modules/gradus/dist/${name}.js')];
console.log(JSON.stringify([Object.keys(node), Object.keys(plain)]), Object.values(node).includes(undefined));`);
  const [names, undefinedThere] = [JSON.parse(output.replace(/ \w+$/, '')) as [string[], string[]], output.endsWith('true')];
  expect(names[0].length).toBeGreaterThan(10);
  expect(names[0]).toEqual(names[1]);
  expect(undefinedThere).toBe(false);
});

test('all entries of a process are one library', () => {
  const { output, errors } = run(`
import { Tensor, GradusError } from 'gradus';
import { dataset, datasets } from 'gradus/data';
const { x } = await datasets.iris();
try {
  dataset({ x, y: 1 });
} catch (error) {
  console.log(x instanceof Tensor, error instanceof GradusError);
}`);
  expect(errors).toBe('');
  expect(output).toBe('true true');
});

test('compiled code is kept once, for processes that compute the same with it', () => {
  const first = run(training);
  expect(first).toMatchObject({ code: 0, errors: '' });
  const before = files();
  expect(before.size).toBeGreaterThan(3);
  const second = run(training);
  expect(second).toEqual(first);
  expect(files()).toEqual(before);
});

test('a process that does more than those before keeps its code instead', () => {
  run(`import 'gradus';`);
  const before = files();
  run(training);
  const after = files();
  expect([...after.keys()]).toEqual([...before.keys()]);
  expect([...after.values()]).not.toEqual([...before.values()]);
});

test.each<[what: string, spoil: (bytes: Buffer) => Uint8Array]>([
  ['cut short', bytes => bytes.subarray(0, bytes.length >> 1)],
  ['empty', () => Buffer.alloc(0)],
  ['changed in one byte', bytes => bytes.map((byte, index) => (index === bytes.length >> 1 ? byte ^ 1 : byte))],
  ['of something else', () => Buffer.from('not code at all, but long enough for a header')],
  ['longer than it says', bytes => Buffer.concat([bytes, bytes])],
])('stored code that is %s is made again', (_, spoil) => {
  const first = run(training);
  for (const name of readdirSync(stored)) {
    const path = join(stored, name);
    writeFileSync(path, spoil(readFileSync(path)));
  }
  const spoilt = readdirSync(stored).map(name => readFileSync(join(stored, name)));
  expect(run(training)).toEqual(first);
  const again = readdirSync(stored).map(name => readFileSync(join(stored, name)));
  again.forEach((bytes, index) => expect(bytes.equals(spoilt[index] as Buffer)).toBe(false));
});

test('a library that was changed by hand is compiled as it is now', () => {
  const mistake = `import { tensor } from 'gradus';\ntensor([[1, 2], [3]]);`;
  expect(run(mistake).errors).toContain('ragged');
  for (const name of readdirSync(join(installed, 'dist/chunks'))) {
    const path = join(installed, 'dist/chunks', name);
    // As many characters as before: V8 itself only compares the lengths.
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('ragged', 'uneven'));
  }
  expect(run(mistake).errors).toContain('uneven');
});

test('nothing is kept where it is not wanted, and a place that cannot be written is no error', () => {
  expect(run(training, { variables: { NODE_DISABLE_COMPILE_CACHE: '1' } }).code).toBe(0);
  expect(() => readdirSync(stored)).toThrow('ENOENT');
  mkdirSync(join(cache, 'gradus'), { recursive: true });
  writeFileSync(stored, 'a file where the folder would be');
  expect(run(training)).toMatchObject({ code: 0, errors: '' });
});

test('vectors that are paired later do not make the code another one', () => {
  const wide = `import { configure } from 'gradus';\nawait configure({ wideSimd: true });\n${training}`;
  const first = run(wide);
  expect(first.errors).toBe('');
  const before = files();
  expect(run(wide)).toEqual(first);
  expect(files()).toEqual(before);
});

test('an error names the file of the package and the right line of it', () => {
  const { errors } = run(`import { tensor } from 'gradus';\ntensor([[1, 2], [3]]);`);
  const [, path = '', line = ''] = /\((?:file:\/\/)?([^()]*dist\/chunks\/[^():]+\.js):(\d+):\d+\)/.exec(errors) ?? [];
  expect(readFileSync(path, 'utf8').split('\n')[Number(line) - 1]).toMatch(/Error\(/);
});

test('in a sandbox the library sees the globals of the sandbox', () => {
  // As Jest does it: modules are linked into a context of their own, and Node's modules are handed in.
  const { output, errors } = run(
    `
import { readFileSync } from 'node:fs';
import { createContext, SourceTextModule, SyntheticModule } from 'node:vm';
const context = createContext({ process, console, WebAssembly, URL, URLSearchParams, TextEncoder, TextDecoder, performance, setTimeout, clearTimeout, setImmediate, queueMicrotask, structuredClone, crypto, AbortController, AbortSignal, MessageChannel });
const modules = new Map();
const link = async (specifier, from) => {
  if (specifier.startsWith('node:')) {
    const found = await import(specifier);
    return new SyntheticModule(Object.keys(found), function () { for (const name of Object.keys(found)) this.setExport(name, found[name]); }, { context });
  }
  const url = specifier === 'gradus' ? new URL('./node_modules/gradus/dist/startup/index.js', import.meta.url).href : new URL(specifier, from.identifier).href;
  if (!modules.has(url)) modules.set(url, new SourceTextModule(readFileSync(new URL(url), 'utf8'), { context, identifier: url, initializeImportMeta: meta => { meta.url = url; } }));
  return modules.get(url);
};
const user = new SourceTextModule("import { tensor } from 'gradus'; const data = await tensor(new Float32Array([1, 2])).data(); console.log(data instanceof Float32Array, data.join());", { context, identifier: import.meta.url });
await user.link(link);
await user.evaluate();`,
    { flags: ['--experimental-vm-modules', '--no-warnings'] },
  );
  expect(errors).toBe('');
  expect(output).toBe('true 1,2');
});

test('a bundler for Node takes the plain entry, which needs no file beside the bundle', async () => {
  writeFileSync(join(home, 'entry.mjs'), training);
  const bundle = await rolldown({ input: join(home, 'entry.mjs'), platform: 'node', logLevel: 'silent' });
  const elsewhere = join(home, 'bundled');
  await bundle.write({ dir: elsewhere, format: 'esm' });
  await bundle.close();
  for (const name of readdirSync(elsewhere)) expect(readFileSync(join(elsewhere, name), 'utf8')).not.toContain('__loadLater');
  expect(String(execFileSync(process.execPath, [join(elsewhere, 'entry.js')])).trim()).toBe(run(training).output);
});

test('the command line is one of the scripts', () => {
  symlinkSync(join(installed, 'dist/startup/cli.js'), join(home, 'gradus.js'));
  const said = (): string =>
    String(execFileSync(process.execPath, [join(home, 'gradus.js'), '--help'], { env: { ...process.env, XDG_CACHE_HOME: cache } }));
  expect(said()).toContain('gradus train');
  expect(readdirSync(stored).some(name => name.includes('-main.bin'))).toBe(true);
  expect(said()).toContain('gradus train');
});
