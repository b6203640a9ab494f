import { basename, join } from 'node:path';
import { datasets, learnTokenizer, readTextFile, type Tokenizer, type TokenizerConfig, tokenizerFrom } from '../data/index.ts';
import {
  callbacks,
  configure,
  FormatError,
  input,
  layers,
  loadModel,
  losses,
  type Model,
  model,
  type Tensor,
  tensor,
  ValueError,
} from '../index.ts';
import { makeFolder, stamp, writeWhole } from './files.ts';
import type { Output } from './output.ts';
import { reportPage } from './report/page.ts';
import { runFile, type Settings } from './settings.ts';
import type { Plan } from './tasks/prepared.ts';
import { optimizerFor } from './training/fit.ts';
import { commandOf, drawingOf } from './training/writeReport.ts';
import { type Command, UsageError } from './usage.ts';

/** What a model of texts was trained for; kept inside of it. */
interface LanguageTask {
  readonly tokenizer: TokenizerConfig;
  readonly context: number;
}

/** Whether data are one text to learn to write like. */
export const isLanguage = (data: string): boolean => /\.(txt|md)$/i.test(data) || data === 'tiny-shakespeare' || data === 'tinyShakespeare';

const textsOf = async ({ data, encoding }: Settings): Promise<{ readonly train: string; readonly held: string }> => {
  if (!/\.(txt|md)$/i.test(data)) {
    const { train, validation } = await datasets.tinyShakespeare();
    return { train, held: validation };
  }
  const text = await readTextFile(data, encoding === undefined ? {} : { encoding });
  const cut = Math.floor(text.length * 0.9);
  return { train: text.slice(0, cut), held: text.slice(cut) };
};

/** A text of few different letters is learned letter by letter; another one by pairs of bytes. */
const mostLetters = 256;
const fewestTokens = 2000;

const tokenizerFor = (text: string): Tokenizer =>
  new Set(text).size <= mostLetters
    ? learnTokenizer([text], { kind: 'characters', lowercase: false })
    : learnTokenizer([text], { kind: 'bytePairs', size: 1024 });

/** Windows of a text, and the tokens that follow each of theirs. */
const windows = (codes: readonly number[], context: number, step: number): { readonly x: Tensor; readonly y: Tensor } => {
  const count = Math.max(1, Math.floor((codes.length - 1 - context) / step) + 1);
  const from = (shift: number): Tensor => {
    const all = new Int32Array(count * context);
    for (let row = 0; row < count; row++)
      for (let at = 0; at < context; at++) all[row * context + at] = codes[row * step + at + shift] as number;
    return tensor(all, { shape: [count, context] });
  };
  return { x: from(0), y: from(1) };
};

/** A GPT; smaller for short texts. */
const network = (size: number, context: number, tokens: number, seed: number): Model => {
  const [width, blocks] = tokens < 200_000 ? [64, 2] : [128, 4];
  const codes = input([context], { dtype: 'int32' });
  const embedded = layers.embedding(size, width)(codes);
  let hidden = layers.add()([embedded, layers.positionEmbedding(context)(embedded)]);
  for (let block = 0; block < blocks; block++)
    hidden = layers.transformerDecoder(4 * width, 4, { normalizeFirst: true, activation: 'gelu', dropout: tokens < 200_000 ? 0.2 : 0 })(
      hidden,
    );
  return model({ inputs: codes, outputs: layers.dense(size)(layers.layerNormalization()(hidden)), seed });
};

/** Nats a token of models that count: of tokens alone, and of each token after the one before. */
const countedLosses = (
  train: readonly number[],
  held: readonly number[],
  size: number,
): { readonly alone: number; readonly after: number } => {
  const [single, pairs] = [new Float64Array(size).fill(1), new Float64Array(size * size)];
  train.forEach((code, at) => {
    single[code] = (single[code] as number) + 1;
    if (at > 0) pairs[(train[at - 1] as number) * size + code] = (pairs[(train[at - 1] as number) * size + code] as number) + 1;
  });
  const total = single.reduce((a, b) => a + b);
  let [alone, after] = [0, 0];
  for (let at = 1; at < held.length; at++) {
    const [before, code] = [held[at - 1] as number, held[at] as number];
    const share = (single[code] as number) / total;
    alone -= Math.log(share);
    // A pair that never came up is as likely as its second token alone (Witten, Bell 1991, with one pseudo-count for each token).
    after -= Math.log(((pairs[before * size + code] as number) + share * 5) / ((single[before] as number) - 1 + 5));
  }
  return { alone: alone / (held.length - 1), after: after / (held.length - 1) };
};

