import { plainTile, type TileShape } from '../../compiler/contraction.ts';
import { call, encodeModule, FunctionBuilder, type FunctionCode, get, set } from './assembler.ts';
import { f32x4, i32 } from './instructions.ts';
import { emitTile } from './tile.ts';

export interface Probed extends TileShape {
  /** Of one thread, on operands in the first-level cache. */
  readonly gflops: number;
}

/** Without a probe: what was fastest on the processors at hand, with vectors paired or not. */
export const usualTile = (wide: boolean): TileShape => (wide ? { rows: 6, columns: 16 } : plainTile);

const candidates = (wide: boolean): readonly TileShape[] =>
  wide
    ? [
        { rows: 6, columns: 16 },
        { rows: 5, columns: 16 },
        { rows: 4, columns: 16 },
      ]
    : [
        { rows: 6, columns: 8 },
        { rows: 4, columns: 8 },
        { rows: 8, columns: 8 },
      ];

/** Contracted elements: a panel of b and the rows of a stay in 32 kB. */
const depth = 256;
const callsPerBatch = 20;
/** Milliseconds for each tile in a round. Its first calls run unoptimised code, and optimised code comes from another thread: hence rounds. */
const [shortest, longest] = [1.5, 10];
const rounds = 5;
/** A tile must be so much faster than the usual one to replace it: less is noise. */
const margin = 1.04;

/** Where the operands lie: behind what programs reserve in their own memory, though this one is the probe's. */
const [aAddress, bAddress, cAddress] = [4096, 4096 + depth * 64, 4096 + 2 * depth * 64];

const emitBatch = ({ columns }: TileShape, tile: number, name: string): FunctionCode => {
  const f = new FunctionBuilder(name);
  const left = f.parameter('i32');
  f.repeatWhile(() => {
    const steps = [depth * 4, 4, columns * 4, columns * 4, columns * 4, depth, 1, 0, 0];
    const parameters = [aAddress, bAddress, cAddress, cAddress, ...steps];
    f.add(call('void', tile, parameters.map(i32.const)));
    f.add(set(left, i32.sub(get(left), i32.const(1))));
    return get(left);
  });
  return f.build();
};

/** Whether the engine knows relaxed SIMD: Chromium, Firefox and Node do, Safari not yet. */
export const knowsRelaxedMadd = (): boolean => {
  const f = new FunctionBuilder('probe', 'v128');
  const x = get(f.parameter('v128'));
  f.add(f32x4.relaxedMadd(x, x, x));
  return WebAssembly.validate(encodeModule({ imports: [], functions: [f.build()], exports: [] }));
};

/** Milliseconds of the clock's steps; those of pages that are not isolated from other origins are of a tenth. */
const coarse = 0.02;
const stepOf = (clock: () => number): number => {
  const start = clock();
  let next = start;
  while (next === start) next = clock();
  return next - start;
};

/**
 * Measures register tiles for some milliseconds each and chooses the fastest. By a coarse clock they cannot be told apart: it measures
 * the usual one.
 */
export const probeTiles = (
  { wide, relaxed }: { readonly wide: boolean; readonly relaxed: boolean },
  clock: () => number = () => performance.now(),
): Probed => {
  const fused = relaxed && knowsRelaxedMadd();
  const step = stepOf(clock);
  const shapes = step > coarse ? candidates(wide).slice(0, 1) : candidates(wide);
  const [budget, sample] = [Math.min(Math.max(shortest, 60 * step), longest), Math.min(40 * step, longest / 2)];
  const functions: FunctionCode[] = [];
  shapes.forEach((shape, index) => {
    functions.push(emitTile({ order: 'row', rows: shape.rows, vectors: shape.columns / 4, lastLanes: 4 }, fused));
    functions.push(emitBatch(shape, functions.length - 1, `batch${index}`));
  });
  const module = encodeModule({ imports: [], functions, exports: shapes.map((_, index) => `batch${index}`) });
  const memory = new WebAssembly.Memory({ initial: 2 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), { e: { memory } });
  const rates = shapes.map(() => 0);
  for (let round = 0; round < (step > 1 ? 1 : rounds); round++)
    shapes.forEach(({ rows, columns }, index) => {
      const batch = exports[`batch${index}`] as (calls: number) => void;
      const end = clock() + budget;
      let [start, calls] = [clock(), 0];
      for (let now = start; now < end; now = clock()) {
        batch(callsPerBatch);
        calls += callsPerBatch;
        const spent = clock() - start;
        if (spent < sample || spent <= 0) continue;
        rates[index] = Math.max(rates[index] as number, (2 * rows * columns * depth * calls) / spent / 1e6);
        [start, calls] = [clock(), 0];
      }
    });
  const usual = rates[0] as number;
  const fastest = rates.indexOf(Math.max(...rates));
  const chosen = (rates[fastest] as number) > margin * usual ? fastest : 0;
  return { ...(shapes[chosen] as TileShape), gflops: rates[chosen] as number };
};
