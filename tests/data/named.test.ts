import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { zipFiles } from '../../src/data/archive/zip.ts';
import { byteSource } from '../../src/data/files/bytes.ts';
import { columnOf, datasets, npzBytes, readBytes, readTextFile } from '../../src/data/index.ts';
import { type NamedFile, namedFile } from '../../src/data/named/files.ts';
import { loadKmnist, parseCifar, parseEmnist } from '../../src/data/named/images.ts';
import { parseCalifornia } from '../../src/data/named/tables.ts';
import { parseImdb } from '../../src/data/named/texts.ts';
import { tensor } from '../../src/index.ts';

/** The mirror of what users download, where there is one: these tests are there only with it. */
const mirror = process.env.GRADUS_DATA ?? '';
const withMirror = (name: string, tests: () => void): void => {
  if (mirror !== '') describe(name, tests);
};
const folder = mkdtempSync(join(tmpdir(), 'gradus-named-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A tar archive of these files. */
const tar = (files: Record<string, Uint8Array | string>): Uint8Array => {
  const blocks: Uint8Array[] = [];
  for (const [path, content] of Object.entries(files)) {
    const data = typeof content === 'string' ? bytes(content) : content;
    const header = new Uint8Array(512);
    header.set(bytes(path));
    header.set(bytes(`${data.length.toString(8).padStart(11, '0')} `), 124);
    header.set(bytes('        '), 148);
    header[156] = 48;
    header.set(
      bytes(
        `${header
          .reduce((sum, byte) => sum + byte, 0)
          .toString(8)
          .padStart(6, '0')}\0 `,
      ),
      148,
    );
    blocks.push(header, data, new Uint8Array((512 - (data.length % 512)) % 512));
  }
  return new Uint8Array(gzipSync(Buffer.concat([...blocks, new Uint8Array(1024)])));
};

describe('in the package', () => {
  test('digits are those of scikit-learn', async () => {
    const { x, y, classes } = await datasets.digits();
    expect([x.shape, x.dtype, y.shape, classes.length]).toEqual([[1797, 8, 8], 'uint8', [1797], 10]);
    expect((await x.array())[0][0]).toEqual([0, 0, 5, 13, 9, 1, 0, 0]); // load_digits().images[0][0]
    expect(await x.cast('float32').sum().item()).toBe(561718); // load_digits().data.sum()
    expect([...(await y.data()).subarray(0, 12)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
  });

  test('iris, too', async () => {
    const { x, y, classes, features, table, rows } = await datasets.iris();
    expect([x.shape, classes, features.length, table.count, rows.count]).toEqual([
      [150, 4],
      ['setosa', 'versicolor', 'virginica'],
      4,
      150,
      150,
    ]);
    const means = await x.mean(0).array();
    for (const [at, mean] of [5.843333, 3.057333, 3.758, 1.199333].entries()) expect(means[at]).toBeCloseTo(mean, 5); // load_iris().data.mean(0)
    expect(await y.sum().item()).toBe(150);
    expect((await rows.skip(149).toArray())[0]).toEqual({
      sepal_length: 5.9,
      sepal_width: 3,
      petal_length: 5.1,
      petal_width: 1.8,
      species: 'virginica',
    });
  });

  test('information on each', () => {
    expect(datasets.names).toHaveLength(20);
    for (const name of datasets.names) {
      const { title, licence, citation, homepage, content } = datasets.info(name);
      for (const text of [title, licence, citation, content]) expect(text.length, name).toBeGreaterThan(2);
      expect(homepage).toMatch(/^https?:/);
      expect(name in datasets).toBe(true);
    }
    expect(() => datasets.info('mnits')).toThrow("unknown data set 'mnits'. Did you mean 'mnist'?");
  });
});

withMirror('from the mirror', () => {
  const load = <T>(get: () => Promise<T>): Promise<T> => {
    vi.stubEnv('GRADUS_DATA', mirror);
    return get();
  };

  test('tables', async () => {
    const penguins = await load(datasets.penguins);
    expect([penguins.table.count, penguins.target]).toEqual([344, 'species']);
    expect([...(columnOf(penguins.table, 'body_mass_g').values as Float64Array)].filter(Number.isNaN).length).toBe(2);
    const diamonds = await load(datasets.diamonds);
    expect(diamonds.table.columns.map(({ kind }) => kind).join()).toBe(
      'number,category,category,category,number,number,number,number,number,number',
    );
    const concrete = await load(datasets.concrete);
    expect([concrete.x.shape, concrete.y.dtype]).toEqual([[1030, 8], 'float32']);
    expect(await concrete.y.mean().item()).toBeCloseTo(35.82, 1);
    const wdbc = await load(datasets.wdbc);
    expect([wdbc.x.shape, wdbc.classes, await wdbc.y.sum().item()]).toEqual([[569, 30], ['malignant', 'benign'], 357]);
    expect(wdbc.features[29]).toBe('worst fractal dimension');
    const tissue = await load(datasets.tissueGeneExpression);
    expect([tissue.x.shape, tissue.classes.length]).toEqual([[189, 500], 7]);
    const { train, test: held } = await load(datasets.foods);
    expect([train.table.count, held.table.count]).toEqual([4000, 1000]);
    expect(new Set<unknown>(columnOf(held.table, 'score').values)).toEqual(new Set(['great', 'other']));
  });

  test('texts', async () => {
    const { text, train, validation } = await load(datasets.tinyShakespeare);
    expect([text.length, train.length + validation.length]).toEqual([1_115_394, 1_115_394]);
    const clinc = await load(datasets.clinc150);
    expect([clinc.classes.length, clinc.train.count, clinc.validation.count, clinc.test.count]).toEqual([150, 15_000, 3000, 4500]);
    expect((await clinc.outOfScope.test.take(1).toArray())[0]?.label).toBe(150);
  });

  test('spoken digits by index and by speaker', async () => {
    const data = await load(datasets.fsdd);
    expect([data.recordings.count, data.sampleRate, data.speakers.length]).toEqual([3000, 8000, 6]);
    const { train, test: held } = data.byIndex();
    expect([train.count, held.count]).toEqual([2700, 300]);
    const strangers = data.bySpeaker('theo');
    expect(strangers.test.count).toBe(500);
    expect((await strangers.train.toArray()).some(({ speaker }) => speaker === 'theo')).toBe(false);
    const [batch] = await held
      .map(({ samples, label }) => ({ samples, label }))
      .paddedBatch(4)
      .take(1)
      .toArray();
    expect(batch?.samples.shape[0]).toBe(4);
    expect(() => data.bySpeaker('nobody')).toThrow('bySpeaker takes some, not all, of george');
  }, 30_000);

  test('hearts by record', async () => {
    const ecg = await load(datasets.ecg);
    expect([ecg.records.length, ecg.sampleRate, ecg.records[0]?.signal.length]).toEqual([12, 360, 650_000]);
    const { train, test: held } = ecg.byRecord(['100', '200'], { before: 60, after: 100 });
    const beats = await held.toArray();
    expect(new Set(beats.map(({ record }) => record))).toEqual(new Set(['100', '200']));
    expect(beats[0]?.signal.length).toBe(160);
    const peak = Math.max(...(beats[0]?.signal ?? []));
    expect(Math.abs((beats[0]?.signal.indexOf(peak) ?? 0) - 60)).toBeLessThan(5);
    expect((train.count as number) + beats.length).toBe(ecg.beats({ before: 60, after: 100 }).count);
    expect(() => ecg.byRecord([])).toThrow('byRecord takes some, not all, of');
  }, 30_000);
});

describe('formats of those that are downloaded', () => {
  const idx = (shape: number[], data: number[]): Uint8Array =>
    Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap(size => [0, 0, 0, size]), ...data]);

  test('kmnist: IDX in gzip', async () => {
    vi.stubEnv('GRADUS_DATA', folder);
    const put = (name: string, content: Uint8Array): NamedFile => {
      writeFileSync(join(folder, name), gzipSync(content));
      return { title: 'Tiny', folder: '', name, addresses: [] };
    };
    const files = {
      trainImages: put('a', idx([2, 1, 2], [1, 2, 3, 4])),
      trainLabels: put('b', idx([2], [5, 6])),
      testImages: put('c', idx([1, 1, 2], [7, 8])),
      testLabels: put('d', idx([1], [9])),
    };
    const { train, test: held } = await loadKmnist(files);
    expect(await train.x.array()).toEqual([[[1, 2]], [[3, 4]]]);
    expect(await held.y.array()).toEqual([9]);
    await expect(loadKmnist({ ...files, testLabels: files.trainLabels })).rejects.toThrow('needs images and as many labels');
  });

  test('emnist: turned upright, letters from 0', async () => {
    const part = (name: string, images: Uint8Array, labels: Uint8Array) => ({
      [`gzip/emnist-letters-${name}-images-idx3-ubyte.gz`]: new Uint8Array(gzipSync(images)),
      [`gzip/emnist-letters-${name}-labels-idx1-ubyte.gz`]: new Uint8Array(gzipSync(labels)),
    });
    const zip = zipFiles({
      ...part('train', idx([1, 2, 2], [1, 2, 3, 4]), idx([1], [26])),
      ...part('test', idx([1, 2, 2], [0, 0, 0, 0]), idx([1], [1])),
    });
    const { train } = await parseEmnist(byteSource(zip), 'letters');
    expect(await train.x.array()).toEqual([
      [
        [1, 3],
        [2, 4],
      ],
    ]);
    expect(await train.y.array()).toEqual([25]);
    await expect(parseEmnist(byteSource(zip), 'digits')).rejects.toThrow("holds no part 'digits' of EMNIST");
  });

  test('cifar: planes to channels', async () => {
    const record = (labels: number[], value: number): number[] => [
      ...labels,
      ...Array.from({ length: 3072 }, (_, at) => (value + Math.floor(at / 1024)) % 256),
    ];
    const ten = tar({
      'cifar-10-batches-bin/data_batch_2.bin': Uint8Array.from(record([7], 20)),
      'cifar-10-batches-bin/data_batch_1.bin': Uint8Array.from([...record([3], 10), ...record([4], 30)]),
      'cifar-10-batches-bin/test_batch.bin': Uint8Array.from(record([9], 40)),
      'cifar-10-batches-bin/readme.html': 'x',
    });
    const { train, test: held } = await parseCifar(byteSource(ten), 1);
    expect([train.x.shape, await train.y.array(), await held.y.array()]).toEqual([[3, 32, 32, 3], [3, 4, 7], [9]]);
    expect((await train.x.array())[2][31][0]).toEqual([20, 21, 22]);
    const hundred = tar({ 'a/train.bin': Uint8Array.from(record([1, 99], 0)), 'a/test.bin': Uint8Array.from(record([2, 50], 0)) });
    expect(await (await parseCifar(byteSource(hundred), 2)).train.y.array()).toEqual([99]);
    await expect(parseCifar(byteSource(tar({ 'train.bin': 'short' })), 1)).rejects.toThrow('no whole records of 3073');
  });

  test('imdb and California housing', async () => {
    const reviews = await parseImdb(
      byteSource(
        tar({
          'aclImdb/train/pos/0_9.txt': 'good',
          'aclImdb/train/neg/0_1.txt': 'bad',
          'aclImdb/train/unsup/0_0.txt': '?',
          'aclImdb/test/pos/1_8.txt': 'fine',
        }),
      ),
    );
    expect(await reviews.train.toArray()).toEqual([
      { text: 'bad', label: 0 },
      { text: 'good', label: 1 },
    ]);
    expect(await reviews.test.toArray()).toEqual([{ text: 'fine', label: 1 }]);
    await expect(parseImdb(byteSource(tar({ a: 'x' })))).rejects.toThrow('holds no reviews');
    const houses = await parseCalifornia(
      await npzBytes({ x: tensor([[1, 2, 3, 4, 5, 6, 7, 8]], { dtype: 'float64' }), y: tensor([452_600]) }),
    );
    expect([houses.features[0], await houses.y.array(), houses.table.count]).toEqual(['MedInc', [452_600], 1]);
    await expect(parseCalifornia(await npzBytes({ x: tensor([[1]]), y: tensor([1]) }))).rejects.toThrow('should hold x (rows, 8)');
  });
});

describe('downloads', () => {
  const content = bytes('the content of the file, which is long enough to be cut');
  const sha256 = createHash('sha256').update(content).digest('hex');
  let server: Server;
  afterEach(() => server.close());

  /** A server that sends at most so many bytes a time, and says what it was asked. */
  const serve = async (limit: number, ranges = true, body = content): Promise<{ address: string; asked: (string | undefined)[] }> => {
    const asked: (string | undefined)[] = [];
    server = createServer((request, response) => {
      asked.push(request.headers.range);
      const from = ranges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': body.length - from });
      response.write(body.subarray(from, from + limit), () =>
        from + limit >= body.length ? response.end() : setTimeout(() => response.destroy(), 50),
      );
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`, asked };
  };
  const file = (address: string, more: Partial<NamedFile> = {}): NamedFile => ({
    ...{ title: 'Tiny', folder: 'tiny', name: 'file', bytes: content.length, sha256, addresses: [address], ...more },
  });
  const cacheIn = (name: string): string => {
    vi.stubEnv('XDG_CACHE_HOME', join(folder, `cache-${name}`));
    return join(folder, `cache-${name}`, 'gradus', 'tiny');
  };

  test('go on where they were cut, and are kept', async () => {
    const cache = cacheIn('a');
    const { address, asked } = await serve(20);
    expect(await readTextFile(await namedFile(file(address)))).toContain('long enough');
    expect(asked).toEqual([undefined, 'bytes=20-', 'bytes=40-']);
    expect(readdirSync(cache)).toEqual(['file']);
    await namedFile(file(address));
    expect(asked).toHaveLength(3);
  });

  test('of a server that begins anew each time end with an error, and the next run goes on', async () => {
    const cache = cacheIn('b');
    const { address } = await serve(10);
    await expect(namedFile(file(address))).rejects.toThrow(
      /cannot find the file file of the Tiny data set. could not download .* broke off .*GRADUS_DATA/,
    );
    expect(readdirSync(cache)).toEqual(['file.part']);
    server.close();
    const again = await serve(1000);
    expect(await readBytes(await namedFile(file(again.address)))).toEqual(content);
    expect(again.asked).toEqual(['bytes=30-']);
    server.close();
    cacheIn('c');
    const whole = await serve(1000, false);
    expect(await readBytes(await namedFile(file(whole.address)))).toEqual(content);
  });

  test('of another content are refused, and leave nothing', async () => {
    const cache = cacheIn('d');
    const { address } = await serve(1000, true, bytes('another content'));
    await expect(namedFile(file(address))).rejects.toThrow(`${address} sent another content.`);
    expect(readdirSync(cache)).toEqual([]);
    vi.stubEnv('GRADUS_DATA', folder);
    writeFileSync(join(folder, 'wrong'), 'x');
    await expect(namedFile(file(address, { folder: '', name: 'wrong' }))).rejects.toThrow(
      'wrong (from GRADUS_DATA) is not the file it should be',
    );
  });

  test('what is not offered says where to put it', async () => {
    vi.stubEnv('GRADUS_DATA', undefined);
    await serve(1);
    cacheIn('e');
    await expect(namedFile({ title: 'FSDD', folder: 'speech', name: 'fsdd.tar.xz', addresses: [] })).rejects.toThrow(
      'cannot find the file fsdd.tar.xz of the FSDD data set. It is not offered for download: put it into a folder speech/',
    );
  });
});
