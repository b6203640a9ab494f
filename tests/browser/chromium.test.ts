import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sweep } from '../support/cases/sweep.ts';
import { lossesOfFit, messageOfWrongIndex, stateAfterTraining } from './portable.ts';

const root = new URL('../..', import.meta.url).pathname;
let folder: string;
let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gradus-browser-'));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tests/browser'), '--outDir', folder]);
  server = createServer((request, response) => {
    const path = join(folder, new URL(request.url ?? '/', 'http://localhost').pathname);
    // What lets a page share memory between its threads.
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    if (request.url === '/') response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Gradus</title>');
    else if (existsSync(path)) response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(path));
    else response.writeHead(404).end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Calls a function of the portable module on the page. A text, because Vitest would rewrite the import. */
const onPage = (name: 'conformance' | 'stateAfterTraining' | 'lossesOfFit' | 'messageOfWrongIndex'): Promise<unknown> =>
  page.evaluate(`import('/tests/browser/portable.js').then(module => module.${name}())`);

test('every operation on odd shapes gives the oracle’s numbers in Chromium', { timeout: 120_000 }, async () => {
  const { cases, failures } = (await onPage('conformance')) as { cases: number; failures: string[] };
  expect(failures).toEqual([]);
  expect(cases).toBe(sweep.length);
});

test('100 reproducible training steps leave the same bits in Node, again, and in Chromium', { timeout: 120_000 }, async () => {
  const here = await stateAfterTraining();
  expect(await stateAfterTraining()).toBe(here);
  expect(await onPage('stateAfterTraining')).toBe(here);
});

test('on an isolated page fit runs in a worker of its own, with the losses that it has in Node', { timeout: 120_000 }, async () => {
  expect(await page.evaluate('crossOriginIsolated')).toBe(true);
  expect(await onPage('lossesOfFit')).toEqual(await lossesOfFit());
  expect(page.workers().map(worker => new URL(worker.url()).pathname)).toContain('/src/backends/remote/engine.js');
});

test('an error inside of a program in the worker is the page’s error', { timeout: 120_000 }, async () => {
  expect(await onPage('messageOfWrongIndex')).toBe(await messageOfWrongIndex());
});
