import { bodyNodes, type Carry, type Loop } from './loop.ts';

/** Carries that something needed depends on, step after step. */
const liveCarries = (loop: Loop, used: ReadonlySet<number>): Carry[] => {
  const needed = new Set(loop.carries.filter(({ part }) => used.has(part)));
  for (let before = -1; before !== needed.size; ) {
    before = needed.size;
    const read = new Set(bodyNodes({ ...loop, carries: [...needed] }));
    for (const carry of loop.carries) if (read.has(carry.inside)) needed.add(carry);
  }
  return loop.carries.filter(carry => needed.has(carry));
};

/** Without the stacks and carries that nothing reads, and the parameters that then nothing reads. */
export const prune = (loop: Loop, used: ReadonlySet<number>): Loop => {
  const wanted = { ...loop, items: loop.items.filter(({ part }) => used.has(part)) };
  const kept = { ...wanted, carries: liveCarries(wanted, used) };
  const read = new Set(bodyNodes(kept));
  return {
    ...kept,
    constants: kept.constants.filter(({ inside }) => read.has(inside)),
    sequences: kept.sequences.filter(({ inside }) => read.has(inside)),
  };
};
