import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { platform, setPlatform } from '../../src/core/platform.ts';
import { archive, csv, npyBytes, npzBytes, parseNpy, providePackage, readBytes, readNpy, readNpz } from '../../src/data/index.ts';
import { arange, type Tensor, tensor } from '../../src/index.ts';

const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name);
const text = async (source: Parameters<typeof readBytes>[0]): Promise<string> => new TextDecoder().decode(await readBytes(source));

afterEach(() => setPlatform(undefined));

describe('archives', () => {
  const long = `long/${'n'.repeat(150)}.txt`;
  test.each(['files.zip', 'files.tar.gz', 'files-gnu.tar.gz', 'files.tar.xz'])(
    '%s: files, of any name; links are passed over',
    async name => {
      const found: Record<string, string> = {};
      for (const input of [fixture(name), new Uint8Array(readFileSync(fixture(name)))])
        for await (const entry of archive(input)) found[entry.path] = await text(entry);
      expect(found).toEqual({
        'a.txt': 'first\n',
        'deep/b.csv': 'x,y\n1,2\n',
        'zü.txt': 'ü',
        [long]: 'long name',
        ...(name.endsWith('zip') ? { 'stored.txt': 'as it is' } : {}),
      });
    },
  );

  test('a file in an archive is read like any other', async () => {
    const rows = archive(fixture('files.tar.gz'))
      .filter(({ path }) => path.endsWith('.csv'))
      .flatMap(file => csv(file));
    expect(await rows.toArray()).toEqual([{ x: 1, y: 2 }]);
  });

  test('paths that lead out, bombs, too many files and bytes are refused', async () => {
    for (const name of ['climbs.zip', 'climbs.tar.gz'])
      await expect(archive(fixture(name)).toArray()).rejects.toThrow(/holds the path '.*evil', which leads out of its folder/);
    const bomb = async (options = {}): Promise<number> => {
      let size = 0;
      for await (const entry of archive(fixture('bomb.zip'), options)) size += (await readBytes(entry)).length;
      return size;
    };
    await expect(bomb()).rejects.toThrow('unpacks to more than 250 times its size: it may be a bomb');
    expect(await bomb({ maximumRatio: 2000 })).toBe(30_000_000);
    await expect(bomb({ maximumRatio: 2000, maximumBytes: 1e6 })).rejects.toThrow('more than the 1000000 allowed');
    await expect(archive(fixture('files.zip'), { maximumFiles: 2 }).toArray()).rejects.toThrow('holds 5 files, more than the 2 allowed');
    await expect(archive(fixture('files.tar.gz'), { maximumFiles: 2 }).toArray()).rejects.toThrow('more than 2 files');
  });

  test('damaged and cut ones are told, at every cut', async () => {
    const all = async (bytes: Uint8Array): Promise<void> => {
      for await (const entry of archive(bytes)) await readBytes(entry);
    };
    for (const name of ['files.zip', 'files.tar.gz']) {
      const whole = new Uint8Array(readFileSync(fixture(name)));
      for (let length = 0; length < whole.length - 30; length += 7)
        await expect(all(whole.slice(0, length)), `${name} cut to ${length}`).rejects.toThrow(/damaged|cut short|empty/);
    }
    const zip = new Uint8Array(readFileSync(fixture('files.zip')));
    zip[40] = (zip[40] as number) ^ 1; // in the content of the first file
    await expect(all(zip)).rejects.toThrow("'stored.txt' is damaged: its checksum differs");
    await expect(all(new TextEncoder().encode('hello'.repeat(200)))).rejects.toThrow("as tar: a header's checksum differs");
    await expect(all(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0))).rejects.toThrow('packed with zstd, which is not read');
  });

  test('a package that is not there is named, with what to do; one that is handed over is used', async () => {
    setPlatform({ ...platform(), importPackage: async () => undefined });
    await expect(archive(fixture('files.tar.xz')).toArray()).rejects.toThrow(
      "needs the package 'xz-decompress', which is not installed. Install it: npm install xz-decompress",
    );
    setPlatform(undefined);
    providePackage('xz-decompress', await import('xz-decompress'));
    setPlatform({ ...platform(), importPackage: async () => undefined });
    expect(await archive(fixture('files.tar.xz')).toArray()).toHaveLength(4);
  });
});

