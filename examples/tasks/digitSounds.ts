// Recordings of spoken digits as small pictures: 45 steps of time by 24 bands of pitch, in which speakers and microphones differ little.
import type { Recording } from '../../src/data/index.ts';
import { layers, sequential, type Tensor, tensor } from '../../src/index.ts';

const [length, stride] = [5632, 128];
/** Decibels below the loudest that count: the s of six lies far below its vowel. */
const range = 50;
export const frames: number = 1 + length / stride;
export const bands = 24;

/** Numbers from 0 to 1 that follow from the seed alone (mulberry32). */
export const uniform = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

/** The recording without the quiet at its ends, as loud as all others: how much quiet there is tells the speaker. */
export const spokenPart = ({ samples }: Recording): Float32Array => {
  const step = 80;
  const powers = Array.from({ length: Math.floor(samples.length / step) }, (_, index) =>
    samples.subarray(index * step, (index + 1) * step).reduce((sum, value) => sum + value * value, 0),
  );
  const least = powers.reduce((most, power) => Math.max(most, power)) * 10 ** -4.5;
  const isLoud = (power: number): boolean => power > least;
  const part = samples.slice(powers.findIndex(isLoud) * step, (powers.findLastIndex(isLoud) + 1) * step);
  const loudness = Math.sqrt(part.reduce((sum, value) => sum + value * value, 0) / part.length);
  return part.map(value => (0.1 * value) / loudness);
};

/** How a recording is heard: where it lies (0 to 1), how much faster and higher, the tilt of its spectrum, how loud the noise is. */
interface Hearing {
  readonly place: number;
  readonly speed: number;
  readonly tilt: number;
  readonly noise: number;
}

const plainly: Hearing = { place: 0.5, speed: 1, tilt: 0, noise: 0 };

/** Another speaker (0.77 to 1.33 times as high), another microphone, another room (noise 15 to 50 dB below the voice). */
const somehow = (random: () => number): Hearing => ({
  ...{ place: random(), speed: 0.77 * (1.33 / 0.77) ** random() },
  ...{ tilt: random() - 0.5, noise: 0.1 * 10 ** (-(15 + 35 * random()) / 20) },
});

/** Writes the part as it is heard into an empty sound. */
const hear = (part: Float32Array, sound: Float32Array, { place, speed, tilt, noise }: Hearing, random = () => 0.5): void => {
  const steps = Math.min(length, Math.floor((part.length - 1) / speed));
  const start = Math.floor((length - steps) * place);
  for (let step = 0; step < steps; step++) {
    const low = Math.floor(step * speed);
    const between = step * speed - low;
    sound[start + step] = (part[low] as number) * (1 - between) + (part[low + 1] as number) * between;
  }
  // Backwards: each step needs the one before as it was.
  for (let step = length - 1; tilt !== 0 && step > 0; step--) sound[step] = (sound[step] as number) - tilt * (sound[step - 1] as number);
  // Even numbers from -√3 to √3 have variance 1.
  for (let step = 0; noise !== 0 && step < length; step++)
    sound[step] = (sound[step] as number) + noise * Math.sqrt(3) * (2 * random() - 1);
};

const spectrogram = sequential(
  [
    layers.melSpectrogram({
      ...{ fftLength: 256, sequenceStride: stride, sequenceLength: 200, numMelBins: bands, samplingRate: 8000 },
      ...{ topDb: 200, minFreq: 100, maxFreq: 4000 },
    }),
    layers.permute([2, 1]),
  ],
  { inputShape: [length], seed: 0 },
);

/**
 * In place: decibels (frames, bands) above what counts, less the means over what is spoken, in units of their deviation. A band's own mean
 * goes only by half: it is the microphone and the voice, but also the sound of the digit. Silence is 0.
 */
const normalize = (level: Float32Array): void => {
  const floor = level.reduce((most, value) => Math.max(most, value)) - range;
  const spoken: number[] = [];
  for (let frame = 0; frame < frames; frame++)
    if (level.subarray(frame * bands, (frame + 1) * bands).some(value => value > floor + 5)) spoken.push(frame * bands);
  const means = Array.from(
    { length: bands },
    (_, band) => spoken.reduce((sum, at) => sum + Math.max(0, (level[at + band] as number) - floor), 0) / spoken.length,
  );
  const mean = means.reduce((sum, value) => sum + value) / bands;
  const image = new Float32Array(level.length);
  for (const at of spoken)
    for (let band = 0; band < bands; band++)
      image[at + band] = Math.max(0, (level[at + band] as number) - floor) - ((means[band] as number) + mean) / 2;
  const deviation = Math.sqrt(image.reduce((sum, value) => sum + value * value, 0) / (spoken.length * bands));
  level.set(image.map(value => value / (deviation + 1e-3)));
};

/** Pictures (parts, frames, bands, 1), plain or, with random numbers, each heard in a way of its own. */
export const picturesOf = async (parts: readonly Float32Array[], random?: () => number): Promise<Tensor> => {
  const size = frames * bands;
  const pictures = new Float32Array(parts.length * size);
  const rows = 250; // at a time: sounds are large
  for (let first = 0; first < parts.length; first += rows) {
    const some = parts.slice(first, first + rows);
    const sounds = new Float32Array(some.length * length);
    some.forEach((part, row) => {
      const sound = sounds.subarray(row * length, (row + 1) * length);
      if (random === undefined) hear(part, sound, plainly);
      else hear(part, sound, somehow(random), random);
    });
    const levels = await spectrogram.predict(tensor(sounds, { shape: [some.length, length] }), { batchSize: rows });
    pictures.set((await levels.data()) as Float32Array, first * size);
  }
  for (let row = 0; row < parts.length; row++) normalize(pictures.subarray(row * size, (row + 1) * size));
  return tensor(pictures, { shape: [parts.length, frames, bands, 1] });
};
