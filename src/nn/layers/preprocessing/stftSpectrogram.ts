import { unknownName, ValueError } from '../../../core/errors.ts';
import { arange, concat, where } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { stft } from '../../initializers.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions } from '../../layer.ts';
import { type WindowName, windowOf } from '../../windowFunctions.ts';
import { checkRank, type DataFormatOption, inFormat, positiveInteger } from '../common.ts';

/** Frames of a signal: (batch, steps, …) -> (batch, frames, length, …). */
export const framesOf = (signal: Tensor, length: number, step: number): Tensor => {
  const [batch, steps] = signal.shape as [number, number];
  const frames = Math.max(0, Math.floor((steps - length) / step) + 1);
  const places = arange(frames).mul(step).reshape([frames, 1]).add(arange(length));
  return signal.gather(places.flatten(), 1).reshape([batch, frames, length, ...signal.shape.slice(2)]);
};

/** arctan z for z >= 0: three ranges, then a polynomial to 1e-7. Source: Moshier, Cephes, `atanf`. */
const arcTangent = (z: Tensor): Tensor => {
  const [isLarge, isMiddle] = [z.greater(2.414213562373095), z.greater(0.4142135623730951)];
  const safe = where(isLarge, z, 1);
  const x = where(isLarge, safe.reciprocal().neg(), where(isMiddle, z.sub(1).div(z.add(1)), z));
  const square = x.square();
  const series = [8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1].reduce<Tensor | undefined>(
    (sum, coefficient) => (sum === undefined ? square.mul(0).add(coefficient) : sum.mul(square).add(coefficient)),
    undefined,
  ) as Tensor;
  return series
    .mul(square)
    .mul(x)
    .add(x)
    .add(where(isLarge, Math.PI / 2, where(isMiddle, Math.PI / 4, 0)));
};

/** The angle of the point (x, y), in (-π, π]; 0 at the origin. */
export const angleOf = (y: Tensor, x: Tensor): Tensor => {
  const [width, height] = [x.abs(), y.abs()];
  const steep = arcTangent(height.div(where(width.equal(0), 1, width)));
  const first = where(width.equal(0), where(height.equal(0), 0, Math.PI / 2), steep);
  const half = where(x.less(0), first.neg().add(Math.PI), first);
  return where(y.less(0), half.neg(), half);
};

export type SpectrogramMode = 'log' | 'magnitude' | 'psd' | 'real' | 'imag' | 'angle' | 'stft';

const modes: readonly SpectrogramMode[] = ['log', 'magnitude', 'psd', 'real', 'imag', 'angle', 'stft'];

export interface StftSpectrogramOptions extends LayerOptions, DataFormatOption {
  /** `log` (the default) of the `magnitude`; `psd` the power; `real` and `imag` parts; the `angle`; `stft` real and imaginary parts. */
  readonly mode?: SpectrogramMode;
  /** Steps of a frame. Default 256. */
  readonly frameLength?: number;
  /** From frame to frame, at most the length. Default half of it. */
  readonly frameStep?: number | null;
  /** At least the length. Default: the next power of two. */
  readonly fftLength?: number | null;
  /** Default 'hann'; null: none. */
  readonly window?: WindowName | null;
  /** Whether the window is one period or symmetric. Default false. */
  readonly periodic?: boolean;
  /** What the window is divided by: 'density' √Σ w² (the default), 'spectrum' Σ |w|, null nothing. */
  readonly scaling?: 'density' | 'spectrum' | null;
  /** Default 'valid'. */
  readonly padding?: 'valid' | 'same';
  /** Whether channels keep an axis of their own, the last one. Default false: they stand one after the other. */
  readonly expandDims?: boolean;
}

/**
 * The spectrum of a signal's frames, as products with cosines and sines under a window: weights `realKernel` and `imagKernel`
 * (frameLength, 1, fftLength / 2 + 1), which training moves unless `trainable` is false.
 *
 * x (batch, steps, channels) -> (batch, frames, channels · bins), or (batch, frames, bins, channels) with `expandDims`.
 * Source: Keras 3, `keras.layers.STFTSpectrogram`. A window is given by its name here.
 * @throws ValueError for lengths that do not fit; ShapeError for other inputs.
 * @example layers.stftSpectrogram({ mode: 'log', frameLength: 256, frameStep: 128 })
 */
