import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DType, dtypes } from '../core/dtype.ts';
import { FormatError, ValueError } from '../core/errors.ts';
import { type Container, type ContainerTensor, decodeContainer, encodeContainer } from './container.ts';
import type { Json } from './json.ts';

const dtypeNames = Object.keys(dtypes) as DType[];

const tensors: fc.Arbitrary<ContainerTensor[]> = fc.uniqueArray(
  fc
    .record({
      name: fc.string(),
      dtype: fc.constantFrom(...dtypeNames),
      shape: fc.array(fc.nat({ max: 4 }), { maxLength: 3 }),
      seed: fc.nat(),
    })
    .map(({ name, dtype, shape, seed }) => {
      const length = shape.reduce((product, size) => product * size, 1) * dtypes[dtype].bytes;
      const limit = dtype === 'bool' ? 2 : 256;
      return { name, dtype, shape, data: Uint8Array.from({ length }, (_, index) => (Math.imul(index + seed, 0x9e3779b1) >>> 8) % limit) };
    }),
  { maxLength: 4, selector: tensor => tensor.name },
);
const containers: fc.Arbitrary<Container> = fc.record({
  meta: fc.jsonValue().map(value => JSON.parse(JSON.stringify(value).replaceAll('__proto__', 'proto')) as Json),
  tensors,
});

