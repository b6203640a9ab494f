import type { ExampleItem, RunReport } from '../../src/cli/report/runReport.ts';

/** Numbers that look random and are the same each time (Park, Miller 1988). */
const randomFrom = (start: number): { uniform: () => number; normal: () => number } => {
  let state = start;
  const uniform = (): number => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  return { uniform, normal: () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()) };
};

/** Names as bad as names get. */
export const hostileName: string = `</script><b onload="x('y')">&amp; “مرحبا” \u202e\u0007 👩‍👩‍👧 \ud800 ${'long '.repeat(30)}`;

const epochs = Array.from({ length: 30 }, (_, epoch) => epoch);
const curves = {
  loss: epochs.map(epoch => 0.62 * Math.exp(-epoch / 6) + 0.36),
  accuracy: epochs.map(epoch => 0.86 - 0.24 * Math.exp(-epoch / 5)),
  valLoss: epochs.map(epoch => 0.58 * Math.exp(-epoch / 7) + 0.41 + 0.0012 * epoch),
  valAccuracy: epochs.map(epoch => 0.825 - 0.22 * Math.exp(-epoch / 5)),
};

const environment = { gradus: '0.1.0', node: '24.21.0', processor: 'AMD EPYC 7763', cores: 16, seed: 7, seconds: 41.2 };

/** Probabilities that lean towards the truth, rows × classes. */
const leaning = (truth: readonly number[], classes: number, strength: number, seed: number): Float64Array => {
  const { normal } = randomFrom(seed);
  const made = new Float64Array(truth.length * classes);
  truth.forEach((label, row) => {
    const logits = Array.from({ length: classes }, (_, place) => normal() + (place === label ? strength : 0));
    const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
    logits.forEach((logit, place) => {
      made[row * classes + place] = Math.exp(logit) / sum;
    });
  });
  return made;
};

/** Two classes from a table, with everything that a table gives. */
export const tableRun = (): RunReport => {
  const { uniform, normal } = randomFrom(11);
  const truth = Array.from({ length: 262 }, () => Number(uniform() < 0.38));
  const probabilities = leaning(truth, 2, 1.7, 12);
  const cells = (): Record<string, string | number> => ({
    class: ['first', 'second', 'third'][Math.floor(uniform() * 3)] as string,
    sex: uniform() < 0.6 ? 'male' : 'female',
    age: Math.round(uniform() * 70),
    fare: Math.round(uniform() * 9000) / 100,
    embarked: ['Southampton', 'Cherbourg', 'Queenstown'][Math.floor(uniform() * 3)] as string,
  });
  const item = (truthName: string, answer: string, confidence: number): ExampleItem => ({
    truth: truthName,
    answer,
    confidence,
    cells: cells(),
  });
  return {
    title: 'titanic.csv',
    target: 'survived',
    task: 'classification',
    kept: 'neural network',
    scores: {
      'always the same': { accuracy: 0.618, balancedAccuracy: 0.5, macroF1: 0.382, auc: 0.5, logLoss: 0.665 },
      'linear model': { accuracy: 0.794, balancedAccuracy: 0.775, macroF1: 0.779, auc: 0.846, logLoss: 0.452 },
      'neural network': { accuracy: 0.821, balancedAccuracy: 0.803, macroF1: 0.808, auc: 0.872, logLoss: 0.413 },
    },
    history: curves,
    classes: ['died', 'survived'],
    truth,
    probabilities,
    rateFinder: {
      rates: Array.from({ length: 60 }, (_, step) => 1e-6 * 10 ** (step / 9)),
      losses: Array.from(
        { length: 60 },
        (_, step) => 0.7 - 0.3 / (1 + Math.exp(-(step - 32) / 3)) + Math.exp((step - 54) / 3) / 5 + normal() * 0.004,
      ),
      chosen: 0.003,
    },
    examples: [
      {
        title: 'Most wrong',
        note: 'Where the model was surest, and wrong.',
        items: [0.97, 0.95, 0.93].map(one => item('survived', 'died', one)),
      },
      { title: 'Least sure', items: [0.51, 0.52, 0.53].map(one => item('died', 'survived', one)) },
    ],
    importance: {
      names: ['sex', 'fare', 'age', 'class', 'embarked', 'siblings', 'cabin', hostileName],
      means: [0.143, 0.061, 0.048, 0.044, 0.012, 0.009, 0.002, -0.003],
      deviations: [0.011, 0.009, 0.008, 0.007, 0.004, 0.005, 0.003, 0.004],
      figure: 'accuracy',
      repeats: 10,
    },
    columns: [
      { name: 'age', use: 'number, some missing' },
      { name: 'fare', use: 'number, through a logarithm' },
      { name: 'sex', use: 'category of 2' },
      { name: 'embarked', use: 'category of 3' },
      { name: 'name', use: 'not used: every row has another value' },
    ],
    network: {
      nodes: [
        { id: 'columns', kind: 'input', shape: [null, 14] },
        { id: 'dense', kind: 'dense', shape: [null, 64], parameters: 960 },
        { id: 'dropout', kind: 'dropout', shape: [null, 64] },
        { id: 'dense2', kind: 'dense', shape: [null, 32], parameters: 2080 },
        { id: 'answer', kind: 'dense', shape: [null, 2], parameters: 66 },
      ],
      edges: [
        ['columns', 'dense'],
        ['dense', 'dropout'],
        ['dropout', 'dense2'],
        ['dense2', 'answer'],
      ],
    },
    summary:
      'layer      output shape   weights\n─────────────────────────────────\ndense      (any, 64)          960\ndense2     (any, 32)        2,080\nanswer     (any, 2)            66',
    weights: ['dense.kernel', 'dense2.kernel', 'answer.kernel'].map(name => ({
      name,
      values: Array.from({ length: 900 }, () => normal() * 0.2),
    })),
    activations: ['dense', 'dense2'].map(name => ({ name, values: Array.from({ length: 900 }, () => Math.max(0, normal())) })),
    environment,
    command: 'gradus train titanic.csv --target survived --seed 7',
  };
};