export const stftSpectrogram = (given: StftSpectrogramOptions = {}): Layer => {
  const kind = 'stftSpectrogram';
  const names = ['mode', 'frameLength', 'frameStep', 'fftLength', 'window', 'periodic', 'scaling', 'padding', 'expandDims', 'dataFormat'];
  const options = layerOptions<StftSpectrogramOptions>(kind, [given], [], names);
  const { mode = 'log', window = 'hann', periodic = false, scaling = 'density', padding = 'valid', expandDims = false } = options;
  const frameLength = positiveInteger(kind, 'frameLength', options.frameLength ?? 256);
  const frameStep = positiveInteger(kind, 'frameStep', options.frameStep ?? Math.floor(frameLength / 2));
  const fftLength = positiveInteger(kind, 'fftLength', options.fftLength ?? 2 ** Math.ceil(Math.log2(frameLength)));
  if (!modes.includes(mode)) throw unknownName(`mode of layers.${kind}`, String(mode), modes);
  if (padding !== 'valid' && padding !== 'same') throw unknownName(`padding of layers.${kind}`, String(padding), ['valid', 'same']);
  if (scaling !== null && scaling !== 'density' && scaling !== 'spectrum')
    throw unknownName(`scaling of layers.${kind}`, String(scaling), ['density', 'spectrum']);
  if (frameStep > frameLength)
    throw new ValueError(`layers.${kind} needs frameStep of at most frameLength ${frameLength}, got ${frameStep}.`);
  if (fftLength < frameLength)
    throw new ValueError(`layers.${kind} needs fftLength of at least frameLength ${frameLength}, got ${fftLength}.`);
  if (window !== null) windowOf(window, 2, periodic); // an unknown name is an error now
  const bins = Math.floor(fftLength / 2) + 1;
  const kernel = (side: 'real' | 'imag') => ({ shape: [frameLength, 1, bins], initializer: stft({ side, window, scaling, periodic }) });

  /** (batch, frames, bins, channels) */
  const spectrum = (x: Tensor, weights: Readonly<Record<string, Tensor>>): Tensor => {
    const steps = x.shape[1] as number;
    const missing = padding === 'same' ? Math.max(0, (Math.ceil(steps / frameStep) - 1) * frameStep + frameLength - steps) : 0;
    const before = Math.floor(missing / 2);
    const frames = framesOf(
      missing > 0
        ? x.pad([
            [0, 0],
            [before, missing - before],
            [0, 0],
          ])
        : x,
      frameLength,
      frameStep,
    );
    const flat = frames.permute([0, 1, 3, 2]); // (batch, frames, channels, frameLength)
    const side = (name: string): Tensor => flat.matmul((weights[name] as Tensor).squeeze(1).cast(x.dtype)).permute([0, 1, 3, 2]);
    if (mode === 'real') return side('realKernel');
    if (mode === 'imag') return side('imagKernel');
    const [real, imag] = [side('realKernel'), side('imagKernel')];
    if (mode === 'angle') return angleOf(imag, real);
    if (mode === 'stft') return concat([real, imag], 2);
    const power = real.square().add(imag.square());
    if (mode === 'psd') {
      const isInside = arange(bins)
        .greater(0)
        .and(arange(bins).less(bins - 1));
      return power.mul(isInside.cast(power.dtype).add(1).reshape([bins, 1]));
    }
    const magnitude = power.maximum(1e-7).sqrt();
    return mode === 'magnitude' ? magnitude : magnitude.maximum(1e-7).log();
  };

  const parts = {
    build(shape: readonly number[] = []) {
      checkRank(kind, shape, ['steps', 'channels']);
      return { ...(mode === 'imag' ? {} : { realKernel: kernel('real') }), ...(mode === 'real' ? {} : { imagKernel: kernel('imag') }) };
    },
    call(weights: Readonly<Record<string, Tensor>>, x: Tensor): Tensor {
      const all = spectrum(x, weights);
      if (expandDims) return all;
      const [batch, frames, values, channels] = all.shape as [number, number, number, number];
      return all.permute([0, 1, 3, 2]).reshape([batch, frames, channels * values]);
    },
  };
  return createLayer(kind, options, inFormat(kind, options, parts));
};
