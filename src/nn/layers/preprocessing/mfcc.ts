import { ValueError } from '../../../core/errors.ts';
import { tensor } from '../../../tensor/create.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { createLayer, type Layer, layerOptions } from '../../layer.ts';
import { positiveInteger } from '../common.ts';
import { type MelSpectrogramOptions, melOptionNames, melSpectrum } from './melSpectrogram.ts';

export interface MfccOptions extends Omit<MelSpectrogramOptions, 'powerToDb'> {
  /** Default 20. */
  readonly numCoefficients?: number;
  /** Lifts the n-th coefficient by 1 + L / 2 sin(π n / L). Default 0: none is lifted. */
  readonly lifter?: number;
}

/** Columns (bands, coefficients) of the orthonormal cosine transform (DCT-II), lifted. */
const cosines = (bands: number, coefficients: number, lifter: number): Float64Array =>
  Float64Array.from({ length: bands * coefficients }, (_, place) => {
    const [band, index] = [Math.floor(place / coefficients), place % coefficients];
    const scale = Math.sqrt((index === 0 ? 1 : 2) / bands);
    const lift = lifter === 0 ? 1 : 1 + (lifter / 2) * Math.sin((Math.PI * (index + 1)) / lifter);
    return lift * scale * Math.cos((Math.PI * (band + 0.5) * index) / bands);
  });

/**
 * Mel-frequency cepstral coefficients of a signal: the cosine transform of its mel spectrogram in decibels, the first of them.
 *
 * x (batch, steps) or (steps) -> (batch, numCoefficients, 1 + ⌊steps / sequenceStride⌋). Defaults are librosa's: Slaney's bands from 0 Hz,
 * zeros at both ends, frames of 2048 steps every 512, 128 bands.
 * Source: Davis and Mermelstein 1980; `librosa.feature.mfcc`.
 * @throws ValueError for more coefficients than bands, and for lengths that do not fit.
 * @example layers.mfcc({ samplingRate: 8000, fftLength: 256, sequenceStride: 128, numMelBins: 40, numCoefficients: 13 })
 */
export const mfcc = (given: MfccOptions = {}): Layer => {
  const kind = 'mfcc';
  const names = [...melOptionNames.filter(name => name !== 'powerToDb'), 'numCoefficients', 'lifter'];
  const options = layerOptions<MfccOptions>(kind, [given], [], names);
  const { lifter = 0 } = options;
  const count = positiveInteger(kind, 'numCoefficients', options.numCoefficients ?? 20);
  const bands = positiveInteger(kind, 'numMelBins', options.numMelBins ?? 128);
  if (count > bands) throw new ValueError(`layers.${kind} needs numCoefficients of at most numMelBins ${bands}, got ${count}.`);
  if (!(lifter >= 0)) throw new ValueError(`layers.${kind} needs a lifter >= 0, got ${lifter}.`);
  const spectrum = melSpectrum(kind, { samplingRate: 22_050, minFreq: 0, melScale: 'slaney', padMode: 'constant', ...options });
  return createLayer(kind, options, {
    call(_, input: Tensor) {
      const mel = spectrum(input);
      return mel.matmul(tensor(cosines(bands, count, lifter), { shape: [bands, count], dtype: mel.dtype })).swapAxes(-1, -2);
    },
  });
};