/** A picture of a few bright bars, in colours. */
const stripes = (side: number, label: number, seed: number): Uint8Array => {
  const { uniform } = randomFrom(seed);
  return Uint8Array.from({ length: side * side * 3 }, (_, index) => {
    const [pixel, channel] = [Math.floor(index / 3), index % 3];
    const [row, column] = [Math.floor(pixel / side), pixel % side];
    const wave = Math.sin((row * Math.cos(label) + column * Math.sin(label)) / 2.5) * 0.5 + 0.5;
    return Math.round(255 * Math.min(1, 0.75 * wave * (channel === label % 3 ? 1 : 0.55) + 0.25 * uniform()));
  });
};

/** Many classes of images; a few answers are no numbers. */
export const imageRun = (): RunReport => {
  const classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
  const truth = Array.from({ length: 1000 }, (_, row) => row % classes.length);
  const probabilities = leaning(truth, classes.length, 3.4, 21);
  probabilities[30] = Number.NaN;
  const item = (index: number, isRight: boolean): ExampleItem => {
    const label = index % 10;
    const answer = isRight ? label : (label + 3) % 10;
    return {
      caption: `test/${index}.png`,
      truth: classes[label] as string,
      answer: classes[answer] as string,
      confidence: 0.99 - index / 100,
      image: { width: 32, height: 32, channels: 3, pixels: stripes(32, label + 1, index + 1) },
    };
  };
  return {
    title: 'photos',
    target: 'class',
    task: 'classification',
    kept: 'neural network',
    scores: {
      'always the same': { accuracy: 0.1, balancedAccuracy: 0.1, macroF1: 0.018, logLoss: Math.LN10 },
      'neural network': { accuracy: 0.873, balancedAccuracy: 0.873, macroF1: 0.872, logLoss: 0.423 },
    },
    history: curves,
    classes,
    truth,
    probabilities,
    examples: [
      { title: 'Most wrong', items: Array.from({ length: 16 }, (_, index) => item(index, false)) },
      { title: 'Most typical', items: Array.from({ length: 10 }, (_, index) => item(index, true)) },
    ],
    network: {
      nodes: [
        { id: 'image', kind: 'input', shape: [null, 32, 32, 3] },
        { id: 'conv1', kind: 'conv2d', shape: [null, 32, 32, 24], parameters: 648 },
        { id: 'norm1', kind: 'batchNormalization', shape: [null, 32, 32, 24], parameters: 96 },
        { id: 'relu1', kind: 'activation', shape: [null, 32, 32, 24] },
        { id: 'conv2', kind: 'conv2d', shape: [null, 32, 32, 24], parameters: 5184 },
        { id: 'shortcut', kind: 'conv2d', shape: [null, 32, 32, 24], parameters: 72 },
        { id: 'add', kind: 'add', shape: [null, 32, 32, 24] },
        { id: 'pool', kind: 'globalAveragePool2d', shape: [null, 24] },
        { id: 'answer', kind: 'dense', shape: [null, 10], parameters: 250 },
      ],
      edges: [
        ['image', 'conv1'],
        ['conv1', 'norm1'],
        ['norm1', 'relu1'],
        ['relu1', 'conv2'],
        ['image', 'shortcut'],
        ['conv2', 'add'],
        ['shortcut', 'add'],
        ['add', 'pool'],
        ['pool', 'answer'],
      ],
    },
    environment,
    command: 'gradus train photos --epochs 30 --seed 7',
  };
};

