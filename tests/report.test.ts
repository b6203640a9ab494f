import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportPage } from '../src/cli/report/page.ts';
import type { RunReport } from '../src/cli/report/runReport.ts';
import { outside } from './support/markup.ts';
import { hostileName, imageRun, mediaRun, regressionRun, tableRun } from './support/reportRuns.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const runs: Readonly<Record<string, () => RunReport>> = {
  'two classes from a table': tableRun,
  'many classes of images': imageRun,
  'a number': regressionRun,
  'sounds and texts': mediaRun,
};

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
}, 60_000);
afterAll(() => browser?.close());

/** What axe and the eye may find on a page, at a width and in a colour scheme. */
const faultsOf = async (html: string, width: number, colorScheme: 'light' | 'dark'): Promise<unknown> => {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const asked: string[] = [];
  page.on('request', request => {
    if (!request.url().startsWith('data:') && request.url() !== 'about:blank') asked.push(request.url());
  });
  const errors: string[] = [];
  page.on('pageerror', error => errors.push(error.message));
  page.on('console', message => {
    if (message.type() === 'error') errors.push(message.text());
  });
  try {
    await page.setContent(html);
    await page.evaluate(axe);
    const found = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as AxeResults;
    const tooWide = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    return {
      violations: found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html: one }) => one.slice(0, 200)).join(' ')}`),
      tooWide,
      asked,
      errors,
    };
  } finally {
    await page.close();
  }
};

const perfect = { violations: [], tooWide: 0, asked: [], errors: [] };

test('axe and the other eyes see what is wrong', async () => {
  const bad =
    '<html><title>x</title><style>p { width: 2000px; color: #ddd; background: #fff }</style><p>pale</p><img src="http://127.0.0.1:9/a.png"></html>';
  const { violations, tooWide, asked } = (await faultsOf(bad, 400, 'light')) as { violations: string[]; tooWide: number; asked: string[] };
  expect(violations.map(text => text.split(':')[0])).toEqual(expect.arrayContaining(['color-contrast', 'html-has-lang', 'image-alt']));
  expect([tooWide > 1000, asked]).toEqual([true, ['http://127.0.0.1:9/a.png']]);
});

describe.each(Object.entries(runs))('the report of %s', (_, run) => {
  const html = reportPage(run());

  test.each([
    [400, 'light'],
    [400, 'dark'],
    [1400, 'light'],
    [1400, 'dark'],
  ] as const)(
    'has no fault that axe knows at %d pixels, %s, and is not wider than the page',
    { timeout: 60_000 },
    async (width, scheme) => {
      expect(await faultsOf(html, width, scheme)).toEqual(perfect);
    },
  );

  test('holds pictures that are well-formed and inside of their frames', () => {
    const pictures = html.match(/<svg[\s\S]*?<\/svg>/g) ?? [];
    expect(pictures.length).toBeGreaterThan(3);
    expect(pictures.flatMap(outside)).toEqual([]);
  });

  test('has headings in order, links that lead somewhere, no script, and a sane size', () => {
    const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    levels.slice(1).forEach((level, index) => expect(level - (levels[index] as number)).toBeLessThanOrEqual(1));
    for (const [, id] of html.matchAll(/href="#([^"]+)"/g)) expect(html).toContain(`id="${id}"`);
    expect(html).not.toMatch(/<script|<link|javascript:|\son\w+="|url\(/i);
    expect(html.length).toBeLessThan(1_000_000);
  });
});

test('the browser reads the page as the texts that went in, and nothing of a name becomes an element', async () => {
  const page = await browser.newPage();
  try {
    await page.setContent(reportPage(mediaRun()));
    expect(await page.evaluate('document.querySelectorAll("b, script, [onload]").length')).toBe(0);
    const heading = (await page.evaluate('[...document.querySelectorAll("h3")].at(-1).textContent')) as string;
    expect(heading.startsWith('</script><b onload="x(\'y\')">&amp; “مرحبا”')).toBe(true);
    // A sound that plays, an image that decodes.
    const seconds = await page.evaluate(
      'new Promise((resolve, reject) => { const audio = document.querySelector("audio"); audio.onloadedmetadata = () => resolve(audio.duration); audio.onerror = reject; audio.load(); })',
    );
    expect(seconds).toBe(1);
    // Each picture is a file of its own, too, which the browser's strict parser takes.
    const pictures = reportPage(tableRun()).match(/<svg[\s\S]*?<\/svg>/g) ?? [];
    const addresses = pictures.map(picture => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(picture)}`);
    const load =
      'Promise.all(ADDRESSES.map(async src => { const image = new Image(); image.src = src; await image.decode(); return image.naturalWidth > 0; }))';
    expect(await page.evaluate(load.replace('ADDRESSES', JSON.stringify(addresses)))).toEqual(pictures.map(() => true));
    await page.setContent(reportPage(imageRun()));
    expect(await page.evaluate('Promise.all([...document.images].map(image => image.decode().then(() => image.naturalWidth)))')).toEqual(
      Array.from({ length: 26 }, () => 32),
    );
  } finally {
    await page.close();
  }
});

test('every scrolling region, link and player can be reached by the Tab key', async () => {
  const page = await browser.newPage({ viewport: { width: 400, height: 900 } });
  try {
    await page.setContent(reportPage(tableRun()));
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    const wanted = (await page.evaluate('document.querySelectorAll("a, summary, audio, [tabindex=\'0\']").length')) as number;
    const reached = new Set<number>();
    for (let press = 0; press < wanted + 5; press++) {
      const place = await page.evaluate(
        '[...document.querySelectorAll("a, summary, audio, [tabindex=\'0\']")].indexOf(document.activeElement)',
      );
      reached.add(place as number);
      await page.keyboard.press('Tab');
    }
    reached.delete(-1);
    const hidden = (await page.evaluate('document.querySelectorAll("details:not([open]) [tabindex=\'0\']").length')) as number;
    expect(reached.size).toBe(wanted - hidden);
  } finally {
    await page.close();
  }
});

