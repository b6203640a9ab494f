import { FormatError } from '../../core/errors.ts';
import { streamStage } from '../dataset.ts';
import { byteSource, type FileInput } from '../files/bytes.ts';
import { datasetOf } from '../pipeline/build.ts';
import type { Dataset } from '../pipeline/interface.ts';
import type { ArchiveEntry, ArchiveOptions } from './entry.ts';
import { tarEntries } from './tar.ts';
import { zipEntries } from './zip.ts';

const firstBytes = async (input: FileInput): Promise<Uint8Array> => {
  for await (const chunk of byteSource(input).stream()) return chunk;
  return new Uint8Array();
};

async function* entries(input: FileInput, options: ArchiveOptions): AsyncGenerator<ArchiveEntry> {
  const first = await firstBytes(input);
  if (first.length === 0) throw new FormatError(`${byteSource(input).name} is empty: it is no archive.`);
  const isZip = first[0] === 0x50 && first[1] === 0x4b;
  if (isZip) yield* await zipEntries(input, options);
  else yield* tarEntries(input, options);
}

/**
 * The files of a zip or tar archive (also .tar.gz, .tgz and, with the package `xz-decompress`, .tar.xz), told by its content. Every
 * reader takes such a file as it takes a path. Zip files are unpacked when they are read; those of tar come one after the other.
 *
 * @throws FormatError, while it is walked through: damaged or cut short, paths that lead out of the archive, bombs.
 * @example archive('fsdd.tar.xz').filter(file => file.path.endsWith('.wav')).map(async file => (await readAudio(file)).samples)
 */
export const archive = (input: FileInput, options: ArchiveOptions = {}): Dataset<ArchiveEntry> =>
  datasetOf(streamStage(() => entries(input, options)));
