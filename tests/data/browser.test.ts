import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';

let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const bundle = await rolldown({
    input: join(import.meta.dirname, '../../src/data/index.ts'),
    platform: 'browser',
    external: [/^node:/],
    logLevel: 'silent',
  });
  const { output } = await bundle.generate({ format: 'esm', entryFileNames: 'data.js' });
  await bundle.close();
  const files = new Map<string, string>(
    output.flatMap(chunk => (chunk.type === 'chunk' ? [[`/${chunk.fileName}`, chunk.code] as [string, string]] : [])),
  );
  server = createServer(({ url = '/' }, response) => {
    const fixture = /^\/fixtures\/([\w.-]+)$/.exec(url)?.[1];
    if (fixture !== undefined) response.end(readFileSync(join(import.meta.dirname, 'fixtures', fixture)));
    else
      response
        .setHeader('content-type', url === '/' ? 'text/html' : 'text/javascript')
        .end(files.get(url) ?? '<!doctype html><title>Data</title>');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}, 60_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** Runs code on the page with `data` at hand. A text, because Vitest would rewrite the import. */
const onPage = (code: string): Promise<unknown> => page.evaluate(`import('/data.js').then(async data => { ${code} })`);

test('a dropped CSV file, digits without a download, an archive by its address', async () => {
  expect(await onPage(`const file = new File(['a,b\\n1,x\\n2,y\\n'], 'rows.csv'); return data.records(file).toArray()`)).toEqual([
    { a: 1, b: 'x' },
    { a: 2, b: 'y' },
  ]);
  expect(await onPage(`const { x, y } = await data.datasets.digits(); return [x.shape, y.shape]`)).toEqual([[1797, 8, 8], [1797]]);
  const names = `const found = []; for await (const file of data.archive(new URL(ADDRESS, location.href).href)) found.push([file.path, (await data.readBytes(file)).length]); return found.slice(0, 2)`;
  expect(await onPage(names.replace('ADDRESS', `'/fixtures/files.zip'`))).toEqual([
    ['stored.txt', 8],
    ['a.txt', 6],
  ]);
  expect(await onPage(names.replace('ADDRESS', `'/fixtures/files.tar.gz'`))).toEqual([
    ['a.txt', 6],
    ['deep/b.csv', 8],
  ]);
});

test('an image by the browser’s decoder; what needs files or packages says so', async () => {
  const image = `const canvas = new OffscreenCanvas(6, 4); const context = canvas.getContext('2d'); context.fillStyle = '#f00'; context.fillRect(0, 0, 6, 4);
    const blob = await canvas.convertToBlob();`;
  expect(
    await onPage(
      `${image} const { data: pixels, height, width } = await data.readImage(blob); return [height, width, pixels.length, ...pixels.subarray(0, 3)]`,
    ),
  ).toEqual([...[4, 6, 72, 255, 0, 0]]);
  expect(
    await onPage(`${image} const { data: pixels } = await data.readImage(blob, { size: [2, 2], channels: 1 }); return [...pixels]`),
  ).toEqual([76, 76, 76, 76]);
  const message = (code: string): Promise<unknown> => onPage(`try { await ${code} } catch (error) { return error.message }`);
  expect(await message(`data.readImage(new Blob(['no image']))`)).toContain('as an image');
  expect(await message(`data.csv('rows.csv').toArray()`)).toContain('there is no file system here. Pass the file itself');
  expect(await message(`data.parquet(new Uint8Array(20)).toArray()`)).toContain("providePackage('hyparquet', await import('hyparquet'))");
});
