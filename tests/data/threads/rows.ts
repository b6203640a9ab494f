// A data set for a thread of its own: rows of numbers, shuffled; one of them may fail.
import { dataset, serveDataset } from '../../../src/data/index.ts';
import { tensor } from '../../../src/index.ts';

interface Options {
  readonly rows: number;
  readonly failsAt?: number;
}

serveDataset(({ rows, failsAt }: Options) =>
  dataset(Array.from({ length: rows }, (_, row) => row))
    .shuffle({ seed: 3 })
    .map(row => {
      if (row === failsAt) throw new Error(`row ${row} is damaged`);
      return { x: tensor([row, -row]), name: `row ${row}`, y: row % 2 };
    }),
);
