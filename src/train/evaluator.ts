import { dtypes } from '../core/dtype.ts';
import { sizeOf } from '../core/shape.ts';
import { tensor } from '../tensor/create.ts';
import { lendBuffers, tensorsFrom } from '../tensor/program.ts';
import { currentDevice } from '../tensor/runtime.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ModelCore } from './core.ts';
import { type Logs, writeInteger } from './logs.ts';
import { placeholder, placeholderLike } from './placeholder.ts';
import { type Batching, evaluateProgram, predictProgram, type Resident } from './programs.ts';
import { HostTally } from './tally.ts';

const shapesOf = (tensors: readonly Tensor[]): string => tensors.map(({ dtype, shape }) => `${dtype}${shape}`).join(';');

/** The batches of rows, in order: those of full size, and the rest. */
const phasesOf = (rows: number, batchSize: number): readonly (Batching & { readonly steps: number })[] => {
  const size = Math.min(batchSize, rows);
  const common = { rowsPerEpoch: rows, slots: 1 };
  const rest = rows % size;
  return [
    { size, whole: size === rows, steps: Math.floor(rows / size), ...common },
    ...(rest > 0 ? [{ size: rest, whole: false, steps: 1, ...common }] : []),
  ];
};

/** Loss and metrics over rows, in calls of about 50 ms. `onSlice` may throw to stop. */
export const evaluateRows = async (...args: Parameters<typeof sumsOfRows>): Promise<Logs> =>
  await (await sumsOfRows(...args)).logs(args[2]);

/** The sums that loss and metrics over rows follow from. */
export const sumsOfRows = async (
  core: ModelCore,
  data: Omit<Resident, 'order'>,
  rows: number,
  batchSize: number,
  onSlice: () => void = () => {},
): Promise<HostTally> => {
  const objective = core.objective('evaluate');
  const resident: Resident = {
    x: data.x.map(placeholderLike),
    y: data.y.map(placeholderLike),
    ...(data.sampleWeight === undefined ? {} : { sampleWeight: placeholderLike(data.sampleWeight) }),
  };
  const others = lendBuffers(data);
  const phases = phasesOf(rows, batchSize);
  const tally = new HostTally(objective, phases[0] as Batching);
  for (const { steps, ...batching } of phases) {
    const key = `evaluate ${JSON.stringify(batching)} ${shapesOf([...data.x, ...data.y])} ${data.sampleWeight?.shape ?? ''} ${core.averaging === undefined ? '' : 'averages'}`;
    const program = core.program(key, () =>
      evaluateProgram(
        { network: core.network, objective, batching, trainable: core.memory.trainable },
        tally.template,
        core.shown.template,
        resident,
      ),
    );
    for (let remaining = steps; remaining > 0; ) {
      const count = core.pacer.stepsFor(program, remaining);
      const start = performance.now();
      tally.buffers = program.run(tally.buffers, [...core.shown.buffers, ...others], count).state;
      await tally.collect();
      core.pacer.measured(program, count, performance.now() - start);
      remaining -= count;
      onSlice();
      await core.pacer.breathe();
    }
  }
  return tally;
};

/** The outputs for all rows. One batch stays on the device; several are put together on the host. */
export const predictRows = async (core: ModelCore, x: readonly Tensor[], rows: number, batchSize: number): Promise<readonly Tensor[]> => {
  const device = currentDevice();
  const others = lendBuffers(x);
  const position = device.allocate('int32', 1);
  const phases = phasesOf(rows, batchSize);
  const collected = core.network.outputs.map(({ dtype, shape }) => new dtypes[dtype].storage(rows * sizeOf(shape)));
  let row = 0;
  for (const { steps, ...batching } of phases) {
    const program = core.program(
      `predict ${JSON.stringify(batching)} ${shapesOf(x)} ${core.averaging === undefined ? '' : 'averages'}`,
      () =>
        predictProgram(
          { network: core.network, batching, optimizer: core.averaging, trainable: core.memory.trainable, states: core.memory.states },
          core.shown.template,
          x.map(placeholderLike),
          placeholder([], 'int32'),
        ),
    );
    for (let step = 0; step < steps; step++) {
      writeInteger(position, row);
      const results = program.run([], [...core.shown.buffers, ...others, position]).outputs;
      const count = core.network.outputs.length;
      const outputs = results.slice(0, count);
      core.memory.setStates(results.slice(count));
      if (batching.whole) return tensorsFrom(program.outputs.slice(0, count), outputs);
      for (const [index, buffer] of outputs.entries()) {
        const bytes = await device.read(buffer);
        const target = collected[index] as InstanceType<(typeof dtypes)['float32']['storage']>;
        const start = row * (target.byteLength / rows);
        new Uint8Array(target.buffer).set(bytes.subarray(0, (batching.size * target.byteLength) / rows), start);
        device.free(buffer);
      }
      row += batching.size;
      await core.pacer.breathe();
    }
  }
  return core.network.outputs.map(({ dtype, shape }, index) =>
    tensor(collected[index] as InstanceType<(typeof dtypes)['float32']['storage']>, { shape: [rows, ...shape], dtype }),
  );
};
