import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../files.ts';
import type { Plan } from '../tasks/prepared.ts';
import { fit, type Run } from './fit.ts';

type Found = Pick<Plan, 'batchSize' | 'learningRate' | 'weightDecay' | 'size'>;

/** The best loss on the rows to choose by. */
const lossOf = (history: Readonly<Record<string, readonly number[]>>): number =>
  Math.min(Infinity, ...(history.valLoss ?? []).filter(Number.isFinite));

/** The learning rate that gets furthest in a few epochs. */
export const findRate = async (
  run: Run,
): Promise<{ readonly rate: number; readonly tried: readonly { readonly rate: number; readonly loss: number }[] }> => {
  const { usual, train, deep } = run.prepared;
  const { settings } = run;
  const batchSize = settings.batchSize ?? usual.batchSize;
  const epochs = Math.max(2, Math.min(6, Math.ceil(20_000 / train.rows.length)));
  const tried: { rate: number; loss: number }[] = [];
  for (const rate of usual.rates) {
    const plan = { epochs, batchSize, learningRate: rate, weightDecay: usual.weightDecay, size: usual.size };
    tried.push({ rate, loss: lossOf((await fit(run, deep(settings.seed, usual.size), plan)).history) });
  }
  return { rate: tried.reduce((best, one) => (one.loss < best.loss ? one : best)).rate, tried };
};

/** Numbers between 0 and 1 that follow from the seed. */
const chance = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Networks and trainings to try: the usual one first, then others around it. */
const candidates = (run: Run, count: number): Found[] => {
  const { usual } = run.prepared;
  const batchSize = run.settings.batchSize ?? usual.batchSize;
  const next = chance(run.settings.seed + 1);
  const one = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const first: Found = { batchSize, learningRate: run.settings.learningRate ?? 3e-3, weightDecay: usual.weightDecay, size: usual.size };
  return [
    first,
    ...Array.from({ length: count - 1 }, (): Found => {
      const size = { width: one([0.5, 1, 1, 2]), depth: one([-1, 0, 0, 1]), dropout: one([0, 0.1, 0.2, 0.4]) };
      const rate = Number((10 ** (-3.5 + 1.8 * next())).toPrecision(2));
      const batch = run.settings.batchSize ?? Math.max(4, Math.round(batchSize * one([0.5, 1, 2])));
      return { size, learningRate: run.settings.learningRate ?? rate, batchSize: batch, weightDecay: one([0.001, 0.01, 0.05]) };
    }),
  ];
};

/** A third of the networks goes on, with three times the epochs. */
const factor = 3;

interface Trial {
  readonly candidate: number;
  readonly epochs: number;
  readonly loss: number;
}

const trialsFile = 'trials.json';

const readTrials = async (folder: string): Promise<Trial[]> => {
  try {
    return JSON.parse(await readFile(join(folder, trialsFile), 'utf8')) as Trial[];
  } catch {
    return []; // none yet
  }
};

const describe = ({ batchSize, learningRate, weightDecay, size }: Found): string =>
  `rate ${learningRate}, batch ${batchSize}, width x ${size.width}, ${size.depth === 0 ? 'usual depth' : `depth ${size.depth > 0 ? '+' : ''}${size.depth}`}, dropout ${size.dropout}, decay ${weightDecay}`;

/**
 * Successive halving: all networks for a few epochs, the best third for three times as many, until one is left. Trials are kept in the
 * run folder, so that a search that was interrupted goes on.
 *
 * Source: Jamieson and Talwalkar 2016, arXiv:1502.07943.
 */
export const tune = async (run: Run, count: number, epochs: number, folder: string): Promise<Found> => {
  const { prepared, settings, output } = run;
  const all = candidates(run, count);
  const trials = await readTrials(folder);
  let left = all.map((_, candidate) => candidate);
  const rounds = Math.ceil(Math.log(count) / Math.log(factor));
  for (let round = 0; round < rounds; round++) {
    const budget = Math.max(2, Math.round(epochs / factor ** (rounds - round)));
    output.say(`trying ${left.length} networks for ${budget} epochs each`);
    const results: Trial[] = [];
    for (const candidate of left) {
      const known = trials.find(trial => trial.candidate === candidate && trial.epochs === budget);
      const chosen = all[candidate] as Found;
      const trial = known ?? {
        ...{ candidate, epochs: budget },
        loss: lossOf((await fit(run, prepared.deep(settings.seed, chosen.size), { ...chosen, epochs: budget })).history),
      };
      if (known === undefined) {
        trials.push(trial);
        await writeWhole(join(folder, trialsFile), `${JSON.stringify(trials)}\n`);
      }
      results.push(trial);
      output.event({ event: 'trial', ...trial, ...chosen });
      output.say(`  ${String(candidate + 1).padStart(3)}  validation loss ${trial.loss.toFixed(4)}   ${describe(chosen)}`);
    }
    results.sort((a, b) => a.loss - b.loss || a.candidate - b.candidate);
    left = results.slice(0, Math.ceil(results.length / factor)).map(({ candidate }) => candidate);
  }
  const best = all[left[0] as number] as Found;
  output.say(`chosen: ${describe(best)}\n`);
  return best;
};
