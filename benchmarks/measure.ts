import os from 'node:os';

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

export interface Measured {
  readonly peer: string;
  readonly workload: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  readonly losses?: readonly number[];
  readonly firstMs?: number;
  readonly memoryMB?: number;
  readonly load?: number;
}

const now = (): number => performance.now();

/**
 * Microseconds a step: five checked steps, a warm-up of 0.8 s, then five windows of about 1 s; the loss is read every ten steps. The
 * median window counts, as in the peers' scripts.
 */
export const timeSteps = async (
  step: (index: number) => { read(): Promise<number> },
): Promise<{ readonly microseconds: number; readonly losses: number[]; readonly firstMs: number }> => {
  const losses: number[] = [];
  let index = 0;
  const start = now();
  losses.push(await step(index++).read());
  const firstMs = now() - start;
  for (let i = 0; i < 4; i++) losses.push(await step(index++).read());
  const run = async (milliseconds: number): Promise<number> => {
    const begin = now();
    let count = 0;
    for (;;) {
      let last = step(index++);
      for (let i = 1; i < 10; i++) last = step(index++);
      await last.read();
      count += 10;
      if (now() - begin >= milliseconds) return ((now() - begin) * 1000) / count;
    }
  };
  await run(800);
  const windows: number[] = [];
  for (let i = 0; i < 5; i++) windows.push(await run(1000));
  return { microseconds: median(windows), losses, firstMs };
};

export const emit = (result: Measured): void => {
  const memoryMB = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`RESULT ${JSON.stringify({ memoryMB, load: os.loadavg()[0], ...result })}\n`);
};
