import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numberColumn, parseCsv, textColumn } from './csv.ts';

describe('parseCsv reads', () => {
  test.each<[string, string, string[][]]>([
    [
      'a header and rows',
      'a,b\n1,2\n3,4\n',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['a last line without a break', 'a,b\n1,2', [['1', '2']]],
    [
      'CRLF and CR',
      'a,b\r\n1,2\r3,4\r\n',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['quotes around delimiters, breaks and quotes', 'a,b\n"1,5","x\r\ny ""z"""\n', [['1,5', 'x\r\ny "z"']]],
    ['empty fields, quoted and not', 'a,b,c\n,"",\n', [['', '', '']]],
    ['an empty last field at the end of the file', 'a,b\n1,', [['1', '']]],
    ['a quoted last field at the end of the file', 'a,b\n1,"2"', [['1', '2']]],
    ['empty lines as nothing', '\na,b\n\n1,2\n\n\n', [['1', '2']]],
    ['an empty field in quotes as a row of one column', 'a\n""\n\n7\n', [[''], ['7']]],
    ['a quote inside of a plain field as itself', 'a,b\n5" disk,2\n', [['5" disk', '2']]],
    ['a byte order mark as nothing', '\ufeffa,b\n1,2\n', [['1', '2']]],
    ['spaces as part of the field', 'a,b\n 1 , 2\n', [[' 1 ', ' 2']]],
    ['a header alone', 'a,b\n', []],
  ])('%s', (_, text, rows) => {
    const table = parseCsv(text);
    expect(table.columns).toEqual(['a', 'b', 'c'].slice(0, table.columns.length));
    expect(table.rows).toEqual(rows);
  });

  test('other delimiters, also those special in patterns', () => {
    for (const delimiter of [';', '\t', '|', '.', '^', ']', '-', '\\'])
      expect(parseCsv(`a${delimiter}b\n1${delimiter}"2${delimiter}3"\n`, { delimiter }).rows).toEqual([['1', `2${delimiter}3`]]);
  });

  test('a file without a header', () => {
    expect(parseCsv('1,2\n3,4\n', { header: false })).toMatchObject({
      columns: ['0', '1'],
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
    });
  });

  test('lines are counted through breaks in quotes', () => {
    expect(parseCsv('a,b\n"1\n\n2",3\r\n\r\n4,5\n').lines).toEqual([2, 6]);
  });
});

test('what is written is read, whatever it is', () => {
  const write = (rows: readonly (readonly string[])[]): string =>
    rows.map(fields => fields.map(field => `"${field.replaceAll('"', '""')}"`).join(',')).join('\r\n');
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', ';') });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }).chain(width => fc.array(fc.array(field, { minLength: width, maxLength: width }), { minLength: 1 })),
      rows => {
        expect(parseCsv(write(rows), { header: false }).rows).toEqual(rows);
      },
    ),
  );
});

describe('parseCsv refuses', () => {
  test.each([
    [
      'a row with too few fields',
      'a,b,c\n1,2,3\n"4\n",5\n',
      `foods.csv, line 3: 2 fields, where the header has 3. Mend the line; a field that holds a ',' must stand in quotes.`,
    ],
    ['a row with too many fields', 'a\n1,2\n', 'foods.csv, line 2: 2 fields, where the header has 1'],
    ['a quote that never closes', 'a,b\n1,2\n3,"4\n5,6\n', 'foods.csv, line 3: a quote opens and never closes. Close it'],
    ['text after a quote', 'a,b\n"1"x,2\n', 'foods.csv, line 2: text follows a closing quote: x.'],
    ['two columns of one name', 'a,b,a\n1,2,3\n', `foods.csv, line 1: two columns are called 'a'. Rename one.`],
    ['nothing', '', 'foods.csv, line 1: there is no line. A CSV file needs at least its header.'],
    ['only empty lines', '\n\n', 'foods.csv, line 1: there is no line'],
  ])('%s', (_, text, message) => {
    expect(() => parseCsv(text, { source: 'foods.csv' })).toThrow(message);
  });

  test.each(['', ',,', '"', '\n'])('the delimiter %j', delimiter => {
    expect(() => parseCsv('a', { delimiter })).toThrow('it must be one character');
  });
});

describe('columns', () => {
  const table = parseCsv('species,bill_length_mm,year\nAdelie,39.1,2007\n"Gentoo",NA,2008\nChinstrap, 4.65e1 ,\n');

  test('as texts and as numbers', () => {
    expect(textColumn(table, 'species')).toEqual(['Adelie', 'Gentoo', 'Chinstrap']);
    expect(numberColumn(table, 'bill_length_mm')).toEqual(Float64Array.of(39.1, NaN, 46.5));
    expect(numberColumn(table, 'year')).toEqual(Float64Array.of(2007, 2008, NaN));
  });

  test('an unknown name brings the nearest one, or all', () => {
    expect(() => textColumn(table, 'billLengthMm')).toThrow(`there is no column 'billLengthMm'. Did you mean 'bill_length_mm'?`);
    expect(() => numberColumn(table, 'price')).toThrow(`there is no column 'price'. Columns: species, bill_length_mm, year.`);
  });

  test('a text that is no number is an error that names the line', () => {
    expect(() => numberColumn(table, 'species')).toThrow(
      `line 2: 'Adelie' in column 'species' is not a number. Mend it, or leave the column out.`,
    );
  });
});
