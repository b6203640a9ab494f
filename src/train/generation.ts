import { ValueError } from '../core/errors.ts';
import { HostRandom, hostKey } from '../nn/hostRandom.ts';
import { wholeNumber } from '../tensor/options.ts';
import { nextSeed } from '../tensor/random.ts';
import type { ModelCore } from './core.ts';
import { type Decoder, decoderFor, languageShape } from './decoder.ts';
import { checkSampling, checkUnknown, draw, logSoftmax, type SamplingOptions, samplingProbabilities } from './sampling.ts';

export interface GenerateOptions extends SamplingOptions {
  /** Default 100. */
  readonly maxNewTokens?: number;
  /** Tokens that end the text; they are not given. */
  readonly stopTokens?: readonly number[];
  /** The same seed gives the same tokens. By default another one each time. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

const checkPrompt = (core: ModelCore, prompt: readonly number[]): void => {
  const { vocabulary } = languageShape(core);
  if (!Array.isArray(prompt) && !ArrayBuffer.isView(prompt))
    throw new ValueError('generate needs the tokens to begin with: net.generate([1, 2, 3]).');
  if (prompt.length === 0) throw new ValueError('generate needs at least one token to begin with.');
  const wrong = Array.from(prompt).findIndex(token => !Number.isInteger(token) || token < 0 || token >= vocabulary);
  if (wrong >= 0)
    throw new ValueError(
      `generate cannot begin with ${prompt[wrong]} (place ${wrong}): the model knows ${vocabulary} tokens, whole numbers from 0 to ${vocabulary - 1}.`,
    );
};

/** Feeds what fits: the last tokens where there are more than the model sees. Gives the logits of the next one. */
const prefill = async (decoder: Decoder, tokens: readonly number[], rows: number): Promise<Float32Array> => {
  const each = (token: number): number[] => new Array<number>(rows).fill(token);
  for (const token of tokens.slice(0, -1)) await decoder.skip(each(token));
  return decoder.feed(each(tokens.at(-1) as number));
};

/**
 * Tokens that continue a prompt, one by one as they come. With greedy choice (`temperature: 0`) the likeliest; else drawn, from all or from
 * the likeliest (`topK`, `topP`). Where the model's window is full, it goes on with the later half of what it saw.
 */
export async function* generateTokens(core: ModelCore, prompt: readonly number[], options: GenerateOptions): AsyncGenerator<number, void> {
  checkUnknown('generate', options, ['maxNewTokens', 'stopTokens', 'seed', 'signal']);
  checkSampling('generate', options);
  checkPrompt(core, prompt);
  const { maxNewTokens = 100, stopTokens = [], seed = nextSeed(), signal } = options;
  wholeNumber('generate', 'maxNewTokens', maxNewTokens, 0);
  const { length } = languageShape(core);
  const random = new HostRandom(hostKey(seed));
  const decoder = await decoderFor(core, 1);
  const tokens = Array.from(prompt);
  let logits = await prefill(decoder, tokens.slice(-length), 1);
  for (let count = 0; count < maxNewTokens; count++) {
    signal?.throwIfAborted();
    const token = draw(samplingProbabilities(logits, options, tokens), random);
    if (stopTokens.includes(token)) return;
    tokens.push(token);
    yield token;
    if (count + 1 === maxNewTokens) return;
    if (decoder.position < length) logits = await decoder.feed([token]);
    else {
      decoder.reset();
      logits = await prefill(decoder, tokens.slice(-Math.max(1, Math.floor(length / 2))), 1);
    }
  }
}

export interface BeamOptions {
  /** Sequences that are followed at a time. Default 4. */
  readonly beams?: number;
  /** Default 100. */
  readonly maxNewTokens?: number;
  /** Tokens that end a sequence. */
  readonly stopTokens?: readonly number[];
  /** Scores are divided by lengthᵖ: above 0 favours long ones. Default 1. Source: Wu et al. 2016, arXiv:1609.08144. */
  readonly lengthPenalty?: number;
}

/** A continuation, and the sum of the logarithms of its tokens' probabilities. */
export interface Beam {
  readonly tokens: readonly number[];
  readonly logProbability: number;
  /** What they are ordered by. */
  readonly score: number;
}

/** The likeliest continuations that a search along several beams finds, the best first. */
export const searchBeams = async (core: ModelCore, prompt: readonly number[], options: BeamOptions): Promise<Beam[]> => {
  checkUnknown('beamSearch', options, ['beams', 'maxNewTokens', 'stopTokens', 'lengthPenalty']);
  checkPrompt(core, prompt);
  const { beams = 4, maxNewTokens = 100, stopTokens = [], lengthPenalty = 1 } = options;
  wholeNumber('beamSearch', 'beams', beams, 1);
  const { length, vocabulary } = languageShape(core);
  const steps = Math.min(wholeNumber('beamSearch', 'maxNewTokens', maxNewTokens, 0), length - Math.min(prompt.length, length - 1));
  const decoder = await decoderFor(core, beams);
  const scored = (tokens: readonly number[], logProbability: number): Beam => ({
    ...{ tokens, logProbability },
    score: logProbability / Math.max(1, tokens.length) ** lengthPenalty,
  });
  let logits = await prefill(decoder, Array.from(prompt).slice(-(length - 1 || 1)), beams);
  // All beams begin alike: only the first one counts at the first step.
  let live = [{ tokens: [] as number[], logProbability: 0 }];
  const finished: Beam[] = [];
  for (let step = 0; step < steps && live.length > 0; step++) {
    const candidates = live.flatMap(({ logProbability }, row) =>
      Array.from(logSoftmax(logits.subarray(row * vocabulary, (row + 1) * vocabulary)), (value, token) => ({
        row,
        token,
        value: logProbability + value,
      })),
    );
    candidates.sort((a, b) => b.value - a.value || a.row - b.row || a.token - b.token);
    const next: { tokens: number[]; logProbability: number; row: number; token: number }[] = [];
    for (const { row, token, value } of candidates) {
      if (next.length === beams) break;
      const { tokens } = live[row] as (typeof live)[number];
      if (stopTokens.includes(token)) finished.push(scored(tokens, value));
      else next.push({ tokens: [...tokens, token], logProbability: value, row, token });
    }
    live = next;
    const best = finished.toSorted((a, b) => b.score - a.score).slice(0, beams);
    if (best.length === beams && step + 1 < steps && lengthPenalty <= 0) break;
    if (step + 1 === steps || next.length === 0) break;
    const full = Array.from({ length: beams }, (_, index) => next[Math.min(index, next.length - 1)] as (typeof next)[number]);
    decoder.reorder(full.map(({ row }) => row));
    logits = await decoder.feed(full.map(({ token }) => token));
  }
  const all = [...finished, ...live.map(({ tokens, logProbability }) => scored(tokens, logProbability))];
  return all.toSorted((a, b) => b.score - a.score).slice(0, beams);
};
