import * as g from '../../../src/graph/build.ts';
import { input, type Node } from '../../../src/graph/node.ts';
import { type Builds, of1, of2, of3 } from './case.ts';

const last = (x: Node): number => x.shape.length - 1;

/** x - max x, so that the largest exponential is 1. */
const shifted = (x: Node): Node => g.sub(x, g.max(g.stopGradient(x), [last(x)], { keepDims: true }));

const softmax = (x: Node): Node => {
  const e = g.exp(shifted(x));
  return g.div(e, g.sum(e, [last(x)], { keepDims: true }));
};

const logSumExp = (x: Node): Node => {
  const largest = g.max(g.stopGradient(x), [last(x)], { keepDims: true });
  return g.add(g.log(g.sum(g.exp(g.sub(x, largest)), [last(x)], { keepDims: true })), largest);
};

const crossEntropy = (logits: Node, labels: Node): Node => {
  const rows = labels.shape[0] as number;
  const chosen = g.gather(g.sub(logits, logSumExp(logits)), g.reshape(labels, [rows, 1]), { axis: 1, batchDims: 1 });
  return g.neg(g.div(g.sum(chosen, [0, 1]), rows));
};

const layerNormalization = (x: Node, gamma: Node, beta: Node): Node => {
  const mean = (y: Node): Node => g.div(g.sum(y, [last(y)], { keepDims: true }), y.shape.at(-1) as number);
  const centred = g.sub(x, mean(x));
  return g.add(g.mul(g.div(centred, g.sqrt(g.add(mean(g.mul(centred, centred)), 1e-5))), gamma), beta);
};

/** softmax(q kᵀ / 2, masked above the diagonal) v */
const attention = (q: Node, k: Node, v: Node): Node => {
  const scores = g.div(g.contraction(q, k, { batch: [[0], [0]], contract: [[2], [2]] }), 2);
  const later = g.less(g.iota([5, 5], 0, 'int32'), g.iota([5, 5], 1, 'int32'));
  return g.matmul(softmax(g.where(later, -1e9, scores)), v);
};

/** hₜ = tanh(xₜ w + hₜ₋₁ v): a scan whose weights are its constants. */
const recurrent = (x: Node, h: Node, w: Node, v: Node): Node[] => {
  const [pw, pv, ph, px] = [w, v, h, { ...x, shape: x.shape.slice(1) }].map(({ shape, dtype }) => input(shape, dtype)) as [
    Node,
    Node,
    Node,
    Node,
  ];
  const next = g.tanh(g.add(g.matmul(px, pw), g.matmul(ph, pv)));
  return g.scan([w, v, h, x], {
    body: { inputs: [pw, pv, ph, px], outputs: [next, next] },
    constants: 2,
    carries: 1,
    length: x.shape[0] as number,
    reverse: false,
  });
};

/** Many primitives in one graph. */
export const compositeCases: Builds = {
  softmax: of1(softmax),
  'log softmax cross entropy': of2(crossEntropy),
  gelu: of1(x => g.mul(g.mul(x, 0.5), g.add(g.erf(g.mul(x, Math.SQRT1_2)), 1))),
  'layer normalization': of3(layerNormalization),
  attention: of3(attention),
  'logarithm of a sum of exponentials': of1(x => g.reshape(logSumExp(x), [x.shape[0] as number])),
  norm: of1(x => g.sqrt(g.sum(g.mul(x, x), [0]))),
  'recurrent network': ([x, h, w, v]) => recurrent(x as Node, h as Node, w as Node, v as Node),
};
