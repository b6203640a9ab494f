import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  audioFolder,
  imageFolder,
  parseWav,
  readAudio,
  readImage,
  resample,
  textFolder,
  textLines,
  wavBytes,
} from '../../src/data/index.ts';

const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);
const folder = mkdtempSync(join(tmpdir(), 'gradus-media-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, content: Uint8Array | string): string => {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, content);
  return whole;
};

const sine = (frames: number, frequency: number, rate: number): Float32Array =>
  Float32Array.from({ length: frames }, (_, frame) => 0.5 * Math.sin((2 * Math.PI * frequency * frame) / rate));

const distance = (a: ArrayLike<number>, b: ArrayLike<number>, from = 0, to = a.length): number => {
  let most = 0;
  for (let at = from; at < to; at++) most = Math.max(most, Math.abs((a[at] as number) - (b[at] as number)));
  return most;
};

describe('sound', () => {
  test.each([
    ['u8', 1 / 127],
    ['s16', 1 / 32767],
    ['s24', 1e-6],
    ['s32', 1e-7],
    ['f32', 1e-7],
    ['f64', 1e-7],
  ])('WAV of %s', async (name, within) => {
    const { samples, sampleRate, channels } = await readAudio(fixture(`${name}.wav`));
    expect([samples.length, sampleRate, channels]).toEqual([400, 8000, 1]);
    expect(distance(samples, sine(400, 440, 8000))).toBeLessThan(within);
  });

  test('stereo, as WAV and as FLAC, in one channel or both', async () => {
    for (const name of ['stereo.wav', 'stereo.flac']) {
      const both = await readAudio(fixture(name), { mono: false });
      expect([both.samples.length, both.channels, both.sampleRate]).toEqual([800, 2, 8000]);
      const wanted = sine(400, 440, 8000);
      expect(
        distance(
          both.samples.filter((_, at) => at % 2 === 0),
          wanted,
        ),
      ).toBeLessThan(1e-4);
      expect(
        distance(
          both.samples.filter((_, at) => at % 2 === 1),
          wanted.map(value => -0.5 * value),
        ),
      ).toBeLessThan(1e-4);
      expect(
        distance(
          (await readAudio(fixture(name))).samples,
          wanted.map(value => 0.25 * value),
        ),
      ).toBeLessThan(1e-4);
    }
  });

  test('written and read again; open lengths; what is cut or packed is told', async () => {
    const sound = { samples: sine(100, 300, 16000), channels: 1, sampleRate: 16000 };
    const bytes = wavBytes(sound);
    expect(distance(parseWav(bytes).samples, sound.samples)).toBeLessThan(1 / 32768);
    const open = bytes.slice();
    open.fill(255, 40, 44);
    expect(parseWav(open).samples.length).toBe(100);
    expect(() => parseWav(bytes.subarray(0, 150), 'a.wav')).toThrow(
      'cannot read a.wav as WAV: it is cut short: 106 of 200 bytes of sound came',
    );
    expect(() => parseWav(bytes.subarray(0, 30))).toThrow('it ends within its header');
    expect(() => parseWav(bytes.subarray(0, 40))).toThrow('it holds no samples');
    expect(() => parseWav(new Uint8Array(50))).toThrow('it does not begin as a WAV file does');
    await expect(readAudio(fixture('alaw.wav'))).rejects.toThrow('its samples are A-law, 8 bits. Convert it: ffmpeg');
    const flac = new Uint8Array(readFileSync(fixture('stereo.flac')));
    await expect(readAudio(flac.subarray(0, 60))).rejects.toThrow('as FLAC: it is damaged or cut short');
  });

  test('at another rate: the same tone, and what it cannot hold is gone', async () => {
    for (const [from, to] of [
      [8000, 16000],
      [44100, 16000],
      [8000, 11025],
    ] as const) {
      const length = Math.ceil((4000 * to) / from);
      const changed = resample(sine(4000, 440, from), from, to);
      expect(changed.length).toBe(length);
      expect(distance(changed, sine(length, 440, to), 200, length - 200)).toBeLessThan(1e-3);
    }
    const tooHigh = resample(sine(4000, 10000, 44100), 44100, 16000);
    expect(Math.max(...tooHigh.subarray(100, -100).map(Math.abs))).toBeLessThan(1e-3);
    const stereo = await readAudio(fixture('stereo.wav'), { mono: false, sampleRate: 16000 });
    expect([stereo.samples.length, stereo.sampleRate]).toEqual([1600, 16000]);
  });

  test('folders of classes', async () => {
    put('sounds/low/1.wav', wavBytes({ samples: sine(50, 100, 8000), channels: 1, sampleRate: 8000 }));
    put('sounds/high/1.wav', wavBytes({ samples: sine(80, 900, 8000), channels: 1, sampleRate: 8000 }));
    const data = await audioFolder(join(folder, 'sounds'), { sampleRate: 4000 });
    expect(data.classes).toEqual(['high', 'low']);
    const [batch] = await data
      .map(({ samples, label }) => ({ samples, label }))
      .paddedBatch(2)
      .toArray();
    expect(batch?.samples.shape).toEqual([2, 40]);
    expect(await batch?.label.array()).toEqual([0, 1]);
  });
});

/** A PNG by sharp, of one colour. */
const png = async (width: number, height: number, colour: { r: number; g: number; b: number }): Promise<Uint8Array> => {
  const { default: sharp } = await import('sharp');
  return new Uint8Array(
    await sharp({ create: { width, height, channels: 3, background: colour } })
      .png()
      .toBuffer(),
  );
};

describe('images', () => {
  test('are decoded, resized, made grey or given opacity', async () => {
    const red = await png(6, 4, { r: 255, g: 0, b: 0 });
    const image = await readImage(red);
    expect([image.height, image.width, image.channels, image.data.length]).toEqual([4, 6, 3, 72]);
    expect([...image.data.subarray(0, 3)]).toEqual([255, 0, 0]);
    const grey = await readImage(red, { size: [2, 3], channels: 1 });
    expect([grey.height, grey.width, grey.data.length]).toEqual([2, 3, 6]);
    expect(grey.data[0]).toBeGreaterThan(50);
    expect([...(await readImage(red, { channels: 4 })).data.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
    const fitted = await readImage(red, { size: [6, 6], fit: 'contain' });
    expect([...fitted.data.subarray(0, 3)]).toEqual([0, 0, 0]);
    await expect(readImage(red.subarray(0, 60))).rejects.toThrow('as an image:');
    await expect(readImage(new TextEncoder().encode('no image'))).rejects.toThrow('It is damaged, cut short or no image');
    await expect(readImage(red, { size: [0, 2] })).rejects.toThrow('readImage needs size as [height, width]');
  });

  test('folders of classes, and tables of labels; nothing is decoded before its turn', async () => {
    put('pets/cat/1.png', await png(5, 5, { r: 9, g: 9, b: 9 }));
    put('pets/cat/deep/2.png', await png(7, 3, { r: 9, g: 9, b: 9 }));
    put('pets/dog/3.png', await png(4, 4, { r: 200, g: 0, b: 0 }));
    put('pets/dog/4.png', 'broken');
    put('pets/dog/.hidden.png', 'x');
    put('pets/notes/readme.md', 'x');
    const data = await imageFolder(join(folder, 'pets'), { size: [4, 4] });
    expect(data.classes).toEqual(['cat', 'dog']);
    expect(data.count).toBe(4);
    const [batch] = await data.take(3).batch(3).toArray();
    expect(batch?.image.shape).toEqual([3, 4, 4, 3]);
    expect(batch?.image.dtype).toBe('uint8');
    expect(await batch?.label.array()).toEqual([0, 0, 1]);
    await expect(data.toArray()).rejects.toThrow(/4\.png as an image/);
    const labels = new TextEncoder().encode('file,label\ncat/1.png,7\ndog/3.png,30\ncat/1.png,\n');
    const table = await imageFolder(join(folder, 'pets'), { labels });
    expect(table.classes).toEqual(['30', '7']);
    expect((await table.toArray()).map(({ label }) => label)).toEqual([1, 0]);
    await expect(imageFolder(join(folder, 'none'))).rejects.toThrow('there is none. Check the path');
    put('empty/a/note.txt', 'x');
    await expect(imageFolder(join(folder, 'empty'))).rejects.toThrow('holds no images in folders of their classes');
    await expect(imageFolder(join(folder, 'pets'), { sise: 3 } as never)).rejects.toThrow("Did you mean 'size'?");
  });
});

test('texts by line and by folder', async () => {
  const path = put('texts/en/1.txt', '\ufeffone\r\ntwo\n\nthree');
  put('texts/de/1.txt', 'eins');
  expect(await textLines(path).toArray()).toEqual(['one', 'two', '', 'three']);
  const data = await textFolder(join(folder, 'texts'));
  expect(data.classes).toEqual(['de', 'en']);
  expect((await data.toArray()).map(({ text, label }) => [text.slice(0, 4), label])).toEqual([
    ['eins', 0],
    ['one\r', 1],
  ]);
  await expect(textLines(put('latin.txt', Uint8Array.of(0x61, 0xe4))).toArray()).rejects.toThrow('is not a text in UTF-8');
});
