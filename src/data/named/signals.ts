import { FormatError, ValueError } from '../../core/errors.ts';
import { tarEntries } from '../archive/tar.ts';
import { parseWav } from '../audio/wav.ts';
import { dataset } from '../dataset.ts';
import { readBytes } from '../files/bytes.ts';
import type { Dataset } from '../pipeline/interface.ts';
import { type NamedFile, namedFile } from './files.ts';

/** A spoken digit. */
export interface Recording {
  /** From -1 to 1, at 8,000 a second. */
  readonly samples: Float32Array;
  /** The digit, 0 to 9. */
  readonly label: number;
  readonly speaker: string;
  /** The number of the recording of this digit by this speaker, 0 to 49. */
  readonly index: number;
}

interface TrainAndTest<T> {
  readonly train: Dataset<T>;
  readonly test: Dataset<T>;
}

export interface SpokenDigits {
  readonly recordings: Dataset<Recording>;
  readonly sampleRate: number;
  readonly speakers: readonly string[];
  /** The data set's own rule: recordings 0 to 4 of each digit and speaker are for testing. Speakers are in both parts. */
  byIndex(): TrainAndTest<Recording>;
  /** Speakers that are only tested: how well digits of a stranger are told. */
  bySpeaker(...testSpeakers: readonly string[]): TrainAndTest<Recording>;
}

const fsddFile: NamedFile = {
  ...{ title: 'FSDD', folder: 'speech', name: 'fsdd.tar.xz', bytes: 13_722_840 },
  sha256: '0a92c9d812648c4c1415bff5eb5bb88e0f974b2c7e2a8aaf44445e5f5236630f',
  addresses: [],
};

/** Parts of a list by a rule. @throws ValueError where one is empty. */
const parted = <T>(all: readonly T[], isTest: (item: T) => boolean): TrainAndTest<T> => {
  const [train, test] = [all.filter(item => !isTest(item)), all.filter(isTest)];
  return { train: dataset<T>(train), test: dataset<T>(test) };
};

const known = (what: string, asked: readonly string[], all: readonly string[]): void => {
  const other = asked.find(name => !all.includes(name));
  if (other !== undefined || asked.length === 0 || asked.length >= all.length)
    throw new ValueError(
      `${what} takes some, not all, of ${all.join(', ')}${other === undefined ? `, got ${asked.length === 0 ? 'none' : 'all'}` : `, not '${other}'`}.`,
    );
};

/** `DIGIT_SPEAKER_INDEX.wav` */
const namePattern = /(\d)_([a-z]+)_(\d+)\.wav$/;

export const loadFsdd = async (): Promise<SpokenDigits> => {
  const all: Recording[] = [];
  let sampleRate = 8000;
  for await (const entry of tarEntries(await namedFile(fsddFile))) {
    const name = namePattern.exec(entry.path);
    if (name === null) continue;
    const audio = parseWav(await readBytes(entry), entry.name);
    if (audio.channels !== 1)
      throw new FormatError(`${entry.name} should have one channel, and has ${audio.channels}. Fetch the file again.`);
    sampleRate = audio.sampleRate;
    all.push({ samples: audio.samples, label: Number(name[1]), speaker: name[2] as string, index: Number(name[3]) });
  }
  all.sort((a, b) => a.label - b.label || (a.speaker < b.speaker ? -1 : a.speaker > b.speaker ? 1 : a.index - b.index));
  const speakers = [...new Set(all.map(({ speaker }) => speaker))].sort();
  return {
    recordings: dataset<Recording>(all),
    sampleRate,
    speakers,
    byIndex: () => parted(all, ({ index }) => index < 5),
    bySpeaker(...testSpeakers) {
      known('bySpeaker', testSpeakers, speakers);
      return parted(all, ({ speaker }) => testSpeakers.includes(speaker));
    },
  };
};

/** Half an hour of a heart. */
export interface EcgRecord {
  /** The record's number in the database. */
  readonly name: string;
  /** Lead 0 in millivolts. */
  readonly signal: Float32Array;
  /** Samples at which hearts beat (the peak of the R wave). */
  readonly beats: Int32Array;
  /** 1 for a premature ventricular beat, 0 for any other; one for each of `beats`. */
  readonly premature: Uint8Array;
}

/** The signal around a beat. */
export interface Beat {
  readonly signal: Float32Array;
  /** 1 for a premature ventricular beat. */
  readonly label: number;
  readonly record: string;
}

export interface BeatOptions {
  /** Samples before the peak. Default 90: a quarter of a second. */
  readonly before?: number;
  /** Samples from the peak on. Default 90. */
  readonly after?: number;
}

export interface Ecg {
  readonly records: readonly EcgRecord[];
  /** Samples a second. */
  readonly sampleRate: number;
  /** The signal around each beat, those at the ends left out. */
  beats(options?: BeatOptions): Dataset<Beat>;
  /** Beats of some records for testing, of the others for training: beats of one person in both parts would flatter a model. */
  byRecord(testRecords: readonly string[], options?: BeatOptions): TrainAndTest<Beat>;
}

const ecgFile: NamedFile = {
  ...{ title: 'MIT-BIH arrhythmia', folder: 'biomed', name: 'ecg_mitbih12.tar.xz', bytes: 4_893_560 },
  sha256: '3c1127beac71e1cd763bc50684da5575ddd6c24840b9ce43b77091260c8acb21',
  addresses: [],
};

interface BeatsJson {
  readonly fs: number;
  readonly unit_per_mV: number;
  readonly records: Readonly<Record<string, { readonly r: readonly number[]; readonly pvc: readonly number[] }>>;
}

const beatsOf = ({ name, signal, beats, premature }: EcgRecord, { before = 90, after = 90 }: BeatOptions): Beat[] => {
  const found: Beat[] = [];
  for (const [place, peak] of beats.entries())
    if (peak >= before && peak + after <= signal.length)
      found.push({ signal: signal.subarray(peak - before, peak + after), label: premature[place] as number, record: name });
  return found;
};

export const loadEcg = async (): Promise<Ecg> => {
  const signals = new Map<string, Uint8Array>();
  let json: BeatsJson | undefined;
  for await (const entry of tarEntries(await namedFile(ecgFile))) {
    const name = entry.path.split('/').at(-1) as string;
    if (name.endsWith('.i16')) signals.set(name.slice(0, -4), await readBytes(entry));
    else if (name === 'beats.json') json = JSON.parse(new TextDecoder().decode(await readBytes(entry))) as BeatsJson;
  }
  if (json === undefined) throw new FormatError(`${ecgFile.name} holds no beats.json. Fetch the file again.`);
  const { fs, unit_per_mV: unit, records } = json;
  const all = Object.entries(records).map(([name, { r, pvc }]): EcgRecord => {
    const bytes = signals.get(name);
    if (bytes === undefined || r.length !== pvc.length)
      throw new FormatError(`${ecgFile.name} lacks the signal of record ${name}. Fetch the file again.`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const signal = Float32Array.from({ length: bytes.length / 2 }, (_, sample) => view.getInt16(2 * sample, true) / unit);
    return { name, signal, beats: Int32Array.from(r), premature: Uint8Array.from(pvc) };
  });
  const names = all.map(({ name }) => name);
  return {
    records: all,
    sampleRate: fs,
    beats: (options = {}) => dataset<Beat>(all.flatMap(record => beatsOf(record, options))),
    byRecord(testRecords, options = {}) {
      known('byRecord', testRecords, names);
      const beats = all.flatMap(record => beatsOf(record, options));
      return parted(beats, ({ record }) => testRecords.includes(record));
    },
  };
};
