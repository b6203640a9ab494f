/**
 * One neuron, first by hand, then by `grad`: the same numbers, step by step.
 *
 *     z = w₁ x₁ + w₂ x₂ + b        a = σ(z)        L = (a - y)²
 *
 *     npx node examples/neuron.ts
 */
import { type Tensor, tensor, valueAndGrad } from '../src/index.ts';

interface Neuron<Value> {
  readonly w1: Value;
  readonly w2: Value;
  readonly b: Value;
}

const [x1, x2, target] = [0.5, -1.5, 1];
const learningRate = 0.5;
const start: Neuron<number> = { w1: 0.8, w2: 0.4, b: 0.1 };
const steps = 3;

const show = (name: string, value: number, meaning = ''): void =>
  console.log(`  ${name.padEnd(8)} ${(value < 0 ? '' : ' ') + value.toFixed(6)}${meaning === '' ? '' : `   ${meaning}`}`);

/** Everything that one step computes. */
interface Step {
  readonly loss: number;
  readonly gradient: Neuron<number>;
  readonly next: Neuron<number>;
}

/** Forward, backward by the chain rule, update: written out. */
const byHand = ({ w1, w2, b }: Neuron<number>): Step => {
  const z = w1 * x1 + w2 * x2 + b;
  const a = 1 / (1 + Math.exp(-z));
  const loss = (a - target) ** 2;
  console.log(' forward');
  show('z', z, `w₁ x₁ + w₂ x₂ + b = ${w1.toFixed(4)} · ${x1} + ${w2.toFixed(4)} · ${x2} + ${b.toFixed(4)}`);
  show('a', a, 'σ(z) = 1 / (1 + e⁻ᶻ)');
  show('L', loss, `(a - y)², y = ${target}`);

  const dLda = 2 * (a - target);
  const dadz = a * (1 - a);
  const dLdz = dLda * dadz;
  const gradient = { w1: dLdz * x1, w2: dLdz * x2, b: dLdz };
  console.log(' backward');
  show('∂L/∂a', dLda, '2 (a - y)');
  show('∂a/∂z', dadz, 'a (1 - a)');
  show('∂L/∂z', dLdz, '∂L/∂a · ∂a/∂z');
  show('∂L/∂w₁', gradient.w1, '∂L/∂z · x₁');
  show('∂L/∂w₂', gradient.w2, '∂L/∂z · x₂');
  show('∂L/∂b', gradient.b, '∂L/∂z');

  const next = { w1: w1 - learningRate * gradient.w1, w2: w2 - learningRate * gradient.w2, b: b - learningRate * gradient.b };
  console.log(` update: w ← w - ${learningRate} ∂L/∂w`);
  show('w₁', next.w1, `${w1.toFixed(6)} - ${learningRate} · ${gradient.w1.toFixed(6)}`);
  show('w₂', next.w2, `${w2.toFixed(6)} - ${learningRate} · ${gradient.w2.toFixed(6)}`);
  show('b', next.b, `${b.toFixed(6)} - ${learningRate} · ${gradient.b.toFixed(6)}`);
  return { loss, gradient, next };
};

/** The neuron's loss, of tensors: the only thing that has to be written when gradients are found by themselves. */
const lossOf = ({ w1, w2, b }: Neuron<Tensor>): Tensor => w1.mul(x1).add(w2.mul(x2)).add(b).sigmoid().sub(target).square();

const read = async ({ w1, w2, b }: Neuron<Tensor>): Promise<Neuron<number>> => ({
  w1: await w1.item(),
  w2: await w2.item(),
  b: await b.item(),
});

/** The same step by `valueAndGrad`, in float64. */
const byGrad = async (weights: Neuron<Tensor>): Promise<Step & { readonly tensors: Neuron<Tensor> }> => {
  const [loss, gradient] = valueAndGrad(lossOf)(weights);
  const move = (name: keyof Neuron<Tensor>): Tensor => weights[name].sub(gradient[name].mul(learningRate));
  const tensors = { w1: move('w1'), w2: move('w2'), b: move('b') };
  return { loss: await loss.item(), gradient: await read(gradient), next: await read(tensors), tensors };
};

let numbers = start;
const scalar = (value: number): Tensor => tensor(value, { dtype: 'float64' });
let tensors: Neuron<Tensor> = { w1: scalar(start.w1), w2: scalar(start.w2), b: scalar(start.b) };
let apart = 0;
for (let step = 1; step <= steps; step++) {
  console.log(`Step ${step}, by hand`);
  const hand = byHand(numbers);
  const automatic = await byGrad(tensors);
  console.log(' the same by grad');
  show('L', automatic.loss);
  show('∂L/∂w₁', automatic.gradient.w1);
  show('∂L/∂w₂', automatic.gradient.w2);
  show('∂L/∂b', automatic.gradient.b);
  show('w₁', automatic.next.w1);
  show('w₂', automatic.next.w2);
  show('b', automatic.next.b);
  for (const name of ['w1', 'w2', 'b'] as const) {
    apart = Math.max(apart, Math.abs(hand.gradient[name] - automatic.gradient[name]), Math.abs(hand.next[name] - automatic.next[name]));
  }
  console.log('');
  numbers = hand.next;
  tensors = automatic.tensors;
}
console.log(
  apart === 0 ? 'By hand and by grad agree to the last bit.' : `By hand and by grad differ by at most ${apart.toExponential(1)}.`,
);