const fromLogits = losses.sparseCategoricalCrossentropy({ fromLogits: true });

/** Text that continues another one, as it comes. */
const written = async function* (
  net: Model,
  tokenizer: Tokenizer,
  prompt: string,
  options: Parameters<Model['generate']>[1],
): AsyncGenerator<string> {
  const codes = tokenizer.encode(prompt);
  const [before, whole] = [[...codes], [...codes]];
  let shown = tokenizer.decode(before);
  for await (const code of net.generate(codes, options)) {
    whole.push(code);
    const text = tokenizer.decode(whole);
    if (text.endsWith('\uFFFD')) continue; // half of a letter
    yield text.slice(shown.length);
    shown = text;
  }
};

/** Trains a network that writes like a text, and leaves a run folder. */
export const trainLanguage = async (
  settings: Settings,
  output: Output,
  signal: AbortSignal,
  folder: string = join('runs', `${basename(settings.data).replace(/\.[^.]+$/, '')}-${stamp()}`),
): Promise<void> => {
  const started = performance.now();
  const { train, held } = await textsOf(settings);
  const tokenizer = tokenizerFor(train);
  const { size } = tokenizer;
  const [codes, heldCodes] = [tokenizer.encode(train), tokenizer.encode(held)];
  if (codes.length < fewestTokens)
    throw new FormatError(`${settings.data} has ${codes.length} tokens to learn from: a text of at least ${fewestTokens} is needed.`);
  const context = codes.length < 200_000 ? 48 : 64;
  const [learned, judged] = [windows(codes, context, context / 2), windows(heldCodes, context, context)];
  const rows = learned.x.shape[0] as number;
  const plan: Plan = {
    ...{ epochs: settings.epochs ?? Math.max(3, Math.min(20, Math.round(150_000 / rows))), batchSize: settings.batchSize ?? 16 },
    ...{ learningRate: settings.learningRate ?? 2e-3, weightDecay: 0.05, size: { width: 1, depth: 0, dropout: 0 } },
  };
  const net = network(size, context, codes.length, settings.seed);
  net.compile({
    optimizer: optimizerFor(settings.optimizer ?? 'adamW', plan, rows),
    loss: fromLogits,
    mixedPrecision: settings.mixedPrecision ?? 'float32',
  });
  output.say(
    `${basename(settings.data)}: ${codes.length.toLocaleString('en-US')} tokens to learn from, ${heldCodes.length.toLocaleString('en-US')} for the end, ${size} different ones (${tokenizer.kind === 'characters' ? 'letters' : 'byte pairs'}); the network sees ${context} at a time\n`,
  );
  await makeFolder(folder);
  await writeWhole(join(folder, runFile), `${JSON.stringify(settings, undefined, 2)}\n`);
  output.event({ event: 'start', data: settings.data, kind: 'language', tokens: codes.length, vocabulary: size, seed: settings.seed });
  signal.addEventListener('abort', () => process.stderr.write(`\nTo go on: gradus train --resume ${folder}\n`), { once: true });
  const history = await net.fit(learned.x, learned.y, {
    ...{ epochs: plan.epochs, batchSize: plan.batchSize, seed: settings.seed, signal, verbose: output.json ? 'silent' : 'auto' },
    validationData: [judged.x, judged.y],
    validationBatchSize: 64,
    callbacks: [
      callbacks.earlyStopping({ patience: 3, restoreBestWeights: true }),
      callbacks.backupAndRestore({ directory: join(folder, 'checkpoints'), saveFreq: Math.max(50, Math.ceil(rows / plan.batchSize / 4)) }),
      {
        onEpochEnd: (epoch: number, logs: Readonly<Record<string, number>>) => output.event({ event: 'epoch', epoch: epoch + 1, ...logs }),
      },
    ],
  });
  const { loss = Number.NaN } = await net.evaluate(judged.x, judged.y, { batchSize: 64 });
  const counted = countedLosses(codes, heldCodes, size);
  const scoresOf = (nats: number): Readonly<Record<string, number>> => ({ loss: nats, perplexity: Math.exp(nats) });
  const test = {
    'tokens by their share': scoresOf(counted.alone),
    'tokens by the one before': scoresOf(counted.after),
    'neural network': scoresOf(loss),
  };
  const task: LanguageTask = { tokenizer: tokenizer.config, context };
  net.metadata = { language: JSON.parse(JSON.stringify(task)) };
  await net.save(join(folder, 'model.gradus'));
  const seconds = (performance.now() - started) / 1000;
  const result = { ...settings, kind: 'language', ...plan, kept: 'neural network', test, history, seconds };
  await writeWhole(join(folder, 'history.json'), `${JSON.stringify(result, undefined, 2)}\n`);
  await writeWhole(
    join(folder, 'report.html'),
    reportPage({
      ...{
        title: basename(settings.data),
        target: 'the next token',
        task: 'classification',
        kept: 'neural network',
        scores: test,
        history,
      },
      network: drawingOf(net),
      ...{ summary: net.summary({ print: false }), command: commandOf(settings) },
      environment: { node: process.version, seed: settings.seed, seconds: Number(seconds.toFixed(1)) },
    }),
  );
  output.say('\nNats a token, on the text that was kept for the end:');
  for (const [name, scores] of Object.entries(test))
    output.say(`  ${name.padEnd(26)} ${scores.loss?.toFixed(4)}   perplexity ${scores.perplexity?.toFixed(2)}`);
  if (!output.json) {
    let text = '';
    for await (const part of written(net, tokenizer, held.slice(0, 32), { maxNewTokens: 300, temperature: 0.8, seed: settings.seed }))
      text += part;
    output.say(`\nWhat it writes after ${JSON.stringify(held.slice(0, 32))}:\n${text}`);
  }
  output.say(`\nRun folder: ${folder} (model.gradus, history.json, report.html), ${seconds.toFixed(1)} s in all`);
  output.event({ event: 'end', test, kept: 'neural network', folder, seconds });
};

