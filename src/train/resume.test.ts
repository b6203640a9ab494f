import { expect, test } from 'vitest';
import { type RunMode, trainKilled } from '../../tests/support/resumeRuns.ts';

/** Kills at the events of one process after the other: steps, and both ends of file operations. */
const modes: readonly (RunMode & { readonly atEvents: readonly number[] })[] = [
  { numerics: 'reproducible', data: 'rows', atEvents: [1, 41, 17, 60] },
  { numerics: 'reproducible', data: 'batches', atEvents: [33, 20, 52] },
  { numerics: 'fast', data: 'rows', atEvents: [25, 70] },
];

test.each(modes)(
  'a killed training ends as one that was not: $numerics, $data',
  async ({ atEvents, ...mode }) => {
    const [straight, broken] = await Promise.all([
      trainKilled(mode, []),
      trainKilled(
        mode,
        atEvents.map(atEvent => ({ atEvent })),
      ),
    ]);
    expect(broken.killed).toBe(atEvents.length);
    expect(broken.result).toEqual(straight.result);
    expect(broken.logs).toEqual(straight.logs);
    expect(broken.events).toBeLessThan(straight.events);
  },
  60_000,
);
