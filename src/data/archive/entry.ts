import { FormatError } from '../../core/errors.ts';
import type { ByteSource } from '../files/bytes.ts';

/** A file in an archive: every reader takes it as it takes a path. */
export interface ArchiveEntry extends ByteSource {
  /** Its path in the archive, with `/` between folders. */
  readonly path: string;
  readonly size: number;
}

export interface ArchiveOptions {
  /** How many times its packed size a file of more than 16 MB may have. Default 250; real data stay below 50. */
  readonly maximumRatio?: number;
  /** Bytes that all files together may have. Default 64 GiB. */
  readonly maximumBytes?: number;
  /** Files that an archive may hold. Default 10 million. */
  readonly maximumFiles?: number;
}

export const archiveDefaults: Required<ArchiveOptions> = { maximumRatio: 250, maximumBytes: 64 * 2 ** 30, maximumFiles: 10_000_000 };

/**
 * A path as an archive may have it: relative, without a way out of its folder.
 * @throws FormatError for `../`, a drive or a leading `/`: such an archive would write or read outside of its folder.
 */
export const safePath = (archive: string, path: string): string => {
  const plain = path.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
  if (plain.startsWith('/') || /^[a-z]:/i.test(plain) || plain.split('/').includes('..') || plain.includes('\0'))
    throw new FormatError(
      `${archive} holds the path '${path}', which leads out of its folder. It is not read: fetch the archive from a source you trust.`,
    );
  return plain;
};
