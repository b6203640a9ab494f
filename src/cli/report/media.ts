import { resample, wavBytes } from '../../data/index.ts';
import { dataUri, encodePng, type PixelImage, waveformChart } from '../../plot/index.ts';
import { clipped, escaped, folded } from './html.ts';
import type { ExampleItem } from './runReport.ts';

/** Bytes of pictures and sounds that a page may still take. */
export interface Budget {
  left: number;
}

/** A page beyond some megabytes opens slowly, and no mail takes it. */
export const fullBudget = 3_200_000;

const largestSide = 160;
const longestSound = 10;
/** Speech needs no more; with more a page holds a third of the sounds. */
const highestRate = 16_000;

/** The image with each pixel the mean of a block, so that no side is longer than needed. */
const reduced = (image: PixelImage): PixelImage => {
  const { width, height, channels, pixels } = image;
  const block = Math.ceil(Math.max(width, height) / largestSide);
  if (block <= 1 || pixels.length !== width * height * channels) return image; // the encoder tells what does not fit
  const [columns, rows] = [Math.ceil(width / block), Math.ceil(height / block)];
  const made = new Uint8Array(columns * rows * channels);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let channel = 0; channel < channels; channel++) {
        let [sum, count] = [0, 0];
        for (let y = row * block; y < Math.min(height, (row + 1) * block); y++)
          for (let x = column * block; x < Math.min(width, (column + 1) * block); x++) {
            sum += pixels[(y * width + x) * channels + channel] as number;
            count++;
          }
        made[(row * columns + column) * channels + channel] = Math.round(sum / count);
      }
  return { width: columns, height: rows, channels, pixels: made };
};

const spend = (budget: Budget, uri: string): boolean => {
  if (uri.length > budget.left) return false;
  budget.left -= uri.length;
  return true;
};

const leftOutText = (what: string): string => `<p class="missing">${what} left out to keep the page small.</p>`;

/** The image of an example. */
export const imageOf = (image: PixelImage, words: string, budget: Budget): string => {
  const small = reduced(image);
  const uri = dataUri('image/png', encodePng(small));
  if (!spend(budget, uri)) return leftOutText('Image');
  return `<img src="${uri}" width="${small.width}" height="${small.height}" alt="${escaped(words)}">`;
};

/** The sound of an example: its waveform, and a player. */
export const audioOf = ({ samples, sampleRate }: NonNullable<ExampleItem['audio']>, words: string, budget: Budget): string => {
  const drawn = waveformChart({ title: '', description: `Waveform of: ${words}`, samples, sampleRate, width: 300, height: 90 });
  const heard = samples.subarray(0, Math.round(longestSound * sampleRate));
  const rate = Math.min(highestRate, sampleRate);
  const uri = dataUri('audio/wav', wavBytes({ samples: resample(heard, sampleRate, rate), channels: 1, sampleRate: rate }));
  const note = heard.length < samples.length ? `<p class="missing">The first ${longestSound} seconds can be heard.</p>` : '';
  if (!spend(budget, uri)) return drawn + leftOutText('Sound');
  return `${drawn}<audio controls preload="metadata" src="${uri}" aria-label="${escaped(words)}"></audio>${note}`;
};

const longestText = 150;

/** The strongest words of a sign, the same word once. */
const strongest = (words: NonNullable<ExampleItem['words']>, sign: 1 | -1): string[] => {
  const sorted = words.filter(({ weight }) => weight * sign > 0).sort((a, b) => (b.weight - a.weight) * sign);
  return [...new Set(sorted.map(({ text }) => clipped(text, 40)))].slice(0, 4);
};

/** The same in words, for those who do not see lines. */
const inWords = (words: NonNullable<ExampleItem['words']>): string => {
  const [pro, contra] = [strongest(words, 1), strongest(words, -1)];
  const parts = [pro.length === 0 ? '' : `for: ${pro.join(', ')}`, contra.length === 0 ? '' : `against: ${contra.join(', ')}`];
  const text = parts.filter(Boolean).join('; ');
  return text === '' ? '' : `<p class="key" dir="auto">Strongest ${escaped(text)}</p>`;
};

/** A text whose words are marked by their weight: a whole line below what speaks for the answer, a dashed one below what speaks against it. */
export const wordsOf = (words: NonNullable<ExampleItem['words']>): string => {
  const most = words.reduce((largest, { weight }) => (Number.isFinite(weight) ? Math.max(largest, Math.abs(weight)) : largest), 0);
  const marked = words.slice(0, 2000).map(({ text, weight }) => {
    const share = most === 0 || !Number.isFinite(weight) ? 0 : Math.abs(weight) / most;
    if (share < 0.05) return escaped(text.slice(0, 200));
    return `<mark class="${weight > 0 ? 'for' : 'against'}" style="--share:${share.toFixed(2)}">${escaped(text.slice(0, 200))}</mark>`;
  });
  const shown = `<p class="words" dir="auto">${marked.slice(0, longestText).join(' ')}${marked.length > longestText ? ' …' : ''}</p>`;
  if (marked.length <= longestText) return shown + inWords(words);
  return (
    shown +
    inWords(words) +
    folded('The whole text', `<p class="words" dir="auto">${marked.join(' ')}${words.length > marked.length ? ' …' : ''}</p>`)
  );
};
