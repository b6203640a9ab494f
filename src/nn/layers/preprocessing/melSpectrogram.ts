import { isFloat } from '../../../core/dtype.ts';
import { formatShape, ShapeError, unknownName, ValueError } from '../../../core/errors.ts';
import { concat, tensor } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions } from '../../layer.ts';
import { windowOf } from '../../windowFunctions.ts';
import { positiveInteger } from '../common.ts';
import { framesOf } from './stftSpectrogram.ts';

export interface MelSpectrogramOptions extends LayerOptions {
  /** Default 2048. */
  readonly fftLength?: number;
  /** Steps from frame to frame. Default 512. */
  readonly sequenceStride?: number;
  /** Steps of the window. Default `fftLength`. */
  readonly sequenceLength?: number | null;
  /** 'hann' (the default) or 'hamming', one period; null: none. */
  readonly window?: 'hann' | 'hamming' | null;
  /** In hertz. Default 16000. */
  readonly samplingRate?: number;
  /** Default 128. */
  readonly numMelBins?: number;
  /** In hertz. Default 20. */
  readonly minFreq?: number;
  /** In hertz. Default half of the sampling rate. */
  readonly maxFreq?: number | null;
  /** Whether the result is in decibels. Default true. */
  readonly powerToDb?: boolean;
  /** In decibels: what lies this far below the loudest of the batch is raised to it. Default 80. */
  readonly topDb?: number;
  /** The power of the magnitude. Default 2. */
  readonly magExp?: number;
  /** Default 1e-10. */
  readonly minPower?: number;
  /** What is 0 decibels. Default 1. */
  readonly refPower?: number;
}

/** Mel of hertz: 1127 ln(1 + f / 700). */
const melOf = (hertz: number): number => 1127 * Math.log(1 + hertz / 700);

/** Shares (bins, melBins) of frequencies in triangles that are even on the mel scale. Source: HTK, as in Keras; in float32 there. */
export const melWeights = (bins: number, melBins: number, samplingRate: number, low: number, high: number): Float64Array => {
  const step = (melOf(high) - melOf(low)) / (melBins + 1);
  const edge = (index: number): number => melOf(low) + index * step;
  return Float64Array.from({ length: bins * melBins }, (_, place) => {
    const [bin, mel] = [Math.floor(place / melBins), place % melBins];
    if (bin === 0) return 0;
    const at = melOf((bin * samplingRate) / 2 / (bins - 1));
    return Math.max(0, Math.min((at - edge(mel)) / (edge(mel + 1) - edge(mel)), (edge(mel + 2) - at) / (edge(mel + 2) - edge(mel + 1))));
  });
};

/** The signal (batch, steps) continued by its own reflection at both ends. */
const reflected = (x: Tensor, width: number): Tensor => {
  const steps = x.shape[1] as number;
  if (width >= steps)
    throw new ShapeError(
      `melSpectrogram reflects ${width} steps at both ends (half of fftLength), and cannot take a signal of ${steps}: make it longer.`,
    );
  const before = x.slice([0, 1], [-1, width]).flip(1);
  return concat([before, x, x.slice([0, steps - 1 - width], [-1, width]).flip(1)], 1);
};

/**
 * The spectrum of a signal on the mel scale, in decibels: frames under a window, their Fourier transform's magnitude to a power, triangles
 * that are even in mel = 1127 ln(1 + f / 700), 10 log₁₀.
 *
 * x (batch, steps) or (steps) -> (batch, numMelBins, 1 + ⌊steps / sequenceStride⌋); the signal is reflected by half of `fftLength` at both
 * ends. Source: Keras 3, `keras.layers.MelSpectrogram`.
 * @throws ValueError for lengths that do not fit; ShapeError for signals that are too short.
 * @example layers.melSpectrogram({ numMelBins: 64, samplingRate: 8000 })
 */
