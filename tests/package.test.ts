import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

/** A copy of what is published, built from the sources, so that no test depends on a `dist` that may be old. */
const home = mkdtempSync(join(tmpdir(), 'gradus-package-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface PackageFile {
  readonly path: string;
  readonly size: number;
}
let packed: { readonly files: readonly PackageFile[]; readonly unpackedSize: number };
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, Record<string, string> | undefined>;

beforeAll(() => {
  execFileSync(bin('node'), [join(root, 'tools/build.ts'), join(home, 'dist')]);
  for (const name of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'])
    if (readdirSync(root).includes(name)) cpSync(join(root, name), join(home, name));
  const listing = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  [packed] = JSON.parse(String(listing)) as [typeof packed];
}, 120_000);

test('the package unpacks to less than 3 MB, without tests', () => {
  expect(packed.unpackedSize).toBeLessThan(3_000_000);
  expect(packed.files.filter(({ path }) => /\.test\.|tsbuildinfo|\.map$|node_modules/.test(path))).toEqual([]);
  expect(packed.files.map(({ path }) => path)).toEqual(expect.arrayContaining(['LICENSE', 'dist/index.js', 'dist/index.d.ts']));
});

test('it depends on nothing at run time and runs nothing when it is installed', () => {
  for (const kind of ['dependencies', 'optionalDependencies', 'bundledDependencies'])
    expect(Object.keys(manifest[kind] ?? {}), kind).toEqual([]);
  // Readers of some formats stand on packages of others, which who needs them installs: none comes along.
  const optional = manifest.peerDependenciesMeta as unknown as Record<string, { optional?: boolean }> | undefined;
  for (const peer of Object.keys(manifest.peerDependencies ?? {})) expect(optional?.[peer]?.optional, peer).toBe(true);
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'])
    expect(manifest.scripts?.[script], script).toBeUndefined();
  expect(packed.files.filter(({ path }) => /\.(node|wasm|gyp)$/.test(path))).toEqual([]);
});

test('publint has nothing to say', async () => {
  const files = packed.files.map(({ path }) => ({ name: join('package', path), data: readFileSync(join(home, path)) }));
  const { messages, pkg } = await publint({ pkgDir: 'package', pack: { files }, strict: true });
  expect(messages.map(message => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test('the types of every entry resolve as its code does', () => {
  // A tarball of our own: attw's own packing writes into the folder that it packs.
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', home], { cwd: home, stdio: 'ignore' });
  const tarball = readdirSync(home).find(name => name.endsWith('.tgz')) as string;
  const attw = (): string => {
    try {
      return String(execFileSync(bin('attw'), [join(home, tarball), '--profile', 'esm-only', '--format', 'json'], { maxBuffer: 1 << 28 }));
    } catch (error) {
      return String((error as { stdout: Buffer }).stdout);
    }
  };
  const { analysis } = JSON.parse(attw()) as { analysis: { problems: { kind: string; resolutionKind?: string }[] } };
  // That `require` cannot load the package is what "ESM only" means; old module resolution knows no `exports`.
  const ignored = ({ kind, resolutionKind }: { kind: string; resolutionKind?: string }): boolean =>
    kind === 'CJSResolvesToESM' || resolutionKind === 'node10' || resolutionKind === 'node16-cjs';
  expect(analysis.problems.filter(problem => !ignored(problem))).toEqual([]);
}, 60_000);

test('every entry loads in a fresh process that knows only the package', () => {
  const user = join(home, 'user');
  const modules = join(user, 'node_modules');
  mkdirSync(modules, { recursive: true });
  symlinkSync(home, join(modules, 'gradus'));
  writeFileSync(
    join(user, 'main.mjs'),
    `import { tensor } from 'gradus';\nimport { dataset } from 'gradus/data';\nimport { terminalLine } from 'gradus/plot';\nconsole.log(await tensor([1, 2]).sum().item(), typeof dataset, terminalLine([1, 2], { width: 2 }));\n`,
  );
  expect(String(execFileSync(process.execPath, ['main.mjs'], { cwd: user })).trim()).toBe('3 function ▁█');
});

test('a model that trains is at most 200 kB in a browser, and asks for nothing of Node', async () => {
  const entry = join(home, 'entry.mjs');
  writeFileSync(
    entry,
    `import { sequential, layers } from './dist/index.js';
const net = sequential([layers.dense(8, { activation: 'relu' }), layers.dense(1)], { inputShape: [2] });
net.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
export const train = (x, y) => net.fit(x, y, { epochs: 2 });
`,
  );
  const bundle = await rolldown({ input: entry, platform: 'browser', external: [/^node:/], logLevel: 'silent' });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  expect(
    output
      .flatMap(chunk => (chunk.type === 'chunk' ? [...chunk.imports, ...chunk.dynamicImports] : []))
      .filter(name => name.startsWith('node:')),
  ).toEqual([]);
  const code = output.map(chunk => (chunk.type === 'chunk' ? chunk.code : '')).join('\n');
  // Node's own modules are asked of the running process (`getBuiltinModule`), where there is one: not imported.
  expect(code).not.toMatch(/(\bfrom|\bimport|\brequire)\s*\(?\s*["'`]node:/);
  expect(gzipSync(code).length).toBeLessThanOrEqual(200_000);
  expect(output[0].exports).toEqual(['train']);
});
