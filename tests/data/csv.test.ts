import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type CsvReadOptions, codesOf, columnOf, csv, parseCsv, rowsOfTable, tsv } from '../../src/data/index.ts';
import { longDecimal, parseDate, parseNumber } from '../../src/data/table/decimals.ts';
import type { Tensor } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'gradus-csv-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const rows = (text: string, options: CsvReadOptions = {}) => csv(bytes(text), options).toArray();
/** Bytes that come in pieces, as a slow connection gives them. */
const inPieces = (text: string, size: number) => ({
  name: 'pieces.csv',
  async *stream() {
    const all = bytes(text);
    for (let at = 0; at < all.length; at += size) yield all.subarray(at, at + size);
  },
});

describe('kinds of columns', () => {
  test('are told from the rows; missing values are NaN or null', async () => {
    const text =
      'n,b,d,c,t\n1,true,2024-02-29,red,an apple\n-2.5e1,FALSE,,blue,"a, ""b""\nc"\nNA,,2024-01-01T12:00:00Z,NA,?\n+.5,true,2024-01-02,red,x y\n0,true,2024-01-02,red,z\n7,true,2024-01-02,red,w\n';
    const data = csv(bytes(text));
    expect((await data.schema()).map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      'n number',
      'b boolean',
      'd date',
      'c category',
      't text',
    ]);
    const all = await data.toArray();
    expect(all.slice(0, 3)).toEqual([
      { n: 1, b: true, d: new Date('2024-02-29'), c: 'red', t: 'an apple' },
      { n: -25, b: false, d: null, c: 'blue', t: 'a, "b"\nc' },
      { n: NaN, b: null, d: new Date('2024-01-01T12:00:00Z'), c: null, t: null },
    ]);
    expect(await rowsOfTable(await data.read()).toArray()).toEqual(all);
    const color = columnOf(await data.read(), 'c');
    expect(codesOf(color)).toEqual({ codes: Int32Array.of(1, 0, -1, 1, 1, 1), levels: ['blue', 'red'] });
    expect(() => columnOf({ count: 0, columns: [color] }, 'C2')).toThrow("there is no column 'C2'. Did you mean 'c'?");
  });

  test('may be given; a value of another kind names path, line, column and the way out', async () => {
    expect(await rows('zip\n01234\n', { types: { zip: 'text' } })).toEqual([{ zip: '01234' }]);
    await expect(rows('a,b\n1,2\n"3\n",x\n', { types: { b: 'number' } })).rejects.toThrow(
      "the bytes, line 4: 'x' in column 'b' is not a number. Mend it, name it as missing ({ missing: ['x'] }), or read the column as text ({ types: { 'b': 'text' } }).",
    );
    await expect(rows('d\n2023-02-31\n', { types: { d: 'date' } })).rejects.toThrow("'2023-02-31' in column 'd' is not a date");
    await expect(rows('b\nyes\n', { types: { b: 'boolean' } })).rejects.toThrow("'yes' in column 'b' is not true or false");
    await expect(rows('b\n1\n', { types: { c: 'number' } })).rejects.toThrow("the bytes has no column 'c'");
  });

  test('that the beginning does not show: reading everything widens, a stream says where', async () => {
    const text = `a,b\n${'1,2\n'.repeat(6000)}x,2\n`;
    await expect(rows(text)).rejects.toThrow("line 6002: 'x' in column 'a' is not a number");
    const table = await csv(bytes(text)).read();
    expect(table.count).toBe(6001);
    expect(columnOf(table, 'a').kind).toBe('category');
    expect(columnOf(table, 'a').values[6000]).toBe('x');
    expect(columnOf(table, 'b').kind).toBe('number');
  });
});

