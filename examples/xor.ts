/**
 * XOR, the smallest problem that needs a hidden layer: two inputs, four sigmoid neurons, one sigmoid output, mean squared error,
 * gradient descent on all four rows at once. Tries seeds 0 to 19 and says how many steps each needs until every answer is within 0.25
 * of what it should be.
 *
 *     npx node examples/xor.ts
 */
import { layers, type Model, optimizers, sequential, tensor } from '../src/index.ts';

const rows = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const x = tensor(rows);
const y = tensor([[0], [1], [1], [0]]);
const answers = [0, 1, 1, 0];

const stepsAtOnce = 50;
const mostSteps = 40_000;
const tolerance = 0.25;

const outputs = async (net: Model): Promise<number[]> => [...(await (await net.predict(x)).data())];

const isLearnt = (predictions: readonly number[]): boolean =>
  predictions.every((value, row) => Math.abs(value - (answers[row] as number)) < tolerance);

/** Why the network does not get on: what it does with each row, and how steep the loss still is. */
const diagnose = (predictions: readonly number[], loss: number, before: number): string => {
  const wrong = rows.flatMap((row, index) =>
    Math.abs((predictions[index] as number) - (answers[index] as number)) < tolerance
      ? []
      : [`${row.join(' xor ')} = ${(predictions[index] as number).toFixed(2)}`],
  );
  const flat = Math.abs(before - loss) < 1e-6 * stepsAtOnce;
  const why = flat
    ? `a flat place of the loss (it fell by ${(before - loss).toExponential(1)} in the last ${stepsAtOnce} steps): the hidden neurons are saturated or alike, and their gradients are nearly 0`
    : 'it is still getting better, only slowly';
  return `wrong: ${wrong.join(', ')}; loss ${loss.toFixed(4)}; ${why}`;
};

let learnt = 0;
const start = performance.now();
let allSteps = 0;
for (let seed = 0; seed < 20; seed++) {
  const net = sequential([layers.dense(4, { activation: 'sigmoid' }), layers.dense(1, { activation: 'sigmoid' })], {
    inputShape: [2],
    seed,
  });
  net.compile({ optimizer: optimizers.sgd({ learningRate: 2 }), loss: 'meanSquaredError' });
  let steps = 0;
  let predictions = await outputs(net);
  let [loss, before] = [Infinity, Infinity];
  while (!isLearnt(predictions) && steps < mostSteps) {
    const history = await net.fit(x, y, { epochs: stepsAtOnce, verbose: 'silent' });
    steps += stepsAtOnce;
    before = history.loss[0] as number;
    loss = history.loss.at(-1) as number;
    predictions = await outputs(net);
  }
  allSteps += steps;
  const name = `seed ${String(seed).padStart(2)}`;
  if (isLearnt(predictions)) {
    learnt++;
    const shown = rows.map((row, index) => `${row.join('⊕')}=${(predictions[index] as number).toFixed(3)}`).join('  ');
    console.log(`${name}  learns in ${String(steps).padStart(5)} steps   ${shown}`);
  } else console.log(`${name}  does not learn in ${steps} steps: ${diagnose(predictions, loss, before)}`);
}
const seconds = (performance.now() - start) / 1000;
console.log(`\n${learnt} of 20 seeds learn XOR; ${allSteps.toLocaleString('en-US')} steps in ${seconds.toFixed(2)} s.`);
