import type { Shape } from '../../core/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type CallContext, createLayer, type Layer, type LayerOptions } from '../layer.ts';
import { type DataFormatOption, inFormat } from './common.ts';
import { checkSpatialRank } from './windows.ts';

/** A layer without weights for (batch, spatial…, channels), which also takes and gives channels first. */
export const spatialLayer = (
  kind: string,
  spatial: number,
  options: LayerOptions & DataFormatOption,
  call: (x: Tensor, context: CallContext) => Tensor,
  check: (shape: Shape | undefined) => void = () => undefined,
): Layer =>
  createLayer(
    kind,
    options,
    inFormat(kind, options, {
      build(shape) {
        checkSpatialRank(kind, shape, spatial);
        check(shape);
        return {};
      },
      call: (_, x: Tensor, context) => call(x, context),
    }),
  );
