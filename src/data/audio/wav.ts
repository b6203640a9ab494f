import { FormatError } from '../../core/errors.ts';

/** Sound as numbers from -1 to 1. */
export interface Audio {
  /** (frames) of one channel, or frames × channels, those of a frame side by side. */
  readonly samples: Float32Array;
  readonly channels: number;
  /** Frames a second. */
  readonly sampleRate: number;
}

type Read = (view: DataView, at: number) => number;

/** Sample formats by format tag and bits: 1 are whole numbers (8 bits without sign), 3 floats. */
const formats: Readonly<Record<string, Read>> = {
  '1 8': (view, at) => (view.getUint8(at) - 128) / 128,
  '1 16': (view, at) => view.getInt16(at, true) / 32768,
  '1 24': (view, at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 8388608,
  '1 32': (view, at) => view.getInt32(at, true) / 2147483648,
  '3 32': (view, at) => view.getFloat32(at, true),
  '3 64': (view, at) => view.getFloat64(at, true),
};

const extensible = 0xfffe;
const tagNames: Readonly<Record<number, string>> = { 2: 'ADPCM', 6: 'A-law', 7: 'µ-law', 17: 'IMA ADPCM', 85: 'MP3' };

/**
 * Sound from a WAV file: 8, 16, 24 and 32 bits and floats, any number of channels and rate.
 *
 * Source: IBM, Microsoft 1991, "Multimedia programming interface and data specifications 1.0"; WAVEFORMATEXTENSIBLE.
 * @throws FormatError for compressed sound, and for a file cut short.
 */
export const parseWav = (bytes: Uint8Array, source = 'the bytes'): Audio => {
  const refuse = (why: string, advice = 'Fetch the file again.'): FormatError =>
    new FormatError(`cannot read ${source} as WAV: ${why}. ${advice}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || word(0) !== 'RIFF' || word(8) !== 'WAVE')
    throw refuse('it does not begin as a WAV file does', 'Check that it is the right file.');
  let format: { readonly read: Read; readonly width: number; readonly channels: number; readonly sampleRate: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [name, length] = [word(at), view.getUint32(at + 4, true)];
    const begin = at + 8;
    if (name === 'fmt ') {
      if (begin + 16 > bytes.length) throw refuse('it ends within its header');
      const own = view.getUint16(begin, true);
      const tag = own === extensible && length >= 26 && begin + 26 <= bytes.length ? view.getUint16(begin + 24, true) : own;
      const bits = view.getUint16(begin + 14, true);
      const read = formats[`${tag} ${bits}`];
      if (read === undefined)
        throw refuse(
          `its samples are ${tagNames[tag] ?? `of format ${tag}`}, ${bits} bits`,
          'Convert it: ffmpeg -i in.wav -c:a pcm_s16le out.wav',
        );
      const channels = view.getUint16(begin + 2, true);
      const sampleRate = view.getUint32(begin + 4, true);
      if (channels === 0 || sampleRate === 0) throw refuse('its header is damaged');
      format = { read, width: bits / 8, channels, sampleRate };
    } else if (name === 'data') {
      if (format === undefined) throw refuse('its samples come before their format');
      // A recorder that was cut off, or writes into a pipe, leaves the length at 0 or at its greatest.
      const isOpen = length === 0xffffffff || (length === 0 && begin < bytes.length);
      if (!isOpen && begin + length > bytes.length)
        throw refuse(`it is cut short: ${bytes.length - begin} of ${length} bytes of sound came`);
      const { read, width, channels, sampleRate } = format;
      const available = isOpen ? bytes.length - begin : length;
      const count = Math.floor(available / (width * channels)) * channels;
      const samples = new Float32Array(count);
      for (let index = 0; index < count; index++) samples[index] = read(view, begin + index * width);
      return { samples, channels, sampleRate };
    }
    at = begin + length + (length % 2);
  }
  throw refuse('it holds no samples');
};

/** Sound as a WAV file of 16 bits. */
export const wavBytes = ({ samples, channels, sampleRate }: Audio): Uint8Array => {
  const bytes = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const word = (at: number, text: string): void => bytes.set(new TextEncoder().encode(text), at);
  word(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  word(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  word(36, 'data');
  view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, index) =>
    view.setInt16(44 + 2 * index, Math.round(Math.max(-1, Math.min(32767 / 32768, sample)) * 32768), true),
  );
  return bytes;
};
