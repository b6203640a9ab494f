import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InputDescription } from '../inputs.ts';
import type { Builds } from './case.ts';
import { compositeCases } from './composites.ts';
import { layoutCases } from './layout.ts';
import { integerCases, mapCases } from './maps.ts';
import { productCases } from './products.ts';
import { reductionCases } from './reductions.ts';
import { structuredCases } from './structured.ts';

type Numbers = readonly (number | string)[];

/** What NumPy and PyTorch made of the same inputs: see tests/golden/operations.py, which writes it. */
export interface Golden {
  readonly inputs: readonly InputDescription[];
  readonly outputs: readonly { readonly shape: readonly number[]; readonly data: Numbers }[];
  /** Seeds of the outputs' adjoints, and the adjoints of float inputs that PyTorch gave for them. */
  readonly seeds?: readonly number[];
  readonly gradients?: readonly (Numbers | null)[];
  /** The same once more, for those adjoints as outputs. */
  readonly secondSeeds?: readonly number[];
  readonly second?: readonly (Numbers | null)[];
}

export const golden: Readonly<Record<string, Golden>> = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'golden', 'operations.json'), 'utf8'),
);

/** The same graphs, of primitives. */
export const goldenBuilds: Builds = {
  ...mapCases,
  ...integerCases,
  ...reductionCases,
  ...layoutCases,
  ...structuredCases,
  ...productCases,
  ...compositeCases,
};
