import { isFloat } from '../../../core/dtype.ts';
import { formatShape, ShapeError, unknownName, ValueError } from '../../../core/errors.ts';
import { concat, tensor } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions } from '../../layer.ts';
import { windowOf } from '../../windowFunctions.ts';
import { positiveInteger } from '../common.ts';
import { type MelScale, melWeights, slaneyWeights } from './melFilters.ts';
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
  /** Where the bands lie. 'htk' (the default): even on 1127 ln(1 + f / 700), as in Keras; 'slaney': even up to 1 kHz, then by ratio, as in librosa. */
  readonly melScale?: MelScale;
  /** Of Slaney's bands: whether each is divided by its width. Default true, as in librosa. */
  readonly areaNormalized?: boolean;
  /** What stands at both ends: the signal's reflection (the default, as in Keras) or zeros (librosa's default). */
  readonly padMode?: 'reflect' | 'constant';
  /** Whether the result is in decibels. Default true. */
  readonly powerToDb?: boolean;
  /** In decibels: what lies this far below the loudest is raised to it. Default 80. */
  readonly topDb?: number;
  /** The loudest of what: 'batch' (the default, as in Keras), so that a signal's figures depend on those beside it; or of each 'signal'. */
  readonly topDbOf?: 'batch' | 'signal';
  /** The power of the magnitude. Default 2. */
  readonly magExp?: number;
  /** Default 1e-10. */
  readonly minPower?: number;
  /** What is 0 decibels. Default 1. */
  readonly refPower?: number;
}

/** The signal (batch, steps) continued at both ends: by its own reflection, or by zeros. */
const continued = (kind: string, x: Tensor, width: number, mode: 'reflect' | 'constant'): Tensor => {
  if (mode === 'constant')
    return x.pad([
      [0, 0],
      [width, width],
    ]);
  const steps = x.shape[1] as number;
  if (width >= steps)
    throw new ShapeError(
      `${kind} reflects ${width} steps at both ends (half of fftLength), and cannot take a signal of ${steps}: make it longer.`,
    );
  const before = x.slice([0, 1], [-1, width]).flip(1);
  return concat([before, x, x.slice([0, steps - 1 - width], [-1, width]).flip(1)], 1);
};

/** Names of the options that `melSpectrum` reads. */
export const melOptionNames: readonly string[] = [
  ...['fftLength', 'sequenceStride', 'sequenceLength', 'window', 'samplingRate', 'numMelBins', 'minFreq', 'maxFreq'],
  ...['melScale', 'areaNormalized', 'padMode', 'powerToDb', 'topDb', 'topDbOf', 'magExp', 'minPower', 'refPower'],
];

/** From a signal (…, steps) to its spectrum on the mel scale (…, frames, numMelBins). @throws ValueError for options that do not fit. */
export const melSpectrum = (kind: string, options: MelSpectrogramOptions): ((input: Tensor) => Tensor) => {
  const { melScale = 'htk', areaNormalized = true, padMode = 'reflect', topDbOf = 'batch' } = options;
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
  if (melScale !== 'htk' && melScale !== 'slaney') throw unknownName(`melScale of layers.${kind}`, String(melScale), ['htk', 'slaney']);
  if (topDbOf !== 'batch' && topDbOf !== 'signal') throw unknownName(`topDbOf of layers.${kind}`, String(topDbOf), ['batch', 'signal']);
  if (padMode !== 'reflect' && padMode !== 'constant')
    throw unknownName(`padMode of layers.${kind}`, String(padMode), ['reflect', 'constant']);
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
    const loudest = topDbOf === 'batch' ? level.max() : level.max([1, 2], { keepDims: true });
    return level.maximum(loudest.sub(topDb));
  };

  return input => {
    if (input.rank < 1) throw new ShapeError(`${kind} cannot take input of shape ${formatShape(input.shape)}: it needs (batch, steps).`);
    const x = isFloat(input.dtype) ? input : input.cast('float32');
    const outer = x.shape.slice(0, -1);
    const signal = continued(
      kind,
      x.reshape([outer.reduce((size, one) => size * one, 1), x.shape.at(-1) as number]),
      Math.floor(fftLength / 2),
      padMode,
    );
    const steps = signal.shape[1] as number;
    const frames = framesOf(signal.slice([0, before], [-1, steps - fftLength + length]), length, stride);
    const [real, imag] = [frames.matmul(waves(Math.cos, x.dtype)), frames.matmul(waves(Math.sin, x.dtype))];
    const square = real.square().add(imag.square());
    const power = magExp === 2 ? square : square.sqrt().pow(magExp);
    const weights =
      melScale === 'htk'
        ? melWeights(bins, numMelBins, samplingRate, minFreq, maxFreq)
        : slaneyWeights(bins, numMelBins, samplingRate, minFreq, maxFreq, areaNormalized);
    const shares = tensor(weights, { shape: [bins, numMelBins], dtype: x.dtype });
    const mel = power.matmul(shares);
    return (powerToDb ? decibels(mel) : mel).reshape([...outer, frames.shape[1] as number, numMelBins]);
  };
};

/**
 * The spectrum of a signal on the mel scale, in decibels: frames under a window, their Fourier transform's magnitude to a power, triangles
 * that are even in mel = 1127 ln(1 + f / 700), 10 log₁₀.
 *
 * x (batch, steps) or (steps) -> (batch, numMelBins, 1 + ⌊steps / sequenceStride⌋); the signal is reflected by half of `fftLength` at both
 * ends. Source: Keras 3, `keras.layers.MelSpectrogram`; with `melScale: 'slaney', padMode: 'constant', minFreq: 0` librosa's
 * `feature.melspectrogram` and `power_to_db`.
 * @throws ValueError for lengths that do not fit; ShapeError for signals that are too short.
 * @example layers.melSpectrogram({ numMelBins: 64, samplingRate: 8000 })
 */
export const melSpectrogram = (given: MelSpectrogramOptions = {}): Layer => {
  const kind = 'melSpectrogram';
  const options = layerOptions<MelSpectrogramOptions>(kind, [given], [], melOptionNames);
  const spectrum = melSpectrum(kind, options);
  return createLayer(kind, options, { call: (_, input: Tensor) => spectrum(input).swapAxes(-1, -2) });
};
