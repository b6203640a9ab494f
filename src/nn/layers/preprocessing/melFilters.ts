/** Where the bands of a mel spectrogram lie. */
export type MelScale = 'htk' | 'slaney';

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

/** Slaney's scale: 3 mel for 200 Hz up to 1 kHz, from there 27 for each factor of 6.4. */
const [perMel, kink, perFactor] = [200 / 3, 1000, Math.log(6.4) / 27];
const slaneyOf = (hertz: number): number => (hertz < kink ? hertz / perMel : kink / perMel + Math.log(hertz / kink) / perFactor);
const hertzOf = (mel: number): number => (mel < kink / perMel ? mel * perMel : kink * Math.exp((mel - kink / perMel) * perFactor));

/**
 * Shares (bins, melBins) in triangles over the frequency whose corners are even on Slaney's scale; `isArea`: each divided by half of its
 * width, so that all have the same area. Source: Slaney's Auditory Toolbox, as in `librosa.filters.mel`.
 */
export const slaneyWeights = (
  bins: number,
  melBins: number,
  samplingRate: number,
  low: number,
  high: number,
  isArea: boolean,
): Float64Array => {
  const [from, to] = [slaneyOf(low), slaneyOf(high)];
  const corners = Array.from({ length: melBins + 2 }, (_, index) => hertzOf(from + ((to - from) * index) / (melBins + 1)));
  return Float64Array.from({ length: bins * melBins }, (_, place) => {
    const [bin, mel] = [Math.floor(place / melBins), place % melBins];
    const at = (bin * samplingRate) / 2 / (bins - 1);
    const [left, middle, right] = corners.slice(mel, mel + 3) as [number, number, number];
    const share = Math.max(0, Math.min((at - left) / (middle - left), (right - at) / (right - middle)));
    return isArea ? (2 * share) / (right - left) : share;
  });
};