export const melSpectrogram = (given: MelSpectrogramOptions = {}): Layer => {
  const kind = 'melSpectrogram';
  const names = [
    ...['fftLength', 'sequenceStride', 'sequenceLength', 'window', 'samplingRate', 'numMelBins', 'minFreq', 'maxFreq'],
    ...['powerToDb', 'topDb', 'magExp', 'minPower', 'refPower'],
  ];
  const options = layerOptions<MelSpectrogramOptions>(kind, [given], [], names);
  const { window = 'hann', minFreq = 20, powerToDb = true, topDb = 80, magExp = 2, minPower = 1e-10, refPower = 1 } = options;
  const fftLength = positiveInteger(kind, 'fftLength', options.fftLength ?? 2048);
  const stride = positiveInteger(kind, 'sequenceStride', options.sequenceStride ?? 512);
  const length = positiveInteger(kind, 'sequenceLength', options.sequenceLength ?? fftLength);
  const samplingRate = positiveInteger(kind, 'samplingRate', options.samplingRate ?? 16000);
  const numMelBins = positiveInteger(kind, 'numMelBins', options.numMelBins ?? 128);
  const maxFreq = options.maxFreq ?? Math.floor(samplingRate / 2);
  if (fftLength < length) throw new ValueError(`layers.${kind} needs fftLength of at least sequenceLength ${length}, got ${fftLength}.`);
  if (window !== null && window !== 'hann' && window !== 'hamming')
    throw unknownName(`window of layers.${kind}`, String(window), ['hann', 'hamming']);
  if (!(minFreq >= 0 && minFreq < maxFreq))
    throw new ValueError(`layers.${kind} needs 0 <= minFreq < maxFreq, got ${minFreq} and ${maxFreq}.`);
  const bins = Math.floor(fftLength / 2) + 1;
  const before = Math.floor((fftLength - length) / 2);

  /** Windowed waves (length, bins) of an element type. */
  const waves = (wave: (angle: number) => number, dtype: Tensor['dtype']): Tensor => {
    const weights = window === null ? new Float64Array(length).fill(1) : windowOf(window, length, true);
    const values = Float64Array.from({ length: length * bins }, (_, place) => {
      const [time, bin] = [Math.floor(place / bins), place % bins];
      return (weights[time] as number) * wave((-2 * Math.PI * (((time + before) * bin) % fftLength)) / fftLength);
    });
    return tensor(values, { shape: [length, bins], dtype });
  };

  const decibels = (power: Tensor): Tensor => {
    const scale = 10 / Math.LN10;
    const level = power
      .maximum(minPower)
      .log()
      .mul(scale)
      .sub(Math.log(Math.max(Math.abs(refPower), minPower)) * scale);
    return level.maximum(level.max().sub(topDb));
  };

  return createLayer(kind, options, {
    call(_, input: Tensor) {
      if (input.rank < 1) throw new ShapeError(`${kind} cannot take input of shape ${formatShape(input.shape)}: it needs (batch, steps).`);
      const x = isFloat(input.dtype) ? input : input.cast('float32');
      const outer = x.shape.slice(0, -1);
      const signal = reflected(
        x.reshape([outer.reduce((size, one) => size * one, 1), x.shape.at(-1) as number]),
        Math.floor(fftLength / 2),
      );
      const steps = signal.shape[1] as number;
      const frames = framesOf(signal.slice([0, before], [-1, steps - fftLength + length]), length, stride);
      const [real, imag] = [frames.matmul(waves(Math.cos, x.dtype)), frames.matmul(waves(Math.sin, x.dtype))];
      const square = real.square().add(imag.square());
      const power = magExp === 2 ? square : square.sqrt().pow(magExp);
      const shares = tensor(melWeights(bins, numMelBins, samplingRate, minFreq, maxFreq), { shape: [bins, numMelBins], dtype: x.dtype });
      const mel = power.matmul(shares);
      return (powerToDb ? decibels(mel) : mel).swapAxes(1, 2).reshape([...outer, numMelBins, frames.shape[1] as number]);
    },
  });
};