/** What a model of texts knows of them. */
export const languageOf = (net: Model): LanguageTask | undefined => net.metadata?.language as LanguageTask | undefined;

/** Nats a token of a model on a text of its own. */
export const evaluateLanguage = async (net: Model, settings: Settings, output: Output): Promise<void> => {
  const task = languageOf(net);
  if (task === undefined) throw new ValueError(`${settings.data} is a text, and the model was not trained to write by 'gradus train'.`);
  const { train, held } = await textsOf(settings);
  const codes = (await tokenizerFrom(task.tokenizer)).encode(/\.(txt|md)$/i.test(settings.data) ? train + held : held);
  if (codes.length <= task.context)
    throw new ValueError(`${settings.data} has ${codes.length} tokens, and the model reads ${task.context} at a time.`);
  const { x, y } = windows(codes, task.context, task.context);
  net.compile({ loss: fromLogits });
  const { loss = Number.NaN } = await net.evaluate(x, y, { batchSize: 64 });
  output.say(`loss        ${loss.toFixed(4)} nats a token\nperplexity  ${Math.exp(loss).toFixed(4)}`);
  output.event({ event: 'evaluation', data: settings.data, tokens: codes.length, loss, perplexity: Math.exp(loss) });
};

/** Writes on after a prompt, as it comes. */
export const generate = async (command: Command, output: Output, signal: AbortSignal): Promise<void> => {
  const [path, ...more] = command.operands;
  if (path === undefined || more.length > 0)
    throw new UsageError(`gradus generate takes one model file, got ${command.operands.length}. See gradus --help.`);
  await configure({ wideSimd: true });
  const net = await loadModel(path);
  const task = languageOf(net);
  if (task === undefined) throw new ValueError(`${path} was not trained to write: train one on a text, gradus train book.txt.`);
  const tokenizer = await tokenizerFrom(task.tokenizer);
  const { prompt = '\n', length = 300, temperature = 0.8, seed } = command;
  let text = '';
  if (!output.json) process.stdout.write(prompt);
  for await (const part of written(net, tokenizer, prompt, { maxNewTokens: length, temperature, seed, signal })) {
    text += part;
    if (!output.json) process.stdout.write(part);
  }
  output.say('');
  output.event({ event: 'text', prompt, text });
};
