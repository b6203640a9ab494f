import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { FileError, FormatError } from '../core/errors.ts';
import { type Platform, platform, setPlatform } from '../core/platform.ts';
import { type DataSource, loadDataFile } from './source.ts';

const content = new TextEncoder().encode('the content');
const other = new TextEncoder().encode('xhe content');
const file = { name: 'digits', bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') };
const source: DataSource = {
  title: 'Tiny',
  folder: 'tiny',
  package: { name: 'tiny-data', folder: 'data' },
  mirrors: ['https://first/', 'https://second/'],
};

interface World {
  readonly files?: Record<string, Uint8Array>;
  readonly web?: Record<string, Uint8Array>;
  readonly packages?: Record<string, string>;
  readonly data?: string;
  readonly cache?: string;
  readonly readOnly?: boolean;
}

/** A platform with these files and addresses only; counts the downloads. */
const inWorld = ({
  files = {},
  web = {},
  packages = {},
  data,
  cache,
  readOnly = false,
}: World): { files: typeof files; asked: string[] } => {
  const asked: string[] = [];
  const fake: Partial<Platform> = {
    joinPath: (...parts) => parts.join('/'),
    exists: async path => path in files,
    async readFile(path) {
      const bytes = files[path];
      if (bytes === undefined) throw new FileError(`cannot read ${path}.`);
      return bytes;
    },
    async makeFolder() {
      if (readOnly) throw new FileError('read-only');
    },
    async writeFileAtomic(path, bytes) {
      files[path] = bytes;
    },
    packageFolder: name => packages[name],
    environment: name => (name === 'GRADUS_DATA' ? data : undefined),
    cacheFolder: () => cache,
    async fetchBytes(url) {
      asked.push(url);
      const bytes = web[url];
      if (bytes === undefined) throw new FileError(`could not download ${url}: the server answered 404.`);
      return bytes;
    },
  };
  setPlatform(undefined);
  setPlatform({ ...platform(), ...fake });
  return { files, asked };
};

afterEach(() => setPlatform(undefined));

const load = (): Promise<Uint8Array> => loadDataFile(source, file);

test('the package comes first, then GRADUS_DATA, the cache, the mirrors', async () => {
  const files: Record<string, Uint8Array> = {
    'modules/tiny-data/data/digits': content,
    'mine/tiny/digits.gz': gzipSync(content),
    'cache/tiny/digits.gz': gzipSync(content),
  };
  const world = {
    files,
    web: { 'https://first/digits.gz': gzipSync(content) },
    packages: { 'tiny-data': 'modules/tiny-data' },
    data: 'mine',
    cache: 'cache',
  };
  const { asked } = inWorld(world);
  const read: string[] = [];
  setPlatform({
    ...platform(),
    async readFile(path) {
      read.push(path);
      return files[path] as Uint8Array;
    },
  });
  for (const path of Object.keys(files)) {
    expect(await load()).toEqual(content);
    expect(read.at(-1)).toBe(path);
    delete files[path];
  }
  expect(read).toHaveLength(3);
  expect(asked).toEqual([]);
  expect(await load()).toEqual(content);
  expect(asked).toEqual(['https://first/digits.gz']);
});

test('a download is kept, and not fetched again', async () => {
  const packed = gzipSync(content);
  const { files, asked } = inWorld({ web: { 'https://first/digits.gz': packed }, cache: 'cache' });
  expect(await load()).toEqual(content);
  expect(files['cache/tiny/digits.gz']).toEqual(packed);
  expect(await load()).toEqual(content);
  expect(asked).toHaveLength(1);
});

test('where nothing can be kept, the download is used all the same', async () => {
  for (const world of [{ cache: 'cache', readOnly: true }, {}]) {
    const { files } = inWorld({ ...world, web: { 'https://first/digits.gz': gzipSync(content) } });
    expect(await load()).toEqual(content);
    expect(files).toEqual({});
  }
});

test('a damaged cache is fetched anew', async () => {
  for (const bad of [gzipSync(other), gzipSync(content).subarray(0, 15), new Uint8Array(), gzipSync(Buffer.alloc(1e6))]) {
    const { files, asked } = inWorld({
      files: { 'cache/tiny/digits.gz': bad },
      web: { 'https://first/digits.gz': gzipSync(content) },
      cache: 'cache',
    });
    expect(await load()).toEqual(content);
    expect(asked).toHaveLength(1);
    expect(files['cache/tiny/digits.gz']).toEqual(gzipSync(content));
  }
});

test('a mirror that fails or lies is passed over', async () => {
  for (const first of [undefined, gzipSync(other), content.subarray(1)]) {
    const web: Record<string, Uint8Array> = { 'https://second/digits.gz': gzipSync(content) };
    if (first !== undefined) web['https://first/digits.gz'] = first;
    const { asked } = inWorld({ web });
    expect(await load()).toEqual(content);
    expect(asked).toEqual(['https://first/digits.gz', 'https://second/digits.gz']);
  }
});

test('a chosen file with another content is an error, not passed over', async () => {
  inWorld({
    files: { 'mine/tiny/digits.gz': gzipSync(other) },
    data: 'mine',
    web: { 'https://first/digits.gz': gzipSync(content) },
  });
  await expect(load()).rejects.toThrow(FormatError);
  await expect(load()).rejects.toThrow(
    `mine/tiny/digits.gz (from GRADUS_DATA) is not the file it should be: its content does not have the SHA-256 ${file.sha256}.`,
  );
});

test('where no place has it, the error tells what was tried and what to do', async () => {
  inWorld({ web: { 'https://second/digits.gz': gzipSync(other) } });
  await expect(load()).rejects.toThrow(FileError);
  await expect(load()).rejects.toThrow(
    'cannot find the file digits of the Tiny data set. could not download https://first/digits.gz: the server answered 404. ' +
      'https://second/digits.gz sent another content. Or put it into a folder tiny/ and name the folder above in the environment variable GRADUS_DATA.',
  );
});
