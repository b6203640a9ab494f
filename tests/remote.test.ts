import { expect, test, vi } from 'vitest';
import type { Device } from '../src/backends/device.ts';
import { type Connect, remoteDevice } from '../src/backends/remote/device.ts';
import { packGraph, unpackGraph } from '../src/backends/remote/pack.ts';
import * as g from '../src/graph/build.ts';
import { input } from '../src/graph/node.ts';
import { runOn } from './support/devices.ts';
import { fill, floats } from './support/inputs.ts';

const values = [fill(floats([3, 4], 1))];
const nodes = [input([3, 4], 'float32')];
const doubled = [g.mul(nodes[0] as ReturnType<typeof input>, 2)];
const expected = Array.from(values[0]?.data ?? [], x => Math.fround(2 * Number(x)));
const check = async (device: Device): Promise<void> => {
  expect(Array.from((await runOn(device, nodes, values, doubled))[0]?.data ?? [])).toEqual(expected);
};

test('where no worker can be made, programs run in this thread', async () => {
  const refuses: Connect = () => {
    throw new Error('no workers here');
  };
  await check(remoteDevice({}, refuses));
});

test('where the worker does not come, what was asked until then is done in this thread, and that is said once', async () => {
  const info = vi.spyOn(console, 'info').mockImplementation(() => undefined);
  const posted: unknown[] = [];
  const silent: Connect = (_hear, lost) => {
    setTimeout(lost, 20);
    return { post: request => void posted.push(request) };
  };
  const device = remoteDevice({}, silent);
  await check(device);
  await check(device);
  expect(posted).toEqual([]);
  expect(info).toHaveBeenCalledTimes(1);
  info.mockRestore();
});

test('a graph of loops and branches survives packing', () => {
  const [x, xs] = [input([4], 'float32'), input([3, 4], 'float32')];
  const [carry, item] = [input([4], 'float32'), input([4], 'float32')];
  const body = { inputs: [carry, item], outputs: [g.add(g.mul(carry, 0.5), item), g.sin(carry)] };
  const [last, all] = g.scan([x, xs], { body, constants: 0, carries: 1, length: 3, reverse: false }) as [typeof x, typeof x];
  const outputs = [last, g.exp(all)];
  const packed = structuredClone(packGraph({ inputs: [x, xs], outputs, donated: [-1, -1] }));
  const again = unpackGraph(packed);
  expect(again.outputs.map(({ shape, dtype, op }) => [shape, dtype, op])).toEqual(
    outputs.map(({ shape, dtype, op }) => [shape, dtype, op]),
  );
  expect(packGraph(again)).toEqual(packed);
});