describe('forms of files', () => {
  test('delimiters and headers are guessed, or given', async () => {
    for (const delimiter of [',', ';', '\t', '|']) {
      const text = ['name', 'x', 'note', '\na1', '1', '"p;q,r"', '\na2', '2', 's'].join(delimiter).replaceAll(`${delimiter}\n`, '\n');
      expect(await rows(text)).toEqual([
        { name: 'a1', x: 1, note: 'p;q,r' },
        { name: 'a2', x: 2, note: 's' },
      ]);
    }
    expect(await rows('1,2\n3,4\n')).toEqual([
      { 0: 1, 1: 2 },
      { 0: 3, 1: 4 },
    ]);
    expect(await rows('a,b\n', {})).toEqual([]);
    expect(await rows('a,b\nc,d\n', { header: false })).toHaveLength(2);
    expect(await rows('a,b\n1,2\n', { names: ['x', 'y'] })).toEqual([{ x: 1, y: 2 }]);
    expect(await rows('1,5;x\n', { delimiter: ';', decimal: ',', header: false })).toEqual([{ 0: 1.5, 1: 'x' }]);
    expect(await tsv(bytes('a,b\tc\n1,5\t2\n')).toArray()).toEqual([{ 'a,b': '1,5', c: 2 }]);
  });

  test('line ends, empty lines, comments, byte order marks, a last line without an end', async () => {
    const wanted = [
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ];
    for (const text of ['a,b\r\n1,2\r\n3,4\r\n', 'a,b\r1,2\r3,4\r', 'a,b\n\n1,2\n\n3,4', '\ufeffa,b\n1,2\n3,4', '\n\na,b\n1,2\r3,4'])
      expect(await rows(text)).toEqual(wanted);
    expect(await rows('# made by hand\na,b\n1,2\n# more, of it\n3,4\n', { comment: '#' })).toEqual(wanted);
  });

  test('encodings by their mark or name; another one is told', async () => {
    const utf16 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(`\ufeff${text}`, 'utf16le'));
    expect(await csv(utf16('größe,x\nä,1\n')).toArray()).toEqual([{ größe: 'ä', x: 1 }]);
    const latin = Uint8Array.from(Buffer.from('größe,x\nä,1\n', 'latin1'));
    expect(await csv(latin, { encoding: 'latin1' }).toArray()).toEqual([{ größe: 'ä', x: 1 }]);
    await expect(csv(latin).toArray()).rejects.toThrow(
      "is not a text in UTF-8. Save it again in this encoding, or say which it has: { encoding: 'latin1' }",
    );
    await expect(csv(latin, { encoding: 'klingon' }).toArray()).rejects.toThrow("unknown encoding 'klingon'");
    await expect(csv(Uint8Array.of(80, 75, 3, 4, 0, 0, 9, 200)).toArray()).rejects.toThrow('holds zero bytes: it is no text');
    await expect(csv(Buffer.from('a,b\n1,2\n', 'utf16le')).toArray()).rejects.toThrow("{ encoding: 'utf-16le' }");
  });

  test('files, packed ones too, whatever pieces they come in', async () => {
    const text = `id,x,text\n${Array.from({ length: 500 }, (_, row) => `${row},${row / 7},"t ${row},\r\n""${row % 5}"""`).join('\r\n')}\r\n`;
    const wanted = await rows(text);
    expect(wanted[499]).toEqual({ id: 499, x: 499 / 7, text: 't 499,\r\n"4"' });
    const path = join(folder, 'rows.csv.gz');
    writeFileSync(path, gzipSync(text));
    expect(await csv(path).toArray()).toEqual(wanted);
    for (const size of [1, 3, 17, 1000]) expect(await csv(inPieces(text, size)).toArray()).toEqual(wanted);
    expect(await csv(bytes(text), { chunkRows: 64 }).toArray()).toEqual(wanted);
    expect(await csv(new Blob([text])).toArray()).toEqual(wanted);
    writeFileSync(path, gzipSync(text).subarray(0, 900));
    await expect(csv(path).toArray()).rejects.toThrow(/rows\.csv\.gz.*damaged or cut short/);
    await expect(csv(join(folder, 'none.csv')).toArray()).rejects.toThrow('it does not exist');
  });
});

test('bad files are told with their line', async () => {
  const fails = async (text: string, message: string, options: CsvReadOptions = {}): Promise<void> => {
    await expect(rows(text, options)).rejects.toThrow(message);
    await expect(csv(inPieces(text, 5), options).toArray()).rejects.toThrow(message.replace('the bytes', 'pieces.csv'));
  };
  await fails('a,b\n1,2\n\n1\n', 'the bytes, line 4: 1 field, where there are 2 columns. Mend the line');
  await fails('a,b\n"x\n",2\n1,2,3\n', 'the bytes, line 4: 3 fields, where there are 2 columns');
  await fails('a,b\n1,"2\n3,4\n', 'the bytes, line 2: a quote opens and never closes');
  await fails('a,b\n1,"2"x\n', 'the bytes, line 2: text follows a closing quote: x');
  await fails('a,b,a\n1,2,3\n', "two columns are called 'a'");
  await fails('', 'line 1: there is no line');
  await fails('\n\n', 'line 1: there is no line');
  expect(await rows('a,b\n1\n2,3\nx,4,5\n6,7\n', { ragged: 'skip' })).toEqual([
    { a: 2, b: 3 },
    { a: 6, b: 7 },
  ]);
  expect(() => csv(bytes('a'), { delimiter: ',,' })).toThrow('csv cannot use the delimiter ",,"');
  expect(() => csv(bytes('a'), { delimeter: ';' } as never)).toThrow("Did you mean 'delimiter'?");
});

