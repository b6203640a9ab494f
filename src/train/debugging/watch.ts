import { platform } from '../../core/platform.ts';
import { foldIn, hostKey } from '../../nn/hostRandom.ts';
import { stack, tensor } from '../../tensor/create.ts';
import { jit } from '../../tensor/jit.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { tensorsIn } from '../../tensor/trees.ts';
import type { ModelCore } from '../core.ts';
import type { FitOptions, Rows } from '../fitOptions.ts';
import { DebugError, type Finding } from './finding.ts';
import { Health, type LayerSizes } from './health.ts';
import { type ProbeInputs, probeStep, type Tracked } from './probe.ts';
import { nonFiniteText, tensorName } from './report.ts';

/** Looks at each step of a training that is debugged. */
export interface DebugWatch {
  /** Before a step: computes it, and looks at every value and gradient. @throws DebugError at the first that is not finite. */
  before(epoch: number, step: number, rows: Rows): Promise<void>;
  /** After the step: looks at the weights. @throws DebugError where the update made one that is not finite. */
  after(epoch: number, step: number): Promise<void>;
}

const activationOf = (config: Readonly<Record<string, unknown>>): unknown => {
  const { activation } = config;
  return typeof activation === 'object' && activation !== null && 'kind' in activation ? activation.kind : activation;
};

/** Places of calls whose outputs are those of a relu. */
const reluCalls = ({ network }: ModelCore): readonly number[] =>
  network.calls.flatMap(({ layer }, call) => (layer.kind === 'relu' || activationOf(layer.config) === 'relu' ? [call] : []));

const layerName = ({ network }: ModelCore, call: number | undefined): string | undefined =>
  call === undefined ? undefined : network.layers.find(({ layer }) => layer === network.calls[call]?.layer)?.name;

/** For each unit of a relu's output, 1 where it is 0 for the whole batch. */
const silence = (output: Tensor): Tensor =>
  output
    .equal(0)
    .all(Array.from({ length: output.rank - 1 }, (_, axis) => axis))
    .cast('float32');

/** The root of the mean square of many values. */
const rootMeanSquare = (value: Tensor): Tensor => value.cast('float32').square().mean().sqrt();

type Described = Pick<Tracked, 'role' | 'call' | 'path'>;

/** A step, measured in one program. */
const measureFor = (core: ModelCore): ((inputs: ProbeInputs) => Promise<Measured>) => {
  let described: readonly Described[] = [];
  const relus = reluCalls(core);
  const program = jit((inputs: ProbeInputs) => {
    const { tracked } = probeStep(core, inputs);
    described = tracked.map(({ role, call, path }) => ({ role, call, path }));
    const outputs = new Map(tracked.filter(({ role }) => role === 'output').map(({ call, value }) => [call, value]));
    return {
      finite: stack(tracked.map(({ value }) => value.isFinite().all().cast('float32'))),
      gradients: stack([...tracked.filter(({ role }) => role === 'weightGradient').map(({ value }) => rootMeanSquare(value)), tensor(0)]),
      relus: relus.map(call => silence(outputs.get(call) as Tensor)),
    };
  });
  return async inputs => {
    const { finite, gradients, relus: silent } = program(inputs);
    const flags = await finite.data();
    const norms = await gradients.data();
    const weighted = described.filter(({ role }) => role === 'weightGradient');
    const sizes = new Map<string, number>();
    weighted.forEach(({ call }, index) => {
      const layer = layerName(core, call) as string;
      sizes.set(layer, Math.max(sizes.get(layer) ?? 0, norms[index] as number));
    });
    return {
      bad: described.filter((_, index) => flags[index] === 0),
      layers: [...sizes].map(([layer, gradient]) => ({ layer, gradient })),
      relus: await Promise.all(
        silent.map(async (one, index) => ({ layer: layerName(core, relus[index]) as string, isSilent: await one.data() })),
      ),
    };
  };
};

interface Measured {
  readonly bad: readonly Described[];
  readonly layers: readonly LayerSizes[];
  readonly relus: readonly { readonly layer: string; readonly isSilent: ArrayLike<number> }[];
}

/** What `fit({ debug })` asks for; undefined where it is off. */
export const debugWatch = (core: ModelCore, { debug = false, verbose = 'auto' }: FitOptions, seed: number): DebugWatch | undefined => {
  if (debug === false) return undefined;
  const tell = (finding: Finding): void => {
    if (typeof debug === 'function') debug(finding);
    else if (verbose !== 'silent') platform().write(`${finding.text}\n`);
  };
  const health = new Health(tell);
  const measure = measureFor(core);
  const [word] = foldIn(hostKey(seed), 1);
  const areFinite = jit((weights: readonly Tensor[]) => stack(weights.map(weight => weight.isFinite().all().cast('float32'))));
  const fail = (finding: Finding): never => {
    if (typeof debug === 'function') debug(finding);
    throw new DebugError(finding);
  };
  return {
    async before(epoch, step, { x, y, sampleWeight }) {
      const inputs: ProbeInputs = {
        weights: core.memory.tensors,
        x: x.map((one, index) => one.cast(core.network.inputs[index]?.dtype ?? one.dtype)),
        ...{ y, key: tensor(Int32Array.of(word, core.updates)) },
        ...(sampleWeight === undefined ? {} : { sampleWeight }),
      };
      const { bad, layers, relus } = await measure(inputs);
      const [first] = bad;
      if (first === undefined) return health.see(epoch, step, relus, layers);
      const text = await nonFiniteText(core, inputs, first, { epoch, step });
      fail({
        kind: 'nonFinite',
        epoch,
        step,
        layer: layerName(core, first.call) ?? first.path?.split('.')[0],
        tensor: tensorName(first),
        text,
      });
    },
    async after(epoch, step) {
      const found = tensorsIn(core.memory.tensors);
      if (found.length === 0) return;
      const flags = await areFinite(found.map(({ leaf }) => leaf)).data();
      const place = flags.indexOf(0);
      if (place < 0) return;
      const { path } = found[place] as (typeof found)[number];
      const [layer, ...rest] = path.split('.');
      fail({
        ...{ kind: 'nonFinite', epoch, step, layer, tensor: rest.join('.') },
        text: `the update of epoch ${epoch + 1}, step ${step + 1} makes weight '${path}' NaN or infinite, though its gradient is finite. The learning rate is ${core.learningRate ?? 'that of a schedule'}. Make it smaller, or clip gradients (clipNorm).`,
      });
    },
  };
};
