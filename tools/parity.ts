// Writes docs/parity.md: every public name of Keras, what Gradus calls it, and how far both are apart in the golden tests.
//   node tools/parity.ts
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as gradus from '../src/index.ts';

const root = join(import.meta.dirname, '..');

/** Kinds of names: where they stand in Gradus. */
const groups = [
  'layers',
  'activations',
  'losses',
  'metrics',
  'optimizers',
  'schedules',
  'callbacks',
  'initializers',
  'regularizers',
  'constraints',
] as const;
type Group = (typeof groups)[number];

/** Names that are no functionality of their own, and why. */
const apart: Readonly<Record<string, string>> = {
  ...{
    Layer: '`defineLayer` makes layers',
    InputSpec: 'shapes follow from tracing',
    InputLayer: '`input(shape)`',
    Wrapper: '`defineLayer` makes wrappers',
  },
  ...{ JaxLayer: 'runs JAX code', FlaxLayer: 'runs Flax code', TFSMLayer: 'runs TensorFlow code', TorchModuleWrapper: 'runs PyTorch code' },
  ...{
    Loss: 'a loss is a function of (target, prediction)',
    Metric: 'a metric is a value with sums',
    Optimizer: 'an optimizer is a value with `init` and `update`',
  },
  ...{
    LearningRateSchedule: '`schedules.of(step => rate)`',
    Callback: 'a callback is an object of functions',
    CallbackList: '`callbacks` is a list',
  },
  ...{
    Initializer: 'an initializer is a function of a shape',
    Regularizer: 'a function of a tensor serves',
    Constraint: 'a function of a tensor serves',
  },
  ...{ OrbaxCheckpoint: 'Orbax is a Python library; `modelCheckpoint` and `backupAndRestore` write checkpoints' },
};

/** Names that differ by more than their case. */
const renamed: Readonly<Record<string, string>> = {
  ...{
    RMSNormalization: 'rmsNormalization',
    SimpleRNN: 'simpleRnn',
    SimpleRNNCell: 'simpleRnnCell',
    RNN: 'rnn',
    GRU: 'gru',
    GRUCell: 'gruCell',
    LSTM: 'lstm',
  },
  ...{ LSTMCell: 'lstmCell', StackedRNNCells: 'stackedRnnCells', ReLU: 'relu', ELU: 'elu', PReLU: 'prelu', LeakyReLU: 'leakyRelu' },
  ...{
    GroupQueryAttention: 'groupedQueryAttention',
    ConvLSTM1D: 'convLstm1d',
    ConvLSTM2D: 'convLstm2d',
    ConvLSTM3D: 'convLstm3d',
    STFTSpectrogram: 'stftSpectrogram',
  },
  ...{
    CTC: 'ctc',
    KLDivergence: 'klDivergence',
    AUC: 'auc',
    IoU: 'iou',
    BinaryIoU: 'binaryIou',
    MeanIoU: 'meanIou',
    OneHotIoU: 'oneHotIou',
    OneHotMeanIoU: 'oneHotMeanIou',
  },
  ...{
    R2Score: 'r2Score',
    F1Score: 'f1Score',
    FBetaScore: 'fBetaScore',
    SGD: 'sgd',
    RMSprop: 'rmsprop',
    AdamW: 'adamW',
    ScheduleFreeAdamW: 'scheduleFreeAdamW',
  },
  ...{
    LossScaleOptimizer: 'lossScale',
    OptimizerMap: 'multiOptimizer',
    CSVLogger: 'csvLogger',
    ReduceLROnPlateau: 'reduceLrOnPlateau',
    LambdaCallback: 'lambda',
  },
  ...{
    SwapEMAWeights: 'swapEmaWeights',
    TerminateOnNaN: 'terminateOnNaN',
    STFT: 'stft',
    STFTInitializer: 'stft',
    IdentityInitializer: 'identity',
  },
  ...{
    OrthogonalInitializer: 'orthogonal',
    L1: 'l1',
    L2: 'l2',
    L1L2: 'l1L2',
    hard_swish: 'hardSilu',
    swish: 'silu',
    ContrastLimitedAdaptiveHistogramEqualization: 'contrastLimitedAdaptiveHistogramEqualization',
  },
};