test('10,000 columns, one row', async () => {
  const wide = Array.from({ length: 10_000 }, (_, at) => `c${at}`);
  const [row] = await rows(`${wide.join()}\n${wide.map((_, at) => at).join()}\n`);
  expect(row?.c9999).toBe(9999);
});

test('batches come from columns without rows between, and are the same', async () => {
  const text = `x,name,ok,maybe\n${Array.from({ length: 103 }, (_, row) => `${row},n${row % 3},${row % 2 === 0},${row === 50 ? '' : 'true'}`).join('\n')}\n`;
  const data = csv(bytes(text), { chunkRows: 64 });
  const direct = await data.batch(10).toArray();
  const joined = await data
    .map(row => row)
    .batch(10)
    .toArray();
  expect(direct.length).toBe(11);
  for (const [at, batch] of direct.entries()) {
    const other = joined[at] as typeof batch;
    expect(await (batch.x as Tensor).array()).toEqual(await (other.x as Tensor).array());
    expect(batch.name).toEqual(other.name);
    expect(await (batch.ok as Tensor).array()).toEqual(await (other.ok as Tensor).array());
  }
  expect((direct[5] as { maybe: unknown[] }).maybe[0]).toBe(null);
  expect(await data.batch(10, { dropRemainder: true }).toArray()).toHaveLength(10);
  const walk = data.batch(10)[Symbol.asyncIterator]();
  await walk.restore({ round: 0, taken: 10 });
  expect(await ((await walk.next()).value as { x: Tensor }).x.array()).toEqual([100, 101, 102]);
});

describe('numbers', () => {
  test('are the doubles nearest to what is written', () => {
    const check = (text: string): void => {
      const digits = bytes(`${text},`);
      const value = longDecimal(digits, 0, digits.length - 1);
      if (!Number.isNaN(value)) expect(value).toBe(Number(text));
    };
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e15, noNaN: true }), value =>
        check(value.toString().includes('e') ? '1.0' : value.toString()),
      ),
      { numRuns: 3000 },
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{0,10}\.[0-9]{6,12}$/), text => check(text)),
      { numRuns: 3000 },
    );
    for (const text of [
      '0.1000000000000000055511151231257827',
      '9007199254740993',
      '123456789012345678.5',
      '0.30000000000000004',
      '0.00012345678901234567',
    ])
      check(text);
    expect(longDecimal(bytes('0.30000000000000004'), 0, 19)).toBe(0.30000000000000004);
  });

  test('of any form are read as Number reads them, in the file', async () => {
    const texts = [
      '1e5',
      '-1E-3',
      '.5',
      '5.',
      '+7',
      '1e400',
      '-inf',
      'Infinity',
      '123456789012345678000000000000',
      '0.1',
      '"8"',
      ' 9 ',
      '2.2250738585072014e-308',
    ];
    const values = await rows(`a\n${texts.join('\n')}\n`, { types: { a: 'number' } });
    expect(values.map(({ a }) => a)).toEqual([
      1e5,
      -1e-3,
      0.5,
      5,
      7,
      Infinity,
      -Infinity,
      Infinity,
      Number('123456789012345678e12'),
      0.1,
      8,
      9,
      2.2250738585072014e-308,
    ]);
    for (const wrong of ['0x10', '1e', '--1', '1.2.3', '1 2', 'e5', '.', '1,5']) expect(parseNumber(wrong)).toBe(undefined);
    expect(parseNumber('1,5', ',')).toBe(1.5);
    expect(parseDate('2024-12-31 23:59')).toBe(Date.UTC(2024, 11, 31, 23, 59));
    expect(parseDate('2024-12-31T23:59:30+0100')).toBe(Date.UTC(2024, 11, 31, 22, 59, 30));
    expect(parseDate('2024-13-01')).toBe(undefined);
  });
});

test('what is written is read as parseCsv reads it, in whatever pieces', async () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '7') });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }).chain(width => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1 })),
      fc.integer({ min: 1, max: 20 }),
      async (table, size) => {
        const text = table.map(fields => fields.map(value => `"${value.replaceAll('"', '""')}"`).join(',')).join('\r\n');
        const types = Object.fromEntries((table[0] as string[]).map((_, at) => [at, 'text' as const]));
        const read = await csv(inPieces(text, size), { header: false, delimiter: ',', types, missing: [] }).toArray();
        expect(read.map(row => Object.values(row))).toEqual(parseCsv(text, { header: false }).rows);
      },
    ),
  );
});