describe('arrays of NumPy', () => {
  test('of every type and order', async () => {
    const { half, bool, fortran, scalar, vector, empty, ...whole } = await readNpz(fixture('arrays.npz'));
    const dtypes: Record<string, string> = { f2: 'float16', f4: 'float32', '>f4': 'float32', f8: 'float64', '>f8': 'float64', u1: 'uint8' };
    expect(Object.keys(whole)).toHaveLength(14);
    for (const [name, value] of Object.entries(whole)) {
      expect(value.dtype, name).toBe(dtypes[name] ?? 'int32');
      expect(await value.array(), name).toEqual([
        [0, 1, 2],
        [3, 4, 5],
      ]);
    }
    expect((await (half as Tensor).array())[0][1]).toBeCloseTo(1 / 3, 3);
    expect(await bool?.array()).toEqual([
      [false, false, false],
      [true, true, true],
    ]);
    expect(await fortran?.array()).toEqual(await arange(24).reshape([2, 3, 4]).cast('float64').array());
    expect(await scalar?.item()).toBe(7.5);
    expect(await vector?.array()).toEqual([0, 1, 2, 3, 4]);
    expect(empty?.shape).toEqual([0, 3]);
  });

  test('that are not read say what to do', async () => {
    const bad: Record<string, Uint8Array> = {};
    for await (const entry of archive(fixture('refused.zip'))) bad[entry.path.slice(0, -4)] = await readBytes(entry);
    const read = (name: string) => (): unknown => parseNpy(bad[name] as Uint8Array, 'it');
    expect(read('structured')).toThrow('cannot read it as npy: it holds a structured array. Save its fields one by one');
    expect(read('text')).toThrow("elements of type '<U3'");
    expect(read('complex')).toThrow("elements of type '<c16'");
    expect(read('large')).toThrow(
      "it holds 1099511627776, and whole numbers are read as int32. Save it as floats: array.astype('float64')",
    );
    const sound = await npyBytes(tensor([1, 2]));
    expect(() => parseNpy(sound.subarray(0, sound.length - 1))).toThrow('needs 8 bytes after the header, and 7 came');
    expect(() => parseNpy(sound.subarray(0, 50))).toThrow('it ends within its header');
    expect(() => parseNpy(new Uint8Array(20))).toThrow('it does not begin as a file of NumPy does');
    await expect(readNpz(fixture('files.zip'))).rejects.toThrow('an npz file holds .npy files only');
  });

  test('written ones are read again', async () => {
    const values = {
      a: tensor([[1.5, -2]]),
      b: tensor([1, 2, 3], { dtype: 'int32' }),
      c: tensor([true, false]),
      d: tensor([0.1], { dtype: 'float64' }),
      e: tensor([1.5, 65504], { dtype: 'float16' }),
      f: tensor(7),
    };
    const back = await readNpz(await npzBytes(values));
    for (const [name, value] of Object.entries(values)) {
      expect(back[name]?.dtype).toBe(value.dtype);
      expect(back[name]?.shape).toEqual(value.shape);
      expect(await back[name]?.array()).toEqual(await value.array());
    }
    expect((await npyBytes(values.a)).length % 64).toBe(8); // the header is a multiple of 64 bytes, as NumPy writes it
    expect(await (await readNpy(await npyBytes(values.a))).array()).toEqual([[1.5, -2]]);
    await expect(npyBytes(tensor([1], { dtype: 'bfloat16' }))).rejects.toThrow('NumPy has no bfloat16');
  });
});