const sample: Container = {
  meta: { kind: 'sequential', layers: [{ units: 3, name: 'ünïcode' }] },
  tensors: [
    { name: 'kernel', dtype: 'float32', shape: [2, 3], data: new Uint8Array(Float32Array.of(1, -2, 3.5, 0, 1e30, NaN).buffer) },
    { name: 'empty', dtype: 'int32', shape: [0, 3], data: new Uint8Array(0) },
    { name: 'mask', dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
  ],
};

test('what is packed comes back', async () => {
  await fc.assert(
    fc.asyncProperty(containers, async container => {
      expect(await decodeContainer(await encodeContainer(container))).toEqual(container);
    }),
  );
});

test('the same content gives the same bytes, and data lies at multiples of 64', async () => {
  const bytes = await encodeContainer(sample);
  expect(await encodeContainer(sample)).toEqual(bytes);
  const { tensors } = await decodeContainer(bytes);
  for (const { data } of tensors) if (data.length > 0) expect((data.byteOffset - bytes.byteOffset) % 64).toBe(0);
});

test('the layout is the documented one', async () => {
  const bytes = Buffer.from(
    await encodeContainer({ meta: 7, tensors: [{ name: 'w', dtype: 'uint8', shape: [2], data: Uint8Array.of(5, 6) }] }),
  );
  const header = '{"meta":7,"tensors":[{"name":"w","dtype":"uint8","shape":[2],"offset":0}]}';
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('GRADUS\x1a\n');
  expect([bytes.readUInt32LE(8), bytes.readUInt32LE(12), bytes.readBigUInt64LE(16)]).toEqual([1, header.length, BigInt(bytes.length)]);
  expect(bytes.subarray(32, 32 + header.length).toString()).toBe(header);
  expect([...bytes.subarray(128, 130)]).toEqual([5, 6]);
  expect(bytes.subarray(130)).toEqual(createHash('sha256').update(bytes.subarray(0, 130)).digest());
});

test('a view into a larger memory is read, too', async () => {
  const bytes = await encodeContainer(sample);
  const memory = new Uint8Array(bytes.length + 10);
  memory.set(bytes, 3);
  expect(await decodeContainer(memory.subarray(3, 3 + bytes.length))).toEqual(sample);
});

describe('a damaged file is refused:', () => {
  test('any byte changed', async () => {
    const bytes = await encodeContainer(sample);
    for (let index = 0; index < bytes.length; index++) {
      const changed = bytes.slice();
      changed[index]! ^= 1 << (index % 8);
      await expect(decodeContainer(changed)).rejects.toThrow(FormatError);
    }
  });

  test('any byte of any file changed to any other', async () => {
    await fc.assert(
      fc.asyncProperty(containers, fc.nat(), fc.integer({ min: 1, max: 255 }), async (container, position, mask) => {
        const bytes = await encodeContainer(container);
        bytes[position % bytes.length]! ^= mask;
        await expect(decodeContainer(bytes)).rejects.toThrow(FormatError);
      }),
    );
  });

  test('cut short anywhere, or longer', async () => {
    const bytes = await encodeContainer(sample);
    for (let length = 0; length < bytes.length; length++)
      await expect(decodeContainer(bytes.subarray(0, length))).rejects.toThrow(FormatError);
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    await expect(decodeContainer(longer)).rejects.toThrow(`${bytes.length + 1} bytes came, and its header says ${bytes.length}`);
  });

  test('the error says what is wrong and what to do', async () => {
    const bytes = await encodeContainer(sample);
    const because = (change: (copy: Uint8Array) => Uint8Array): Promise<unknown> => decodeContainer(change(bytes.slice()), 'cat.gradus');
    await expect(because(copy => copy.subarray(0, 100))).rejects.toThrow(
      `cat.gradus is cut short or damaged: 100 bytes came, and its header says ${bytes.length}. Take another copy of it.`,
    );
    await expect(because(copy => copy.with(140, 99))).rejects.toThrow('cat.gradus is damaged: its content does not have the SHA-256');
    await expect(because(copy => copy.with(0, 0))).rejects.toThrow('cat.gradus is not a .gradus file: it does not begin as one.');
    await expect(because(() => new Uint8Array(0))).rejects.toThrow('cat.gradus is not a .gradus file');
    await expect(because(copy => copy.with(8, 2))).rejects.toThrow(
      'of format version 2, where this Gradus reads version 1. Update Gradus.',
    );
  });
});

/** A file with any header and a right digest, as a hostile hand would make it. */
const forge = (header: string | Uint8Array, data: Uint8Array = new Uint8Array(0), headerLength?: number): Uint8Array => {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header;
  const dataStart = Math.ceil((32 + text.length) / 64) * 64;
  const bytes = Buffer.alloc(dataStart + data.length + 32);
  bytes.write('GRADUS\x1a\n', 'latin1');
  bytes.writeUInt32LE(1, 8);
  bytes.writeUInt32LE(headerLength ?? text.length, 12);
  bytes.writeBigUInt64LE(BigInt(bytes.length), 16);
  bytes.set(text, 32);
  bytes.set(data, dataStart);
  createHash('sha256')
    .update(bytes.subarray(0, -32))
    .digest()
    .copy(bytes, bytes.length - 32);
  return bytes;
};

describe('a forged file is refused:', () => {
  const tensor = (fields: object): object => ({ name: 'w', dtype: 'uint8', shape: [2], offset: 0, ...fields });
  const withTensors = (...entries: unknown[]): string => JSON.stringify({ meta: null, tensors: entries });
  const two = Uint8Array.of(1, 2);

  test('except where the forgery is sound', async () => {
    expect(await decodeContainer(forge(withTensors(tensor({})), two))).toMatchObject({ tensors: [{ name: 'w', shape: [2] }] });
  });

  test.each<[string, string | Uint8Array, string]>([
    ['not JSON', '{', 'its header is not JSON'],
    ['not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'its header is not JSON'],
    ['not an object', 'null', 'its header lacks meta or tensors'],
    ['without tensors', '{"meta":1,"tensors":{}}', 'its header lacks meta or tensors'],
    ['without meta', '{"tensors":[]}', 'its header lacks meta or tensors'],
    ['a prototype', '{"meta":{"__proto__":{"a":1}},"tensors":[]}', 'its header.meta: the key __proto__ is not allowed'],
    ['too deep', `{"meta":${'['.repeat(5000)}${']'.repeat(5000)},"tensors":[]}`, 'it is nested deeper than 200'],
    ['no tensor', withTensors(null), 'a tensor has no name'],
    ['a name that is no text', withTensors(tensor({ name: 1 })), 'a tensor has no name'],
    ['a name twice', withTensors(tensor({ shape: [0] }), tensor({ shape: [0] })), `two tensors are called 'w'`],
    ['an unknown type', withTensors(tensor({ dtype: 'complex' })), `tensor 'w' is of the unknown type "complex"`],
    ['an inherited type', withTensors(tensor({ dtype: 'toString' })), `tensor 'w' is of the unknown type "toString"`],
    ['a negative size', withTensors(tensor({ shape: [-2] })), `tensor 'w' has an impossible shape`],
    ['a broken size', withTensors(tensor({ shape: [0.5, 4] })), `tensor 'w' has an impossible shape`],
    ['a shape that is none', withTensors(tensor({ shape: 2 })), `tensor 'w' has an impossible shape`],
    ['a huge size', withTensors(tensor({ shape: [2 ** 52] })), `tensor 'w', uint8 (4503599627370496,), reaches past its end`],
    ['a huge product', withTensors(tensor({ shape: Array(30).fill(2 ** 52) })), 'reaches past its end'],
    ['a negative offset', withTensors(tensor({ offset: -64 })), `tensor 'w' should lie at 0, not -64`],
    ['an offset past the end', withTensors(tensor({ offset: 1e15 })), `should lie at 0, not 1000000000000000`],
    ['no offset', withTensors(tensor({ offset: null })), 'should lie at 0, not null'],
    ['an overlap', withTensors(tensor({}), tensor({ name: 'v' })), `tensor 'v' should lie at 64, not 0`],
    ['too few data', withTensors(tensor({ shape: [3] })), `tensor 'w', uint8 (3,), reaches past its end`],
    ['too many data', withTensors(tensor({ shape: [1] })), '1 bytes belong to no tensor'],
    ['a bool of 2', withTensors(tensor({ dtype: 'bool' })), `tensor 'w' is of type bool and holds a byte other than 0 and 1`],
  ])('%s', async (_, header, message) => {
    await expect(decodeContainer(forge(header, two))).rejects.toThrow(FormatError);
    await expect(decodeContainer(forge(header, two))).rejects.toThrow(message);
  });

  test('a header longer than the file', async () => {
    for (const length of [200, 0xffffffff])
      await expect(decodeContainer(forge(withTensors(), two, length))).rejects.toThrow('its header reaches past its end');
  });

  test('whatever the header, nothing but a FormatError is thrown', async () => {
    const field = fc.oneof(
      fc.integer(),
      fc.constant(null),
      fc.string(),
      fc.array(fc.integer({ min: -1, max: 9 })),
      fc.constantFrom(...dtypeNames),
    );
    const entry = fc.record({ name: field, dtype: field, shape: field, offset: field }, { requiredKeys: [] });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(entry, fc.jsonValue())), async entries => {
        await decodeContainer(forge(withTensors(...entries), two)).catch(error => expect(error).toBeInstanceOf(FormatError));
      }),
    );
  });
});

test.each<[string, Container, string]>([
  ['a name twice', { meta: null, tensors: [sample.tensors[1]!, sample.tensors[1]!] }, `two tensors are called 'empty'`],
  [
    'too few bytes',
    { meta: null, tensors: [{ ...sample.tensors[0]!, shape: [7] }] },
    `tensor 'kernel', float32 (7,), needs 28 bytes, and 24 came.`,
  ],
  ['a bool of 2', { meta: null, tensors: [{ ...sample.tensors[2]!, data: Uint8Array.of(0, 1, 2) }] }, `tensor 'mask' is of type bool`],
  [
    'NaN in meta',
    { meta: { rate: NaN }, tensors: [] },
    'encodeContainer cannot keep meta.rate: NaN is no number in JSON. Make it plain JSON.',
  ],
])('packing refuses %s', async (_, container, message) => {
  await expect(encodeContainer(container)).rejects.toThrow(ValueError);
  await expect(encodeContainer(container)).rejects.toThrow(message);
});