test('a part that is not given is not there', () => {
  const bare = reportPage({ title: 'a', target: 'b', task: 'regression' });
  expect(bare).not.toContain('<section');
  expect(bare).toContain('<main id="content" tabindex="-1"></main>');
  const some = reportPage({ title: 'a', target: 'b', task: 'classification', truth: [0, 1, 1], predictions: [0, 1, 0] });
  expect([...some.matchAll(/<h2 id="(\w+)"/g)].map(([, id]) => id)).toEqual(['classes']);
  expect(some).toContain('class 1');
});

test('the figures of each class are counted right', () => {
  const html = reportPage({
    ...{ title: '', target: '', task: 'classification', classes: ['cat', 'dog', 'fox'] },
    truth: [0, 0, 0, 1, 1, 2],
    predictions: [0, 0, 1, 1, 0, 0],
  });
  const cells = [...html.matchAll(/<tr[^>]*><th scope="row">(.*?)<\/th>(.*?)<\/tr>/g)].map(([, name, rest]) => [
    name,
    ...[...(rest as string).matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => (cell as string).replace(/<.*?>/g, '')),
  ]);
  expect(cells).toEqual([
    ['cat', 'dog', '1', '33.3 %'],
    ['dog', 'cat', '1', '50.0 %'],
    ['fox', 'cat', '1', '100.0 %'],
    ['cat', '0.500', '0.667', '0.571', '3'],
    ['dog', '0.500', '0.500', '0.500', '2'],
    ['fox', '–', '0.000', '0.000', '1'],
    ['Mean of the classes', '0.333', '0.389', '0.357', '6'],
  ]);
});

test('a hundred classes give a table of the commonest mistakes, and all classes folded away', () => {
  const truth = Array.from({ length: 500 }, (_, row) => row % 100);
  const html = reportPage({
    title: 't',
    target: 'y',
    task: 'classification',
    truth,
    predictions: truth.map(label => (label === 7 ? 8 : label)),
  });
  expect(html).not.toContain('Confusion matrix');
  expect(html).toContain('<th scope="row">class 7</th><td class="word">class 8</td><td>5</td><td>100.0 %</td>');
  expect(html).toContain('<details><summary>All 100 classes</summary>');
});

test('the page stays small however much comes', () => {
  const noise = Float32Array.from({ length: 48_000 * 30 }, (_, index) => Math.sin(index ** 1.2));
  const items = Array.from({ length: 60 }, () => ({ audio: { samples: noise, sampleRate: 48_000 } }));
  const image = { width: 1000, height: 700, channels: 3, pixels: new Uint8Array(1000 * 700 * 3) };
  const html = reportPage({
    ...regressionRun(),
    examples: [
      { title: 'heard', items },
      { title: 'seen', items: Array.from({ length: 60 }, () => ({ image })) },
    ],
    weights: Array.from({ length: 60 }, (_, index) => ({ name: `layer ${index}`, values: noise.subarray(0, 20_000) })),
  });
  expect(html.length).toBeLessThan(5_000_000);
  expect(html).toContain('Sound left out to keep the page small.');
  expect(html).toContain('The first 24 of 60.');
});

test('a damaged model is told of, not drawn as if nothing were', () => {
  const html = reportPage(imageRun());
  expect(html).toContain('the answer is no number for 1 of 1,000 rows');
  const lost = reportPage({ title: 't', target: 'y', task: 'regression', truth: [1, 2], predictions: [Number.NaN, Number.NaN] });
  expect(lost).toContain('the answer is no number for 2 of 2 rows');
});

test('parts that do not fit each other are refused', () => {
  const base = { title: 't', target: 'y', task: 'classification' } as const;
  const cases: readonly (readonly [RunReport, string])[] = [
    [{ ...base, classes: ['a', 'b'], truth: [0, 1], probabilities: [0.5, 0.5] }, '2 truths, 2 probabilities and 2 classes do not fit'],
    [
      { ...base, classes: ['a', 'b'], truth: [0, 2], probabilities: [0.5, 0.5, 0.1, 0.9] },
      'the label of row 1 is 2, and labels of 2 classes',
    ],
    [
      { ...base, classes: ['a', 'b'], truth: [0], probabilities: [3.5, -2] },
      'row 0 has a probability of 3.5. Logits become probabilities by',
    ],
    [{ ...base, truth: [0], predictions: [0, 1] }, '1 rows have a label and 2 a predicted one'],
    [{ ...base, task: 'regression', truth: [0], predictions: [] }, '1 rows have a truth and 0 a prediction'],
    [{ ...base, task: 'multiLabel', truth: [0], probabilities: [0] }, 'several labels a row need their names'],
    [{ ...base, kept: 'x', scores: { a: { accuracy: 1 } } }, "no model is called 'x' in scores, which has a"],
    [{ ...base, importance: { names: ['a'], means: [] } }, 'importance has 1 names, 0 means'],
  ];
  for (const [report, message] of cases) expect(() => reportPage(report)).toThrow(message);
});

test('names as bad as names get are on the page as text', () => {
  const html = reportPage({
    title: hostileName,
    target: hostileName,
    task: 'regression',
    columns: [{ name: hostileName, use: hostileName }],
    summary: hostileName,
    command: hostileName,
  });
  for (const part of ['<b ', '</script', '\u202e', '\u0007']) expect(html).not.toContain(part);
  expect(html.isWellFormed()).toBe(true);
});
