import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { huggingFaceTokenizer, learnTokenizer, type Tokenizer, tokenizerFrom } from '../index.ts';

interface Golden {
  readonly text: string;
  readonly size: number;
  readonly merges: readonly (readonly [number, number])[];
  readonly samples: readonly { readonly text: string; readonly codes: readonly number[] }[];
  readonly tokenizer: Readonly<Record<string, unknown>>;
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../../../tests/golden/byte_pairs.json'), 'utf8')) as Golden;

describe('byte pairs', () => {
  const tokenizer = learnTokenizer([golden.text], { kind: 'bytePairs', size: golden.size });

  test('are those that Hugging Face learns from the same text, and give the same codes', () => {
    expect((tokenizer.config as { merges: unknown }).merges).toEqual(golden.merges);
    expect(tokenizer.size).toBe(golden.size);
    for (const { text, codes } of golden.samples) expect(tokenizer.encode(text), text).toEqual(codes);
  });

  test('give back any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
    );
  });
});

test('a tokenizer.json of Hugging Face gives its codes', async () => {
  const bytes = new TextEncoder().encode(JSON.stringify(golden.tokenizer));
  const tokenizer = await huggingFaceTokenizer(bytes);
  expect(tokenizer.size).toBe(golden.size);
  for (const { text, codes } of golden.samples) {
    expect(tokenizer.encode(text), text).toEqual(codes);
    expect(tokenizer.decode(codes)).toBe(text);
  }
  const again = await tokenizerFrom(JSON.parse(JSON.stringify(tokenizer.config)));
  expect(again.encode('First Citizen')).toEqual(tokenizer.encode('First Citizen'));
  await expect(huggingFaceTokenizer(new TextEncoder().encode('{"a":1}'))).rejects.toThrow('needs a tokenizer.json');
  await expect(huggingFaceTokenizer(new TextEncoder().encode('no json'))).rejects.toThrow('is no JSON');
});

describe('words and characters', () => {
  const texts = ['The tea was good, so good!', 'Not good <br/> tea?', "It's the tea"];

  test('the most frequent ones, 0 for padding, 1 for the unknown', () => {
    const words = learnTokenizer(texts, { kind: 'words', leastCount: 2 });
    expect(words.config).toMatchObject({ words: ['good', 'tea', 'the'] });
    expect(words.encode('good coffee TEA')).toEqual([2, 1, 3]);
    expect(words.decode([2, 1, 3, 0, 0])).toBe('good \uFFFD tea');
    const pairs = learnTokenizer(texts, { pairs: true, leastCount: 1 });
    expect(pairs.encode('not good').every(code => code > 1)).toBe(true);
    expect(pairs.encode('not good')).toHaveLength(3);
  });

  test('characters are whole', () => {
    const characters = learnTokenizer(['a🙂b', 'A🙂'], { kind: 'characters', lowercase: false });
    expect(characters.size).toBe(6);
    expect(characters.decode(characters.encode('b🙂A'))).toBe('b🙂A');
  });

  test('a tokenizer is made again from plain data', async () => {
    const every: Tokenizer[] = (['words', 'characters', 'bytePairs'] as const).map(kind => learnTokenizer(texts, { kind, leastCount: 1 }));
    for (const tokenizer of every) {
      const again = await tokenizerFrom(JSON.parse(JSON.stringify(tokenizer.config)));
      expect(again.encode('the good 茶')).toEqual(tokenizer.encode('the good 茶'));
    }
  });

  test('what cannot be learned is an error', () => {
    expect(() => learnTokenizer(['a', 'b'], { kind: 'words' })).toThrow('found no words that come up 2 times in 2 texts');
    expect(() => learnTokenizer(['a'], { kind: 'word' as never })).toThrow("unknown kind of tokenizer 'word'. Did you mean 'words'?");
    expect(() => learnTokenizer([3 as never])).toThrow('needs texts, got a value of type number');
    expect(() => learnTokenizer(['a'], { kind: 'bytePairs', size: 100 })).toThrow('size');
  });
});
