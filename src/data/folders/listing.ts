import { FileError, FormatError, ValueError } from '../../core/errors.ts';
import { platform } from '../../core/platform.ts';

/** A file in a folder of classes. */
export interface LabelledFile {
  readonly path: string;
  /** The class's place in `classes`. */
  readonly label: number;
}

export interface LabelledFolder {
  /** Names of the classes, in the order of the alphabet. */
  readonly classes: readonly string[];
  readonly files: readonly LabelledFile[];
}

/** Order by letter code: the same on every machine, whatever its language. */
const byCode = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const endingOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1).toLowerCase();

/** The paths of all files under a folder with one of the endings, in order; hidden ones are passed over. */
export const filesUnder = async (folder: string, endings: readonly string[]): Promise<string[]> => {
  const found: string[] = [];
  for (const name of [...(await platform().listFolder(folder))].sort(byCode)) {
    if (name.startsWith('.')) continue;
    const path = platform().joinPath(folder, name);
    const kind = await platform().fileKind(path);
    if (kind === 'folder') found.push(...(await filesUnder(path, endings)));
    else if (kind === 'file' && endings.includes(endingOf(name))) found.push(path);
  }
  return found;
};

const requireFolder = async (folder: string): Promise<void> => {
  if ((await platform().fileKind(folder)) !== 'folder')
    throw new FileError(`cannot read the folder '${folder}': there is none. Check the path.`);
};

/** Class per folder: the files under `folder/CLASS/`. @throws FileError for no folder; FormatError where no class has a file. */
export const labelledFolder = async (folder: string, endings: readonly string[], what: string): Promise<LabelledFolder> => {
  await requireFolder(folder);
  const names: string[] = [];
  for (const name of [...(await platform().listFolder(folder))].sort(byCode))
    if (!name.startsWith('.') && (await platform().fileKind(platform().joinPath(folder, name))) === 'folder') names.push(name);
  const classes: string[] = [];
  const files: LabelledFile[] = [];
  for (const name of names) {
    const paths = await filesUnder(platform().joinPath(folder, name), endings);
    if (paths.length === 0) continue;
    for (const path of paths) files.push({ path, label: classes.length });
    classes.push(name);
  }
  if (files.length === 0)
    throw new FormatError(
      `the folder '${folder}' holds no ${what} in folders of their classes. Put them as ${folder}/CLASS/FILE.${endings[0]}; read are ${endings.join(', ')}.`,
    );
  return { classes, files };
};

/** Files with the labels of a table of two columns. @throws ValueError for a column that is not there. */
export const labelledByTable = (folder: string, names: readonly (string | null)[], labels: readonly (string | null)[]): LabelledFolder => {
  const classes = [...new Set(labels)].filter(label => label !== null).sort(byCode);
  const files = names.flatMap((name, row): LabelledFile[] => {
    const label = labels[row] ?? null;
    if (name === null || label === null) return [];
    return [{ path: platform().joinPath(folder, name), label: classes.indexOf(label) }];
  });
  if (files.length === 0) throw new ValueError(`the table of labels names no file with a label.`);
  return { classes, files };
};
