import { npzBytes } from '../data/index.ts';
import { loadModel, type Model, Tensor } from '../index.ts';
import { writeWhole } from './files.ts';
import type { Output } from './output.ts';
import { type Command, UsageError } from './usage.ts';

/** The tensors of a tree by their paths: `dense/kernel`. */
const byPath = (tree: unknown, path: string, found: Record<string, Tensor>): Record<string, Tensor> => {
  if (tree instanceof Tensor) found[path] = tree;
  else if (typeof tree === 'object' && tree !== null)
    for (const [name, part] of Object.entries(tree)) byPath(part, path === '' ? name : `${path}/${name}`, found);
  return found;
};

/** A model's weights by their paths. */
export const weightsByPath = (net: Model): Readonly<Record<string, Tensor>> => byPath(net.weights, '', {});

/** The weights of a model as an archive that NumPy reads: `numpy.load(FILE)['dense/kernel']`. */
export const exportWeights = async ({ operands, out }: Command, output: Output): Promise<void> => {
  const [path, ...more] = operands;
  if (path === undefined || more.length > 0)
    throw new UsageError(`gradus export takes one model file, got ${operands.length}. See gradus --help.`);
  const net = await loadModel(path);
  const weights = weightsByPath(net);
  const file = out ?? `${path.replace(/\.gradus$/, '')}.npz`;
  await writeWhole(file, await npzBytes(weights));
  const names = Object.keys(weights);
  output.say(`${names.length} arrays: ${file}`);
  output.event({ event: 'export', model: path, file, arrays: names });
};
