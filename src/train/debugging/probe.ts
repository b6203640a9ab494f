import { isFloat } from '../../core/dtype.ts';
import type { LayerCall, Symbolic } from '../../nn/symbolic.ts';
import { zerosLike } from '../../tensor/create.ts';
import { valueAndGrad } from '../../tensor/differentiate.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { tensorsIn } from '../../tensor/trees.ts';
import type { ModelCore } from '../core.ts';
import type { Observer, Weights } from '../network.ts';
import { batchLoss, chosen, replaceChosen } from '../programs.ts';

/** What a step reads. */
export interface ProbeInputs {
  readonly weights: Weights;
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  readonly sampleWeight?: Tensor;
  readonly key: Tensor;
}

/** A tensor of a step. */
export interface Tracked {
  readonly role: 'weight' | 'x' | 'y' | 'sampleWeight' | 'output' | 'loss' | 'outputGradient' | 'inputGradient' | 'weightGradient';
  /** The place of a layer's call in the order of evaluation. */
  readonly call: number | undefined;
  /** A weight's path, 'layer.weight'. */
  readonly path: string | undefined;
  readonly value: Tensor;
}

/** Every tensor of a step: in the order in which they are computed, those of the backward pass from the loss to the first layer. */
export interface Probe {
  readonly tracked: readonly Tracked[];
  /** What each call was given. */
  readonly inputs: ReadonlyMap<number, readonly Tensor[]>;
}

type Taps = Readonly<Record<string, Tensor>>;

const tapName = (call: number, side: string, place: number): string => `${call} ${side} ${place}`;

/** Values of the graph whose gradient moves a weight. */
const needed = (core: ModelCore): ReadonlySet<Symbolic> => {
  const moving = new Set(
    core.memory.placed.filter((_, index) => core.memory.trainable[index] === true).map(({ path, name }) => path.slice(0, -name.length - 1)),
  );
  const found = new Set<Symbolic>();
  for (const { layer, inputs, outputs } of core.network.calls) {
    const name = core.network.layers.find(one => one.layer === layer)?.name as string;
    if (moving.has(name) || inputs.some(input => found.has(input))) for (const output of outputs) found.add(output);
  }
  return found;
};

/** One step in training mode, with everything on the way and all gradients: zeros that are added to each value show its gradient. */
export const probeStep = (core: ModelCore, given: ProbeInputs): Probe => {
  const { network, memory } = core;
  const objective = core.objective('debug');
  const { weights, key, ...batch } = given;
  const values = new Map<number, { inputs: readonly Tensor[]; outputs: readonly Tensor[] }>();
  const look = (taps: Taps | undefined, seen: typeof values): Observer => {
    const taken = new Set<string>();
    return (call, side, all) => {
      const tapped = all.map((value, place) => {
        const name = tapName(call, side, place);
        const tap = taps?.[name];
        if (tap === undefined || taken.has(name)) return value;
        taken.add(name); // a step of one's own may call the model again: its first call is looked at
        return value.add(tap);
      });
      const known = seen.get(call) ?? { inputs: [], outputs: [] };
      if (known[side].length === 0) seen.set(call, { ...known, [side]: tapped });
      return tapped;
    };
  };
  const run = (now: Weights, observe: Observer): Tensor =>
    batchLoss({ network, objective, frozen: memory.frozenLayers, observe }, now, batch, key).loss;
  run(weights, look(undefined, values));
  const taps = Object.fromEntries(
    [...values].flatMap(([call, sides]) =>
      (['inputs', 'outputs'] as const).flatMap(side =>
        sides[side].flatMap((value, place) => (isFloat(value.dtype) ? [[tapName(call, side, place), zerosLike(value)] as const] : [])),
      ),
    ),
  );
  const moved = chosen(weights, memory.trainable);
  const seen: typeof values = new Map();
  const lossOf = (tree: { readonly moved: Readonly<Record<string, Tensor>>; readonly taps: Taps }): [Tensor, Tensor[]] => {
    seen.clear();
    const loss = run(replaceChosen(weights, memory.trainable, tree.moved), look(tree.taps, seen));
    return [loss, [...seen.values()].flatMap(({ inputs, outputs }) => [...inputs, ...outputs])];
  };
  const [[loss, flat], gradients] = valueAndGrad(lossOf, { hasAux: true, residuals: objective.residuals })({ moved, taps });
  let next = 0;
  const outside = new Map(
    [...seen].map(([call, { inputs, outputs }]) => [
      call,
      { inputs: inputs.map(() => flat[next++] as Tensor), outputs: outputs.map(() => flat[next++] as Tensor) },
    ]),
  );
  return {
    tracked: list(core, given, loss, outside, gradients as never),
    inputs: new Map([...outside].map(([call, { inputs }]) => [call, inputs])),
  };
};

const list = (
  core: ModelCore,
  { weights, x, y, sampleWeight }: ProbeInputs,
  loss: Tensor,
  values: ReadonlyMap<number, { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] }>,
  gradients: { readonly moved: Readonly<Record<string, Tensor>>; readonly taps: Taps },
): Tracked[] => {
  const tracked: Tracked[] = [];
  const track = (role: Tracked['role'], value: Tensor | undefined, call?: number, path?: string): void => {
    if (value !== undefined && isFloat(value.dtype)) tracked.push({ role, value, call, path });
  };
  for (const { path, leaf } of tensorsIn(weights)) track('weight', leaf, undefined, path);
  for (const one of x) track('x', one);
  for (const one of y) track('y', one);
  track('sampleWeight', sampleWeight);
  const { calls, layers } = core.network;
  calls.forEach((_, call) => {
    for (const output of values.get(call)?.outputs ?? []) track('output', output, call);
  });
  track('loss', loss);
  const matters = needed(core);
  for (let call = calls.length - 1; call >= 0; call--) {
    const { layer, inputs, outputs } = calls[call] as LayerCall;
    const name = layers.find(one => one.layer === layer)?.name as string;
    outputs.forEach((output, place) => {
      if (matters.has(output)) track('outputGradient', gradients.taps[tapName(call, 'outputs', place)], call);
    });
    for (const [path, value] of Object.entries(gradients.moved))
      if (path.startsWith(`${name}.`)) track('weightGradient', value, call, path);
    inputs.forEach((input, place) => {
      if (matters.has(input)) track('inputGradient', gradients.taps[tapName(call, 'inputs', place)], call);
    });
  }
  return tracked;
};
