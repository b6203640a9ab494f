import { datasets, type SplitExamples } from '../data/index.ts';
import { unknownName } from '../index.ts';
import { namedData } from './tasks/open.ts';
import { UsageError } from './usage.ts';

interface NamedData {
  readonly title: string;
  readonly classes: number;
  readonly load: () => Promise<SplitExamples>;
}

const named: Readonly<Record<string, NamedData>> = {
  mnist: { title: 'MNIST, handwritten digits', classes: 10, load: datasets.mnist },
  'fashion-mnist': { title: 'Fashion-MNIST, pieces of clothing', classes: 10, load: datasets.fashionMnist },
};

const find = (name: string): NamedData => {
  const found = Object.hasOwn(named, name) ? named[name] : undefined;
  if (found === undefined) throw new UsageError(unknownName('data set', name, [...Object.keys(named), ...namedData]).message);
  return found;
};

/** Whether it is a data set of images with networks of its own. */
export const isNamedImages = (name: string): boolean => Object.hasOwn(named, name);

export const titleOf = (name: string): string => find(name).title;

/** A data set by its name on the command line. */
export const loadDataNamed = async (name: string): Promise<SplitExamples & { readonly classes: number }> => {
  const { classes, load } = find(name);
  return { ...(await load()), classes };
};
