import { epochLine, type Progress, progressBar } from './progressText.ts';

/** What is shown of a running `fit`: a live bar, a line now and then, nothing; `auto` is a bar on a terminal and lines elsewhere. */
export type Verbosity = 'auto' | 'bar' | 'lines' | 'silent';

/** Where progress is written; a `Platform` is one. */
export interface ProgressOutput {
  write(text: string): void;
  columns(): number;
  isTerminal(): boolean;
  hasColors(): boolean;
}

/** What `fit` reports while it trains. */
export interface ProgressReporter {
  /** `samples`: how many were trained on since the last call, and what the epoch's logs are so far. */
  step(samples: number, step: number, logs: Progress['logs']): void;
  /** The epoch's final logs, with those of the validation. */
  endEpoch(logs: Progress['logs']): void;
  /** After the last epoch, an interruption or an error: leaves the cursor on a line of its own. May be called twice. */
  close(): void;
}

export interface ProgressOptions {
  readonly epochs: number;
  /** The epoch to begin with, from 0. */
  readonly initialEpoch?: number;
  readonly steps: number | undefined;
  readonly verbose?: Verbosity;
  readonly output: ProgressOutput;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** Milliseconds between two drawings of the bar: ten a second read as live. */
const redrawEvery = 100;
/** Milliseconds between two lines within an epoch, where there is no bar. */
const lineEvery = 10_000;
/** Milliseconds after which a measured speed counts half: long enough to be calm, short enough to follow a change. */
const halfLife = 2000;

/** Ends a line that is drawn over an older one: erases what that left to the right (ECMA-48, EL). */
const eraseRest = '\x1b[K';

/**
 * Shows the progress of a training run. The rate is the recent one, with older times counting less; the time left is that of all
 * epochs, at the recent time a step.
 */
export const progressReporter = (options: ProgressOptions): ProgressReporter => {
  const { epochs, initialEpoch = 0, steps, verbose = 'auto', output, now = () => performance.now() } = options;
  const mode = verbose === 'auto' ? (output.isTerminal() ? 'bar' : 'lines') : verbose;
  let epoch = initialEpoch + 1;
  let epochStart = now();
  let epochSamples = 0;
  let lastStep = 0;
  let lastTime = epochStart;
  let shownAt = epochStart;
  let open = false; // a bar stands on the current line
  // Sums in which what is older weighs less.
  const recent = { milliseconds: 0, samples: 0, steps: 0 };

  const measure = (time: number, samples: number, step: number): void => {
    const passed = time - lastTime;
    const weight = 0.5 ** (passed / halfLife);
    recent.milliseconds = recent.milliseconds * weight + passed;
    recent.samples = recent.samples * weight + samples;
    recent.steps = recent.steps * weight + (step - lastStep);
    epochSamples += samples;
    lastStep = step;
    lastTime = time;
  };

  const secondsLeft = (step: number): number | undefined => {
    if (steps === undefined || recent.steps === 0) return undefined;
    const stepsLeft = (epochs - epoch) * steps + steps - step;
    return (stepsLeft * recent.milliseconds) / recent.steps / 1000;
  };

  const draw = (step: number, logs: Progress['logs']): void => {
    const samplesPerSecond = recent.milliseconds > 0 ? (recent.samples / recent.milliseconds) * 1000 : 0;
    const progress: Progress = { epoch, epochs, step, steps, samplesPerSecond, secondsLeft: secondsLeft(step), logs };
    if (mode === 'bar') {
      // One column stays free: a terminal that is written full moves on to the next line.
      output.write(`\r${progressBar(progress, { columns: output.columns() - 1, colors: output.hasColors() })}${eraseRest}`);
      open = true;
    } else output.write(`${progressBar(progress, { columns: Infinity, colors: false }).replace(/ {2}[━─]+/, '')}\n`);
  };

  return {
    step(samples, step, logs) {
      const time = now();
      measure(time, samples, step);
      if (mode === 'silent' || time - shownAt < (mode === 'bar' ? redrawEvery : lineEvery)) return;
      shownAt = time;
      draw(step, logs);
    },
    endEpoch(logs) {
      const time = now();
      const seconds = (time - epochStart) / 1000;
      const training = (lastTime - epochStart) / 1000; // what came after the last step was validation
      const samplesPerSecond = training > 0 ? epochSamples / training : 0;
      if (mode !== 'silent')
        output.write(`${open ? '\r' : ''}${epochLine({ epoch, epochs, samplesPerSecond, logs }, seconds)}${open ? eraseRest : ''}\n`);
      open = false;
      epoch++;
      epochStart = lastTime = shownAt = time;
      epochSamples = lastStep = 0;
    },
    close() {
      if (open) output.write('\n');
      open = false;
    },
  };
};
