import { ValueError } from '../core/errors.ts';
import { checkFinite } from './check.ts';
import { formatValue } from './numbers.ts';
import { linearScale } from './scale.ts';
import { type PictureOptions, picture, place, sizeOf, textAt } from './svg.ts';
import { fill, stroke } from './theme.ts';

/** What a waveform shows. */
export interface WaveformChartOptions extends PictureOptions {
  /** Sound of one channel, from -1 to 1. */
  readonly samples: ArrayLike<number>;
  /** Samples a second. */
  readonly sampleRate: number;
}

/**
 * Sound over time: from the lowest to the highest sample within each pixel.
 *
 * @throws ValueError for samples that are not finite, and for a rate that is not above zero.
 */
export const waveformChart = (options: WaveformChartOptions): string => {
  const { title, samples, sampleRate } = options;
  if (!(sampleRate > 0 && Number.isFinite(sampleRate)))
    throw new ValueError(`waveformChart cannot use a rate of ${sampleRate} samples a second: give a number above 0, such as 16000.`);
  checkFinite('waveformChart', 'samples', samples);
  const [width, height] = sizeOf('waveformChart', options, [320, 120]);
  const [top, bottom] = [title === '' ? 4 : 24, height - 20];
  const middle = (top + bottom) / 2;
  const columns = Math.max(1, Math.min(Math.floor(width), samples.length));
  let peak = 0;
  for (let index = 0; index < samples.length; index++) peak = Math.max(peak, Math.abs(samples[index] as number));
  const reach = (bottom - top) / 2 - 1;
  const upper: string[] = [];
  const lower: string[] = [];
  for (let column = 0; column < columns && samples.length > 0; column++) {
    const from = Math.floor((column * samples.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * samples.length) / columns));
    let [low, high] = [Infinity, -Infinity];
    for (let index = from; index < to; index++) {
      low = Math.min(low, samples[index] as number);
      high = Math.max(high, samples[index] as number);
    }
    const x = place((column / Math.max(1, columns - 1)) * width);
    upper.push(`${x} ${place(middle - (reach * high) / (peak || 1) - 0.4)}`);
    lower.push(`${x} ${place(middle - (reach * low) / (peak || 1) + 0.4)}`);
  }
  const seconds = samples.length / sampleRate;
  const ticks = seconds > 0 ? linearScale(0, seconds).ticks(Math.floor(width / 80)) : [];
  const labels = ticks.map(({ value, label }, index) => {
    const at = (value / seconds) * width;
    const text = index === 0 ? `${label} s` : label;
    return textAt(at, bottom + 15, text, { anchor: at < 12 ? 'start' : at > width - 16 ? 'end' : 'middle' });
  });
  const drawing = [
    `<path ${stroke('rule')} d="M0 ${place(middle)}H${place(width)}"/>`,
    upper.length === 0
      ? textAt(width / 2, middle, 'no sound', { anchor: 'middle' })
      : `<path ${fill('series0')} d="M${upper.join('L')}L${lower.reverse().join('L')}Z"/>`,
    ...labels,
  ];
  const sentence = `The waveform of ${formatValue(seconds, 3)} seconds of sound, loudest sample ${formatValue(peak, 3)}.`;
  return picture(width, height, title, options.description ?? sentence, drawing.join(''));
};
