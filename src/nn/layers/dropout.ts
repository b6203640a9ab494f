import { compact } from '../../core/config.ts';
import * as g from '../../graph/build.ts';
import { where } from '../../tensor/create.ts';
import { nodeOf, type Tensor, wrap } from '../../tensor/tensor.ts';
import { createLayer, keyOf, type Layer, layerOptions } from '../layer.ts';
import { fraction, type NameOption } from './common.ts';

export interface DropoutOptions extends NameOption {}

/** Random bits an element: chances are whole multiples of 2⁻²⁴. */
const width = 24;

/**
 * In training each element becomes 0 with probability `rate`, and the others grow by 1 / (1 - rate), so that the mean stays; at
 * inference x. The mask follows from the key of the call alone.
 *
 * Source: Srivastava et al. 2014, in the inverted form of Keras.
 * @example layers.dropout(0.5)
 */
export const dropout = (
  ...args: [rate: number, options?: DropoutOptions] | [options: DropoutOptions & { readonly rate: number }]
): Layer => {
  const options = layerOptions<DropoutOptions & { rate: number }>('dropout', args, ['rate'], []);
  const rate = fraction('dropout', 'rate', options.rate);
  return createLayer('dropout', compact({ rate, name: options.name }), {
    call(_, x: Tensor, context) {
      if (!context.training || rate === 0) return x;
      const bits = wrap(g.randomBits(nodeOf(keyOf('dropout', context)), x.shape, width));
      return where(bits.greaterEqual(Math.round(rate * 2 ** width)), x.mul(1 / (1 - rate)), 0);
    },
  });
};
