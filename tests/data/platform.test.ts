import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { afterAll, expect, test } from 'vitest';
import { browserPlatform } from '../../src/core/platform/browser.ts';
import { platform } from '../../src/core/platform.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradus-platform-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

test('files are read in parts, told from folders, and renamed', async () => {
  writeFileSync(at('a'), 'hello');
  mkdirSync(at('b'));
  const file = await platform().openFile(at('a'));
  expect(file.size).toBe(5);
  expect(new TextDecoder().decode(await file.read(1, 3))).toBe('ell');
  expect((await file.read(4, 10)).length).toBe(1);
  expect((await file.read(9, 10)).length).toBe(0);
  await file.close();
  expect(await Promise.all(['a', 'b', 'c'].map(name => platform().fileKind(at(name))))).toEqual(['file', 'folder', undefined]);
  await platform().renameFile(at('a'), at('d'));
  expect(readFileSync(at('d'), 'utf8')).toBe('hello');
  await expect(platform().openFile(at('a'))).rejects.toThrow('it does not exist');
  await expect(platform().openFile(at('b'))).rejects.toThrow('it is a folder. Name a file in it (EISDIR)');
  await expect(platform().renameFile(at('a'), at('c'))).rejects.toThrow(/cannot rename '.*a': it does not exist/);
});

test('packed bytes come unpacked, damage is told, and the source is closed when no more is wanted', async () => {
  const text = new TextEncoder().encode('0123456789'.repeat(1e5));
  const packed = new Uint8Array(gzipSync(text));
  let closed = 0;
  async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    try {
      for (let from = 0; from < bytes.length; from += 100) yield bytes.subarray(from, from + 100);
    } finally {
      closed++;
    }
  }
  const unpack = async (bytes: Uint8Array): Promise<number> => {
    let size = 0;
    for await (const chunk of platform().inflate(pieces(bytes), 'gzip')) size += chunk.length;
    return size;
  };
  expect(await unpack(packed)).toBe(1e6);
  await expect(unpack(packed.subarray(0, -10))).rejects.toThrow('damaged or cut short');
  for await (const _ of platform().inflate(pieces(packed), 'gzip')) break;
  await new Promise(resolve => setTimeout(resolve, 20));
  expect(closed).toBe(3);
});

test('packages are found where they are installed; a browser says that it has no files', async () => {
  expect(await platform().importPackage('no-such-package-here')).toBe(undefined);
  expect(await platform().importPackage('hyparquet')).toHaveProperty('parquetRead');
  const browser = browserPlatform();
  await expect(browser.openFile('a')).rejects.toThrow('there is no file system here. Pass the file itself');
  expect(await browser.importPackage('hyparquet')).toBe(undefined);
  expect(await browser.fileKind('a')).toBe(undefined);
});

test('gradus/data in a bundle for the browser asks for nothing of Node and for no package', async () => {
  const bundle = await rolldown({
    input: join(import.meta.dirname, '..', '..', 'src', 'data', 'index.ts'),
    platform: 'browser',
    external: [/^node:/],
    logLevel: 'silent',
  });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  await bundle.close();
  const chunks = output.flatMap(chunk => (chunk.type === 'chunk' ? [chunk] : []));
  const names = new Set(chunks.map(({ fileName }) => fileName));
  expect(chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]).filter(name => !names.has(name))).toEqual([]);
  const [entry] = chunks.filter(({ isEntry }) => isEntry);
  expect(entry?.code).not.toMatch(/[A-Za-z0-9+/]{5000}/); // the digits' pixels are loaded when they are asked for
});
