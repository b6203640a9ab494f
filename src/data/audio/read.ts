import { FormatError, ValueError } from '../../core/errors.ts';
import { unknownOptions } from '../../tensor/options.ts';
import { byteSource, type FileInput, readBytes } from '../files/bytes.ts';
import { packageFor } from '../packages.ts';
import { resample } from './resample.ts';
import { type Audio, parseWav } from './wav.ts';

export interface AudioOptions {
  /** Frames a second that the sound shall have. Default: its own. */
  readonly sampleRate?: number;
  /** Whether channels are averaged into one. Default true. */
  readonly mono?: boolean;
}

interface FlacPackage {
  readonly FLACDecoder: new () => {
    readonly ready: Promise<void>;
    decodeFile(bytes: Uint8Array): Promise<{
      readonly channelData: readonly Float32Array[];
      readonly samplesDecoded: number;
      readonly sampleRate: number;
      readonly errors: readonly unknown[];
    }>;
    free(): void;
  };
}

const decodeFlac = async (bytes: Uint8Array, source: string): Promise<Audio> => {
  const { FLACDecoder } = await packageFor<FlacPackage>('@wasm-audio-decoders/flac', `decoding ${source}`);
  const decoder = new FLACDecoder();
  await decoder.ready;
  try {
    const { channelData, samplesDecoded, sampleRate, errors } = await decoder.decodeFile(bytes);
    if (errors.length > 0 || samplesDecoded === 0)
      throw new FormatError(`cannot read ${source} as FLAC: it is damaged or cut short. Fetch the file again.`, { cause: errors[0] });
    const channels = channelData.length;
    const samples = new Float32Array(samplesDecoded * channels);
    for (const [channel, values] of channelData.entries())
      for (let frame = 0; frame < samplesDecoded; frame++) samples[frame * channels + channel] = values[frame] as number;
    return { samples, channels, sampleRate };
  } finally {
    decoder.free();
  }
};

const averaged = ({ samples, channels, sampleRate }: Audio): Audio => {
  if (channels === 1) return { samples, channels, sampleRate };
  const mono = new Float32Array(samples.length / channels);
  for (let frame = 0; frame < mono.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[frame * channels + channel] as number;
    mono[frame] = sum / channels;
  }
  return { samples: mono, channels: 1, sampleRate };
};

const atRate = (audio: Audio, sampleRate: number): Audio => {
  const { channels } = audio;
  if (audio.sampleRate === sampleRate) return audio;
  const frames = audio.samples.length / channels;
  const parts = Array.from({ length: channels }, (_, channel) =>
    resample(
      Float32Array.from({ length: frames }, (__, frame) => audio.samples[frame * channels + channel] as number),
      audio.sampleRate,
      sampleRate,
    ),
  );
  const samples = new Float32Array((parts[0]?.length ?? 0) * channels);
  for (const [channel, part] of parts.entries()) for (const [frame, value] of part.entries()) samples[frame * channels + channel] = value;
  return { samples, channels, sampleRate };
};

/**
 * Sound from a WAV or FLAC file (the latter by the package `@wasm-audio-decoders/flac`), told by its content; in one channel and at
 * another rate where that is said.
 *
 * @throws FormatError for other formats, and for damaged files.
 * @example const { samples, sampleRate } = await readAudio('7_jackson_0.wav', { sampleRate: 16_000 })
 */
export const readAudio = async (input: FileInput, options: AudioOptions = {}): Promise<Audio> => {
  unknownOptions('readAudio', options, ['sampleRate', 'mono']);
  const { sampleRate, mono = true } = options;
  if (sampleRate !== undefined && !(Number.isInteger(sampleRate) && sampleRate > 0))
    throw new ValueError(`readAudio needs sampleRate to be a whole number of frames a second, got ${sampleRate}.`);
  const source = byteSource(input);
  const bytes = await readBytes(source);
  const isFlac = bytes[0] === 0x66 && bytes[1] === 0x4c && bytes[2] === 0x61 && bytes[3] === 0x43;
  const decoded = isFlac ? await decodeFlac(bytes, source.name) : parseWav(bytes, source.name);
  const mixed = mono ? averaged(decoded) : decoded;
  return sampleRate === undefined ? mixed : atRate(mixed, sampleRate);
};
