import { copyBuffers, tensorsFrom } from '../../tensor/program.ts';
import { tensorsIn } from '../../tensor/trees.ts';
import type { ModelCore } from '../core.ts';
import { firstNonFinite, originOf } from './origin.ts';
import { type Probe, type ProbeInputs, probeStep, type Tracked } from './probe.ts';

type Described = Pick<Tracked, 'role' | 'call' | 'path'>;

/** The name of a tensor in a finding. */
export const tensorName = ({ role, path }: Described): string => {
  if (role === 'weight') return path?.split('.').slice(1).join('.') ?? 'weight';
  return role === 'outputGradient' || role === 'inputGradient' || role === 'weightGradient' ? 'gradient' : role;
};

/** The tensor in words. */
const described = (core: ModelCore, { role, call, path }: Described): string => {
  const layer = core.network.layers.find(one => one.layer === core.network.calls[call ?? -1]?.layer)?.name;
  const words: Readonly<Record<Described['role'], string>> = {
    weight: `weight '${path}'`,
    x: 'the input x',
    y: 'the target y',
    sampleWeight: 'sampleWeight',
    output: `the output of layer '${layer}'`,
    loss: 'the loss',
    outputGradient: `the gradient of the loss with respect to the output of layer '${layer}'`,
    inputGradient: `the gradient that layer '${layer}' passes on`,
    weightGradient: `the gradient of weight '${path}' of layer '${layer}'`,
  };
  return words[role];
};

/** Tensors that are known to be finite before a tensor comes about: what it was computed from. */
const knownBefore = (
  core: ModelCore,
  { tracked, inputs }: Probe,
  inputsOfStep: ProbeInputs,
  { role, call }: Described,
): readonly Tracked['value'][] => {
  const leaves = [...tensorsIn(inputsOfStep.weights).map(({ leaf }) => leaf), ...inputsOfStep.x, ...inputsOfStep.y];
  if (role === 'output') return [...leaves, ...(inputs.get(call as number) ?? [])];
  if (role !== 'loss') return leaves;
  const last = new Set(core.network.outputs.map(output => core.network.calls.findIndex(one => one.outputs.includes(output))));
  return [...leaves, ...tracked.filter(one => one.role === 'output' && last.has(one.call as number)).map(({ value }) => value)];
};

const outside: Readonly<Partial<Record<Described['role'], string>>> = {
  weight: 'It was so before this step: look at what set the weights, or load a checkpoint from before.',
  x: 'Remove or fill such rows.',
  y: 'Remove or fill such rows.',
  sampleWeight: 'Remove or fill such rows.',
};

/** Says which tensor of a step is not finite, how much of it, by which operation it came about, and what to do. */
export const nonFiniteText = async (
  core: ModelCore,
  inputs: ProbeInputs,
  first: Described,
  { epoch, step }: { readonly epoch: number; readonly step: number },
): Promise<string> => {
  const probe = probeStep(core, inputs);
  const found = probe.tracked.find(({ role, call, path }) => role === first.role && call === first.call && path === first.path) as Tracked;
  const data = await found.value.data();
  const at = Math.max(0, firstNonFinite(data));
  const count = data.reduce((sum: number, value: number) => sum + (Number.isFinite(value) ? 0 : 1), 0);
  const [rows = 1] = found.value.shape;
  const row = found.value.rank > 0 && ['output', 'x', 'y', 'outputGradient', 'inputGradient'].includes(found.role);
  const where =
    data.length > 1
      ? ` in ${count} of ${data.length} values${row ? `, the first in row ${Math.floor(at / (data.length / rows))}` : ''}`
      : '';
  const head = `${described(core, found)} is ${Number.isNaN(data[at]) ? 'NaN' : 'infinite'}${where}, in epoch ${epoch + 1}, step ${step + 1}.`;
  const advice = outside[found.role];
  if (advice !== undefined) return `${head} ${advice}`;
  // Built anew from copies: what has been computed no longer says from what.
  const copies = tensorsFrom(inputs, copyBuffers(inputs));
  const again = probeStep(core, copies);
  const same = again.tracked.find(({ role, call, path }) => role === first.role && call === first.call && path === first.path) as Tracked;
  const origin = await originOf([same.value], knownBefore(core, again, copies, first));
  if (origin === undefined) return `${head} Make the learning rate smaller, clip gradients (clipNorm), or look at the data.`;
  const growth = origin.isOverflow === true ? await grownWeight(inputs) : undefined;
  return `${head} It comes from ${origin.words}.${growth === undefined ? '' : ` ${growth}`} ${origin.advice}`;
};

/** Weights larger than this have grown: those to begin with are smaller. */
const grown = 1e4;

/** Says which weight has grown beyond what weights are, where one has. */
const grownWeight = async ({ weights }: ProbeInputs): Promise<string | undefined> => {
  let largest = { path: '', size: 0 };
  for (const { path, leaf } of tensorsIn(weights)) {
    const size = (await leaf.data()).reduce((most: number, value: number) => Math.max(most, Math.abs(value)), 0);
    if (size > largest.size) largest = { path, size };
  }
  return largest.size > grown ? `Weight '${largest.path}' has grown to ${largest.size.toPrecision(3)}.` : undefined;
};