/** What golden values of its own cannot say, and where it is tested. */
const elsewhere: Readonly<Record<string, string>> = {
  ...{
    gruCell: 'through `rnn`',
    lstmCell: 'through `rnn`',
    simpleRnnCell: 'through `rnn`',
    stackedRnnCells: 'through `rnn`',
    lambda: 'a function of the user',
  },
  ...{
    activation: 'each activation',
    pipeline: 'its parts',
    maxNumBoundingBoxes: 'unit tests',
    randAugment: 'its parts',
    randomColorJitter: 'its parts',
  },
  ...{ sparsemax: 'against its definition: Keras 3.15.1 gives rows whose sum is not 1', threshold: 'unit tests' },
  ...{
    l1L2: 'in whole trainings',
    orthogonalRegularizer: 'in whole trainings',
    maxNorm: 'in whole trainings',
    minMaxNorm: 'in whole trainings',
  },
  ...{
    nonNeg: 'in whole trainings',
    unitNorm: 'in whole trainings',
    history: 'in whole trainings',
    learningRateScheduler: 'in whole trainings',
  },
};
/** Random values are our own: their moments and bounds are tested. */
const ofMoments = /^(glorot|he|lecun|random|truncated|varianceScaling)/;

const nameOf = (keras: string): string => {
  if (renamed[keras] !== undefined) return renamed[keras];
  const camel = keras.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const pooled = camel
    .replace('Pooling', 'Pool')
    .replace('AvgPool', 'AveragePool')
    .replace('Convolution', 'Conv')
    .replace(/([123])D/, '$1d');
  return pooled.charAt(0).toLowerCase() + pooled.slice(1);
};

const measure = (): Map<string, { tests: number; largest: number }> => {
  const file = join(tmpdir(), `gradus-parity-${process.pid}.jsonl`);
  rmSync(file, { force: true });
  execFileSync('npx', ['vitest', 'run', 'tests/golden', 'src/nn/initializers.test.ts', '--reporter=dot'], {
    ...{ cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
    env: { ...process.env, GRADUS_PARITY: file },
  });
  const found = new Map<string, { tests: number; largest: number; names: Set<string> }>();
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const { test, largest } = JSON.parse(line) as { test: string; largest: number };
    const last = test.split(' > ').at(-1) as string;
    // The first word names what is tested; for functions as layers the second one does.
    const [first = '', second = ''] = last.replace(/^(layer|activation|loss|optimizer|schedule) (?=\w)/, '').split(/[ :,]/);
    for (const kind of first === 'activation' ? [nameOf(second)] : [first]) {
      const entry = found.get(kind) ?? { tests: 0, largest: 0, names: new Set<string>() };
      entry.names.add(test);
      found.set(kind, { ...entry, tests: entry.names.size, largest: Math.max(entry.largest, largest) });
    }
  }
  rmSync(file, { force: true });
  return found;
};

const names = JSON.parse(readFileSync(join(root, 'tests', 'golden', 'keras_names.json'), 'utf8')) as Record<Group, string[]> & {
  version: string;
};
const measured = measure();
const lines: string[] = [];
let missing = 0;
for (const group of groups) {
  const known = (gradus as unknown as Record<Group, Readonly<Record<string, unknown>>>)[group];
  lines.push(`## ${group}`, '', '| Keras | Gradus | status | golden tests | largest difference |', '| --- | --- | --- | --- | --- |');
  for (const keras of names[group]) {
    if (apart[keras] !== undefined) {
      lines.push(`| ${keras} | | not needed: ${apart[keras]} | | |`);
      continue;
    }
    const name = nameOf(keras);
    const isThere = Object.hasOwn(known, name);
    if (!isThere) missing++;
    const found = measured.get(name);
    const noted =
      elsewhere[name] ??
      (group === 'initializers' && ofMoments.test(name) ? 'moments and bounds' : group === 'callbacks' ? 'unit tests' : '');
    const status = isThere ? 'there' : 'missing';
    lines.push(
      `| ${keras} | ${isThere ? `\`${group}.${name}\`` : ''} | ${status} | ${found?.tests ?? noted} | ${found === undefined ? '' : found.largest.toExponential(1)} |`,
    );
  }
  const ours = Object.keys(known).filter(name => !names[group].map(nameOf).includes(name));
  if (ours.length > 0) lines.push('', `Beyond Keras: ${ours.map(name => `\`${name}\``).join(', ')}.`);
  lines.push('');
}
const head = [
  '# Parity with Keras',
  '',
  `Every public class of Keras ${names.version} by kind (aliases included), written by \`node tools/parity.ts\` from the names that Keras exports and the golden`,
  'tests. The difference is the largest one between Gradus (float32) and the real Keras or PyTorch (float64), over outputs, gradients and',
  'statistics, on both backends; numbers above 1 count relatively.',
  '',
];
writeFileSync(join(root, 'docs', 'parity.md'), `${[...head, ...lines].join('\n').trimEnd()}\n`);
console.log(`docs/parity.md written; ${missing} names are missing${existsSync(join(root, 'docs', 'parity.md')) ? '' : '?'}`);
