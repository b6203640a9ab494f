import { formatShape, ShapeError } from '../../core/errors.ts';
import { scan } from '../../tensor/control.ts';
import { arange, concat, full, where, zeros } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { atLeastFloat32 } from '../targets.ts';
import { defineLoss, type PlainLoss } from './loss.ts';

/** The logarithm of a probability that is as good as 0, and finite, so that its derivatives are. */
const never = -1e5;

/** ln(eˣ + eʸ) of finite numbers. */
const logAddExp = (x: Tensor, y: Tensor): Tensor => x.maximum(y).add(x.sub(y).abs().neg().exp().log1p());

/** scores (batch, n + 1), with `added` (batch, n) joining all but the first. */
const join = (scores: Tensor, added: Tensor): Tensor => {
  const [first, others] = scores.split([1, added.shape[1] as number], 1) as [Tensor, Tensor];
  return concat([first, logAddExp(others, added)], 1);
};

/**
 * -ln of the probability of a label sequence, over all its alignments with the prediction (connectionist temporal classification): each
 * step gives a class or the blank (class 0); repeated classes are one, blanks go.
 *
 * Targets (batch, labels) are class numbers > 0, padded by 0 at the end; predictions (batch, steps, classes) logits, all steps of which
 * count. (batch, labels), (batch, steps, classes) -> (batch). A sequence that does not fit into the steps gives a value of about 1e5.
 *
 *     blank_n(t) = ln P(the first n labels are complete, and step t is blank)    label_n(t) = …, and step t is label n
 *
 * Source: Graves, Fernández, Gomez, Schmidhuber 2006, Connectionist temporal classification; the recursion is that of optax.ctc_loss,
 * which Keras uses.
 * @throws ShapeError for targets of other than two, predictions of other than three axes.
 * @example losses.ctc()(tensor([[3, 1, 4, 0]], { dtype: 'int32' }), random.normal([1, 20, 6])) // "3 1 4" in 20 steps of 6 classes
 */
export const ctc: PlainLoss = (options = {}) =>
  defineLoss('ctc', options, {}, () => (target, prediction) => {
    if (target.rank !== 2 || prediction.rank !== 3 || target.shape[0] !== prediction.shape[0])
      throw new ShapeError(
        `ctc needs targets (batch, labels) of class numbers and logits (batch, steps, classes), got ${formatShape(target.shape)} and ${formatShape(prediction.shape)}.`,
      );
    const [batch, labels] = target.shape as readonly [number, number];
    const classes = prediction.shape[2] as number;
    const numbers = target.cast('int32');
    const logits = atLeastFloat32(prediction).logSoftmax(-1);
    const { dtype } = logits;
    // (batch, labels, classes): a product with it is a lookup whose gradient needs no scatter.
    const isLabel = numbers.expandDims(-1).equal(arange(classes)).cast(dtype);
    const byStep = {
      label: logits.matmul(isLabel.transpose([0, 2, 1])).transpose([1, 0, 2]),
      blank: logits.slice([0, 0, 0], [-1, -1, 1]).transpose([1, 0, 2]),
    };
    // Where the next label is the same, a blank must stand between.
    const isRepeated =
      labels < 2
        ? zeros([batch, labels], { dtype })
        : concat(
            [
              numbers
                .slice([0, 0], [-1, labels - 1])
                .equal(numbers.slice([0, 1], [-1, labels - 1]))
                .cast(dtype),
              zeros([batch, 1], { dtype }),
            ],
            1,
          );
    const [direct, viaBlank] = [isRepeated.mul(never), isRepeated.neg().add(1).mul(never)];
    const start = {
      blank: concat([zeros([batch, 1], { dtype }), full([batch, labels], never, { dtype })], 1),
      label: full([batch, labels], never, { dtype }),
    };
    const [last] = scan(
      ({ blank, label }: typeof start, step: typeof byStep) => {
        const ready = join(blank, label.add(direct));
        const emitted = logAddExp(ready.slice([0, 0], [-1, labels]), label).add(step.label);
        const waited = join(ready.add(step.blank), label.add(step.blank).add(viaBlank));
        return [{ blank: waited, label: emitted }, undefined] as const;
      },
      start,
      byStep,
    );
    const lengths = numbers.notEqual(0).cast('int32').sum(1, { keepDims: true });
    const complete = join(last.blank, last.label);
    return where(lengths.equal(arange(labels + 1)), complete, 0)
      .sum(1)
      .neg();
  });
