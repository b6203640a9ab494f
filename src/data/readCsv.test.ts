import { afterEach, expect, test } from 'vitest';
import { FileError } from '../core/errors.ts';
import { platform, setPlatform } from '../core/platform.ts';
import { readCsv } from './readCsv.ts';

const files: Record<string, Uint8Array> = {
  'table.csv': new TextEncoder().encode('\ufeffname;größe\n"a;b";1\n'),
  'ragged.csv': new TextEncoder().encode('a,b\n1\n'),
  'latin1.csv': Uint8Array.of(0x61, 0x0a, 0xe4, 0x0a),
  'https://host/table.csv': new TextEncoder().encode('a\n7\n'),
};

const find = async (path: string): Promise<Uint8Array> => {
  const bytes = files[path];
  if (bytes === undefined) throw new FileError(`cannot read '${path}'.`);
  return bytes;
};

/** A platform whose files are those above; an address is no path, and a path no address. */
const install = (): void => {
  const local = (path: string): Promise<Uint8Array> => find(path.startsWith('https:') ? 'no path' : path);
  setPlatform({ ...platform(), readFile: local, fetchBytes: url => find(url.startsWith('https:') ? url : 'no address') });
};

afterEach(() => setPlatform(undefined));

test('reads files and addresses', async () => {
  install();
  expect(await readCsv('table.csv', { delimiter: ';' })).toEqual({ columns: ['name', 'größe'], rows: [['a;b', '1']], lines: [2] });
  expect((await readCsv('https://host/table.csv')).rows).toEqual([['7']]);
});

test('errors name the file', async () => {
  install();
  await expect(readCsv('ragged.csv')).rejects.toThrow('ragged.csv, line 2: 1 field, where the header has 2.');
  await expect(readCsv('latin1.csv')).rejects.toThrow('latin1.csv is not a text in UTF-8. Save it again in this encoding.');
  await expect(readCsv('none.csv')).rejects.toThrow(`cannot read 'none.csv'.`);
});
