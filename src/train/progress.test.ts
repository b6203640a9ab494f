import { describe, expect, test } from 'vitest';
import { type ProgressOptions, type ProgressReporter, progressReporter, type Verbosity } from './progress.ts';

/** A reporter on a clock that the test turns, and what it has written. */
const report = (
  options: Partial<ProgressOptions> & { terminal?: boolean; columns?: number } = {},
): { reporter: ProgressReporter; written: () => string; tick: (milliseconds: number) => void } => {
  let text = '';
  let time = 1000;
  const { terminal = true, columns = 200, ...rest } = options;
  const write = (part: string): void => {
    text += part;
  };
  const reporter = progressReporter({
    epochs: 2,
    steps: 10,
    output: { write, columns: () => columns, isTerminal: () => terminal, hasColors: () => false },
    now: () => time,
    ...rest,
  });
  return {
    reporter,
    written: () => text,
    tick(milliseconds) {
      time += milliseconds;
    },
  };
};

/** Runs whole epochs at a steady pace: ten steps of 64 samples. */
const runEpochs = ({ reporter, tick }: ReturnType<typeof report>, epochs: number, stepMilliseconds: number): void => {
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let step = 1; step <= 10; step++) {
      tick(stepMilliseconds);
      reporter.step(64, step, { loss: 1 / step });
    }
    reporter.endEpoch({ loss: 0.1, valLoss: 0.2 });
  }
  reporter.close();
};

describe('on a terminal', () => {
  test('a bar is drawn over itself, and a line stays for each epoch', () => {
    const run = report();
    runEpochs(run, 2, 100);
    const lines = run.written().split('\n');
    expect(lines).toHaveLength(3);
    const frames = (lines[0] as string).split('\r');
    expect(frames[1]).toBe(`Epoch 1/2  ━━━${'─'.repeat(27)}   1/10  640 samples/s  loss 1  1.9 s left\x1b[K`);
    expect(frames[5]).toBe(`Epoch 1/2  ${'━'.repeat(15)}${'─'.repeat(15)}   5/10  640 samples/s  loss 0.2000  1.5 s left\x1b[K`);
    expect(frames).toHaveLength(12);
    expect(frames.at(-1)).toBe('Epoch 1/2  1.0 s  640 samples/s  loss 0.1000  valLoss 0.2000\x1b[K');
    expect((lines[1] as string).split('\r').at(-1)).toBe('Epoch 2/2  1.0 s  640 samples/s  loss 0.1000  valLoss 0.2000\x1b[K');
    expect(lines[2]).toBe('');
  });

  test('fast steps are drawn ten times a second at most', () => {
    const run = report({ steps: 1000, epochs: 1 });
    for (let step = 1; step <= 1000; step++) {
      run.tick(1);
      run.reporter.step(1, step, {});
    }
    expect(run.written().split('\r')).toHaveLength(11);
  });

  test('the line is one column shorter than the terminal, so that it does not wrap', () => {
    const run = report({ columns: 40 });
    runEpochs(run, 1, 100);
    for (const frame of run
      .written()
      .split(/[\r\n]/)
      .slice(0, -2))
      expect(frame.replace('\x1b[K', '').length).toBeLessThanOrEqual(39);
  });

  test('close leaves an open bar once', () => {
    const run = report();
    run.tick(100);
    run.reporter.step(64, 1, {});
    run.reporter.close();
    run.reporter.close();
    expect(run.written().split('\r')).toEqual(['', expect.stringMatching(/^Epoch .*\[K\n$/)]);
  });
});

describe('the rate', () => {
  test('follows a change of speed within seconds', () => {
    const run = report({ steps: 1000, epochs: 1 });
    let step = 0;
    const go = (milliseconds: number, stepMilliseconds: number): void => {
      for (let passed = 0; passed < milliseconds; passed += stepMilliseconds) {
        run.tick(stepMilliseconds);
        run.reporter.step(100, ++step, {});
      }
    };
    const shownRate = (): number =>
      Number(
        run
          .written()
          .split('\r')
          .at(-1)
          ?.match(/([\d,]+) samples/)?.[1]
          ?.replaceAll(',', ''),
      );
    go(10_000, 500);
    expect(shownRate()).toBe(200);
    go(2000, 100);
    expect(shownRate()).toBeGreaterThan(500);
    go(20_000, 100);
    expect(shownRate()).toBeGreaterThan(990);
    expect(shownRate()).toBeLessThanOrEqual(1000);
  });

  test('does not count the time of a validation', () => {
    const run = report({ epochs: 2 });
    for (let step = 1; step <= 10; step++) {
      run.tick(100);
      run.reporter.step(64, step, {});
    }
    run.tick(60_000);
    run.reporter.endEpoch({});
    run.tick(100);
    run.reporter.step(64, 1, {});
    expect(run.written().split('\r').at(-1)).toContain('640 samples/s  0.9 s left');
    expect(run.written().split('\n')[0]?.split('\r').at(-1)).toContain('1:01  640 samples/s');
  });
});

describe('elsewhere', () => {
  test('a line stands for each epoch, without anything that only a terminal understands', () => {
    const run = report({ terminal: false });
    runEpochs(run, 2, 100);
    expect(run.written()).toBe(
      'Epoch 1/2  1.0 s  640 samples/s  loss 0.1000  valLoss 0.2000\nEpoch 2/2  1.0 s  640 samples/s  loss 0.1000  valLoss 0.2000\n',
    );
  });

  test('a long epoch says a word every ten seconds', () => {
    const run = report({ terminal: false, epochs: 1 });
    runEpochs(run, 1, 4000);
    expect(run.written().split('\n')).toEqual([
      'Epoch 1/1   3/10  16 samples/s  loss 0.3333  28 s left',
      'Epoch 1/1   6/10  16 samples/s  loss 0.1667  16 s left',
      'Epoch 1/1   9/10  16 samples/s  loss 0.1111  4.0 s left',
      'Epoch 1/1  40 s  16 samples/s  loss 0.1000  valLoss 0.2000',
      '',
    ]);
  });
});

test.each<[Verbosity, boolean, string]>([
  ['silent', true, 'nothing'],
  ['lines', true, 'lines'],
  ['bar', false, 'a bar'],
  ['auto', true, 'a bar'],
  ['auto', false, 'lines'],
])('verbose %s, on a terminal %s, writes %s', (verbose, terminal, what) => {
  const run = report({ verbose, terminal });
  runEpochs(run, 2, 100);
  const text = run.written();
  expect(text === '' ? 'nothing' : text.includes('\r') ? 'a bar' : 'lines').toBe(what);
});

test('a resumed run counts from its epoch on', () => {
  const run = report({ epochs: 5, initialEpoch: 3, terminal: false });
  runEpochs(run, 2, 100);
  expect(run.written().match(/Epoch \d\/\d/g)).toEqual(['Epoch 4/5', 'Epoch 5/5']);
});
