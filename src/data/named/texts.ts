import { FormatError } from '../../core/errors.ts';
import { tarEntries } from '../archive/tar.ts';
import { dataset } from '../dataset.ts';
import { type ByteSource, readBytes } from '../files/bytes.ts';
import { readText } from '../files/text.ts';
import type { Dataset } from '../pipeline/interface.ts';
import { readJson } from '../records/json.ts';
import { type NamedFile, namedFile } from './files.ts';

export interface Shakespeare {
  readonly text: string;
  /** The first 90 % of the letters. */
  readonly train: string;
  /** The rest. */
  readonly validation: string;
}

/** Length and digest: TensorFlow Datasets, url_checksums/tiny_shakespeare.txt. */
const shakespeareFile: NamedFile = {
  ...{ title: 'Tiny Shakespeare', folder: 'text', name: 'tinyshakespeare.txt', bytes: 1_115_394 },
  sha256: '86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed',
  addresses: ['https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt'],
};

export const loadShakespeare = async (): Promise<Shakespeare> => {
  const text = await readText(await namedFile(shakespeareFile));
  const at = Math.floor(text.length * 0.9);
  return { text, train: text.slice(0, at), validation: text.slice(at) };
};

/** A text of a class. */
export interface LabelledText {
  readonly text: string;
  /** Its class's place in `classes`. */
  readonly label: number;
}

export interface Clinc {
  readonly train: Dataset<LabelledText>;
  readonly validation: Dataset<LabelledText>;
  readonly test: Dataset<LabelledText>;
  /** Questions of none of the intents: their label is 150, after the last class. */
  readonly outOfScope: {
    readonly train: Dataset<LabelledText>;
    readonly validation: Dataset<LabelledText>;
    readonly test: Dataset<LabelledText>;
  };
  /** The 150 intents, in the order of the alphabet. */
  readonly classes: readonly string[];
}

const clincFile: NamedFile = {
  ...{ title: 'CLINC150', folder: 'text', name: 'clinc150_full.json', bytes: 2_495_390 },
  sha256: '36923c3705a59e08fe9c3883d8bc2dd966ef93e22cb78ac41171782a698d56e0',
  addresses: ['https://raw.githubusercontent.com/clinc/oos-eval/master/data/data_full.json'],
};

type ClincJson = Readonly<Record<'train' | 'val' | 'test' | 'oos_train' | 'oos_val' | 'oos_test', readonly (readonly [string, string])[]>>;

export const loadClinc = async (): Promise<Clinc> => {
  const json = await readJson<ClincJson>(await namedFile(clincFile));
  const classes = [...new Set(json.train.map(([, intent]) => intent))].sort();
  const part = (rows: readonly (readonly [string, string])[]): Dataset<LabelledText> =>
    dataset(
      rows.map(([text, intent]) => {
        const label = intent === 'oos' ? classes.length : classes.indexOf(intent);
        if (label < 0) throw new FormatError(`${clincFile.name} has an intent '${intent}' that its training part lacks. Fetch it again.`);
        return { text, label };
      }),
    );
  return {
    ...{ train: part(json.train), validation: part(json.val), test: part(json.test) },
    outOfScope: { train: part(json.oos_train), validation: part(json.oos_val), test: part(json.oos_test) },
    classes,
  };
};

/** Length and digest: TensorFlow Datasets, url_checksums/imdb_reviews.txt. */
const imdbFile: NamedFile = {
  ...{ title: 'IMDB', folder: 'imdb', name: 'aclImdb_v1.tar.gz', bytes: 84_125_825 },
  sha256: 'c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe',
  addresses: ['http://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz'], // the digest makes plain http safe
};

export interface Reviews {
  readonly train: Dataset<LabelledText>;
  readonly test: Dataset<LabelledText>;
  readonly classes: readonly ['negative', 'positive'];
}

/** The reviews of the archive by their paths: `aclImdb/train/pos/ID_STARS.txt`; those without a label are passed over. */
export const parseImdb = async (archive: ByteSource): Promise<Reviews> => {
  const halves = { train: [] as (LabelledText & { readonly path: string })[], test: [] as (LabelledText & { readonly path: string })[] };
  for await (const entry of tarEntries(archive)) {
    const place = /(train|test)\/(neg|pos)\/[^/]+\.txt$/.exec(entry.path);
    if (place === null) continue;
    const text = new TextDecoder().decode(await readBytes(entry));
    halves[place[1] as 'train' | 'test'].push({ text, label: place[2] === 'pos' ? 1 : 0, path: entry.path });
  }
  if (halves.train.length === 0 || halves.test.length === 0)
    throw new FormatError(`${archive.name} holds no reviews. Fetch the file again.`);
  const part = (rows: readonly (LabelledText & { readonly path: string })[]): Dataset<LabelledText> =>
    dataset([...rows].sort((a, b) => (a.path < b.path ? -1 : 1)).map(({ text, label }) => ({ text, label })));
  return { train: part(halves.train), test: part(halves.test), classes: ['negative', 'positive'] };
};

export const loadImdb = async (): Promise<Reviews> => parseImdb(await namedFile(imdbFile));
