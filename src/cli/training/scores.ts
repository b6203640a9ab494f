/** Figures of predictions, by name. */
export type Scores = Readonly<Record<string, number>>;

/** Accuracy, balanced accuracy, macro F1, and for two classes the area under the ROC curve, of probabilities (rows, classes). */
export const classificationScores = (truth: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): Scores => {
  const counts = Array.from({ length: classes }, () => ({ hits: 0, truths: 0, guesses: 0 }));
  let [hits, loss] = [0, 0];
  for (let row = 0; row < truth.length; row++) {
    let best = 0;
    for (let place = 1; place < classes; place++)
      if ((probabilities[row * classes + place] as number) > (probabilities[row * classes + best] as number)) best = place;
    const label = truth[row] as number;
    (counts[label] as (typeof counts)[number]).truths++;
    (counts[best] as (typeof counts)[number]).guesses++;
    if (best === label) {
      hits++;
      (counts[label] as (typeof counts)[number]).hits++;
    }
    loss -= Math.log(Math.max(1e-7, probabilities[row * classes + label] as number));
  }
  const present = counts.filter(({ truths }) => truths > 0);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
  return {
    accuracy: hits / truth.length,
    balancedAccuracy: mean(present.map(one => one.hits / one.truths)),
    macroF1: mean(present.map(one => (2 * one.hits) / Math.max(1, one.truths + one.guesses))),
    ...(classes === 2 ? { auc: areaUnderCurve(truth, probabilities) } : {}),
    logLoss: loss / truth.length,
  };
};

/** By ranks; equal scores share theirs. */
const areaUnderCurve = (truth: ArrayLike<number>, probabilities: ArrayLike<number>): number => {
  const order = Array.from({ length: truth.length }, (_, row) => row).sort(
    (a, b) => (probabilities[2 * a + 1] as number) - (probabilities[2 * b + 1] as number),
  );
  let [rankSum, positives] = [0, 0];
  for (let start = 0; start < order.length; ) {
    let end = start;
    const score = probabilities[2 * (order[start] as number) + 1];
    while (end < order.length && probabilities[2 * (order[end] as number) + 1] === score) end++;
    for (let index = start; index < end; index++)
      if (truth[order[index] as number] === 1) {
        positives++;
        rankSum += (start + end + 1) / 2;
      }
    start = end;
  }
  const negatives = truth.length - positives;
  return positives === 0 || negatives === 0 ? 0.5 : (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
};

/** R², root of the mean squared error, mean absolute error. */
export const regressionScores = (truth: ArrayLike<number>, guesses: ArrayLike<number>): Scores => {
  const list = Array.from(truth);
  const mean = list.reduce((a, b) => a + b, 0) / list.length;
  const total = list.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const squared = list.reduce((sum, value, row) => sum + (value - (guesses[row] as number)) ** 2, 0);
  const absolute = list.reduce((sum, value, row) => sum + Math.abs(value - (guesses[row] as number)), 0);
  return {
    r2: total === 0 ? 0 : 1 - squared / total,
    rootMeanSquaredError: Math.sqrt(squared / list.length),
    meanAbsoluteError: absolute / list.length,
  };
};

/** Of several classes at once: rows with every class right, classes right, F1 over all (micro) and averaged over classes (macro). */
export const multiLabelScores = (truth: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): Scores => {
  const rows = truth.length / classes;
  const counts = Array.from({ length: classes }, () => ({ hits: 0, truths: 0, guesses: 0 }));
  let [exact, right] = [0, 0];
  for (let row = 0; row < rows; row++) {
    let wrong = 0;
    for (let place = 0; place < classes; place++) {
      const [is, says] = [(truth[row * classes + place] as number) > 0.5, (probabilities[row * classes + place] as number) > 0.5];
      const count = counts[place] as (typeof counts)[number];
      if (is) count.truths++;
      if (says) count.guesses++;
      if (is && says) count.hits++;
      if (is !== says) wrong++;
    }
    if (wrong === 0) exact++;
    right += classes - wrong;
  }
  const f1 = ({ hits, truths, guesses }: (typeof counts)[number]): number => (truths + guesses === 0 ? 1 : (2 * hits) / (truths + guesses));
  const all = counts.reduce(
    (sum, one) => ({ hits: sum.hits + one.hits, truths: sum.truths + one.truths, guesses: sum.guesses + one.guesses }),
    { hits: 0, truths: 0, guesses: 0 },
  );
  return {
    accuracy: right / (rows * classes),
    exactMatch: exact / rows,
    microF1: f1(all),
    macroF1: counts.map(f1).reduce((a, b) => a + b, 0) / classes,
  };
};

/** The figures of a kind of task. */
export const scoresFor = (
  task: 'classification' | 'multiLabel' | 'regression',
  truth: ArrayLike<number>,
  answers: ArrayLike<number>,
  classes: number,
): Scores =>
  task === 'regression'
    ? regressionScores(truth, answers)
    : (task === 'multiLabel' ? multiLabelScores : classificationScores)(truth, answers, classes);

/** The figure by which models are chosen: the larger the better. */
export const mainFigure = { classification: 'accuracy', multiLabel: 'microF1', regression: 'r2' } as const;

/** Rows by guess (columns) and truth (rows). */
export const confusionOf = (truth: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): number[][] => {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let row = 0; row < truth.length; row++) {
    let best = 0;
    for (let place = 1; place < classes; place++)
      if ((probabilities[row * classes + place] as number) > (probabilities[row * classes + best] as number)) best = place;
    const line = matrix[truth[row] as number] as number[];
    line[best] = (line[best] as number) + 1;
  }
  return matrix;
};