/** A number from a table. */
export const regressionRun = (): RunReport => {
  const { uniform, normal } = randomFrom(31);
  const truth = Array.from({ length: 900 }, () => Math.exp(11.5 + normal() * 0.45));
  return {
    title: 'houses.parquet',
    target: 'price',
    task: 'regression',
    kept: 'neural network',
    scores: {
      'always the same': { r2: 0, rootMeanSquaredError: 54_210, meanAbsoluteError: 38_912 },
      'linear model': { r2: 0.712, rootMeanSquaredError: 29_100, meanAbsoluteError: 19_870 },
      'neural network': { r2: 0.861, rootMeanSquaredError: 20_204, meanAbsoluteError: 13_377 },
    },
    history: { loss: curves.loss, valLoss: curves.valLoss },
    truth,
    predictions: truth.map(value => value * (1 + normal() * 0.14) + 3000 * (uniform() - 0.5)),
    importance: { names: ['area', 'year', 'rooms'], means: [0.41, 0.2, 0.07] },
    columns: [{ name: 'area', use: 'number, through a logarithm' }],
    environment,
  };
};

/** Sounds and texts, several labels a row. */
export const mediaRun = (): RunReport => {
  const { uniform, normal } = randomFrom(41);
  const classes = ['cheerful', 'angry', 'in a hurry'];
  const truth = Array.from({ length: 400 * classes.length }, () => Number(uniform() < 0.4));
  const probabilities = truth.map(value => 1 / (1 + Math.exp(-(2.4 * value - 1.2 + normal()))));
  const sound = (pitch: number): Float32Array =>
    Float32Array.from({ length: 8000 }, (_, index) => Math.sin(index / pitch) * Math.exp(-(((index - 3000) / 1800) ** 2)) * 0.8);
  const words = 'the train was late again and nobody said a word about it , which made me rather cross but the coffee was splendid'.split(
    ' ',
  );
  return {
    title: 'voices',
    target: 'mood',
    task: 'multiLabel',
    history: { loss: curves.loss, valLoss: curves.valLoss },
    classes,
    truth,
    probabilities,
    examples: [
      {
        title: 'Most wrong, heard',
        items: [5, 9, 14].map(pitch => ({
          caption: `clip ${pitch}.wav`,
          truth: 'angry',
          answer: 'cheerful',
          confidence: 0.91,
          audio: { samples: sound(pitch), sampleRate: 8000 },
        })),
      },
      {
        title: 'Most typical, read',
        items: [0, 1].map(shift => ({
          truth: 'angry',
          answer: 'angry',
          confidence: 0.97,
          words: words.map((text, index) => ({ text, weight: Math.sin(index * 1.7 + shift) ** 5 })),
        })),
      },
      {
        title: hostileName,
        items: [{ caption: hostileName, truth: hostileName, answer: hostileName, words: [{ text: hostileName, weight: 1 }] }],
      },
    ],
    environment: { ...environment, [hostileName]: hostileName },
    command: `gradus train voices --out '${'a long folder/'.repeat(12)}'`,
  };
};
