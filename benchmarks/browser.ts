// Gradus in Chromium as a page's user has it: the built package, a CNN (W4) trained by `fit` in the engine's worker, with the longest
// task and the longest gap between two frames on the page meanwhile. node benchmarks/browser.ts
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Measured } from './measure.ts';

const root = new URL('..', import.meta.url).pathname;

/** Runs on the page. A text, so that it is a module of the page's. */
const script = `
import { configure, layers, sequential, tensor } from '/index.js';
export const train = async (threads) => {
  if (threads !== undefined) await configure({ threads });
  const net = sequential([
    layers.conv2d(32, 3, { activation: 'relu' }), layers.conv2d(64, 3, { activation: 'relu' }), layers.maxPool2d(2),
    layers.flatten(), layers.dense(128, { activation: 'relu' }), layers.dense(10),
  ], { inputShape: [28, 28, 1], seed: 0 });
  net.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: [] });
  const rows = 2048;
  const x = tensor(Float32Array.from({ length: rows * 784 }, (_, i) => Math.sin(i) ** 2), { shape: [rows, 28, 28, 1] });
  const y = tensor(Int32Array.from({ length: rows }, (_, i) => i % 10));
  await new Promise(resolve => setTimeout(resolve, 200)); // the data made above is not what is measured
  let longestTask = 0, longestGap = 0, last = performance.now(), watching = true;
  new PerformanceObserver(list => { for (const entry of list.getEntries()) longestTask = Math.max(longestTask, entry.duration); }).observe({ type: 'longtask' });
  const frame = now => { longestGap = Math.max(longestGap, now - last); last = now; if (watching) requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  const started = performance.now();
  await net.fit(x, y, { epochs: 1, batchSize: 64, verbose: 'silent' });
  const first = performance.now() - started;
  const windows = [];
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await net.fit(x, y, { epochs: 2, batchSize: 64, verbose: 'silent' });
    windows.push((2 * rows) / ((performance.now() - start) / 1000));
  }
  watching = false;
  return { samples: windows.sort((a, b) => a - b)[1], first, longestTask, longestGap };
};
`;

/** Serves a folder and the page, isolated from other origins or not: only then can its threads share memory. */
const serve = async (folder: string, isolated: boolean): Promise<{ address: string; close: () => void }> => {
  const server = createServer((request, response) => {
    if (isolated) {
      response.setHeader('cross-origin-opener-policy', 'same-origin');
      response.setHeader('cross-origin-embedder-policy', 'require-corp');
    }
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = join(folder, pathname);
    if (pathname === '/') response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Gradus</title>');
    else if (pathname === '/page.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    else if (existsSync(path)) response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(path));
    else response.writeHead(404).end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
};

const folder = mkdtempSync(join(root, '.cache-browser-'));
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  execFileSync(process.execPath, [join(root, 'tools/build.ts'), folder], { stdio: 'ignore' });
  for (const threads of [1, 2]) {
    const { address, close } = await serve(folder, threads > 1);
    const page = await browser.newPage();
    await page.goto(address);
    const result = (await page.evaluate(`import('/page.js').then(module => module.train(${threads > 1 ? threads : ''}))`)) as {
      samples: number;
      first: number;
      longestTask: number;
      longestGap: number;
    };
    const measured: Measured & { longestTaskMs: number; longestFrameMs: number } = {
      peer: `gradus, Chromium, ${threads} thread${threads > 1 ? 's' : ''}, fit in the engine's worker`,
      workload: 'W4',
      metric: 'train',
      value: result.samples,
      unit: 'samples/s',
      firstMs: result.first,
      longestTaskMs: Math.round(result.longestTask),
      longestFrameMs: Math.round(result.longestGap),
    };
    process.stdout.write(`RESULT ${JSON.stringify(measured)}\n`);
    await page.close();
    close();
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
