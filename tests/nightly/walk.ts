// What `gradus train` reaches on the data that users come with, beside scikit-learn on the same rows:
//   GRADUS_DATA=… node tests/nightly/walk.ts /tmp/walk && python tests/nightly/walk_sklearn.py /tmp/walk
// Writes each data set as the file or folder that a user would have, trains on it, and prints the figures on the rows kept for the end.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { datasets, wavBytes } from '../../src/data/index.ts';

const folder = process.argv[2] ?? '/tmp/walk';
mkdirSync(folder, { recursive: true });
const mirror = process.env.GRADUS_DATA;
if (mirror === undefined) throw new Error('Set GRADUS_DATA to the folder with the data.');

const classes = { fashion: 300 };

const writeImages = async (): Promise<void> => {
  const sharp = createRequire(import.meta.url)('sharp') as typeof import('sharp').default;
  const { train } = await datasets.fashionMnist();
  const [pixels, labels] = [(await train.x.data()) as Uint8Array, await train.y.data()];
  const counts = new Map<number, number>();
  for (const [row, label] of labels.entries()) {
    const count = counts.get(label) ?? 0;
    if (count >= classes.fashion) continue;
    counts.set(label, count + 1);
    mkdirSync(join(folder, 'fashion', `c${label}`), { recursive: true });
    await sharp(pixels.subarray(row * 784, (row + 1) * 784), { raw: { width: 28, height: 28, channels: 1 } })
      .png()
      .toFile(join(folder, 'fashion', `c${label}`, `${String(row).padStart(5, '0')}.png`));
  }
};

const writeSounds = async (): Promise<void> => {
  for await (const { samples, label, speaker, index } of (await datasets.fsdd()).recordings) {
    mkdirSync(join(folder, 'spoken', `d${label}`), { recursive: true });
    writeFileSync(join(folder, 'spoken', `d${label}`, `${speaker}-${index}.wav`), wavBytes({ samples, channels: 1, sampleRate: 8000 }));
  }
};

const writeIntents = async (): Promise<void> => {
  const { train, validation, test, classes: names } = await datasets.clinc150();
  const lines: string[] = [];
  for (const part of [train, validation, test])
    for await (const { text, label } of part) lines.push(JSON.stringify({ text, intent: names[label] }));
  writeFileSync(join(folder, 'intents.jsonl'), lines.join('\n'));
};

await writeImages();
await writeSounds();
await writeIntents();
for (const [from, to] of [
  ['tabular/penguins.csv', 'penguins.csv'],
  ['tabular/diamonds.csv', 'diamonds.csv'],
  ['text/foods_train.csv', 'foods.csv'],
] as const)
  cpSync(join(mirror, from), join(folder, to));

const runs: readonly (readonly string[])[] = [
  ['penguins.csv', '--target', 'species'],
  ['diamonds.csv'],
  ['foods.csv'],
  ['intents.jsonl'],
  ['fashion'],
  ['spoken'],
];
for (const [data = '', ...more] of runs) {
  const out = join(folder, 'runs', data);
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, '../../src/cli/main.ts'), 'train', data, ...more, '--out', out, '--json'],
    {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    },
  );
  if (status !== 0) throw new Error(`gradus train ${data}: ${stderr}`);
  const { kept, test, seconds } = JSON.parse(readFileSync(join(out, 'history.json'), 'utf8')) as {
    kept: string;
    test: Record<string, Record<string, number>>;
    seconds: number;
  };
  const main = 'r2' in (test[kept] as object) ? 'r2' : 'accuracy';
  const figures = Object.entries(test).map(([name, scores]) => `${name} ${scores[main]?.toFixed(4)}`);
  console.log(`${data.padEnd(14)} ${main} ${figures.join('   ')}   kept: ${kept}, ${seconds.toFixed(0)} s`);
}
