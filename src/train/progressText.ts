/** Where a training run stands. */
export interface Progress {
  /** The epoch that runs, from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch. */
  readonly step: number;
  /** Steps an epoch has; undefined for a stream whose end is not known. */
  readonly steps: number | undefined;
  readonly samplesPerSecond: number;
  /** Seconds that the run still needs; undefined while nothing is known. */
  readonly secondsLeft: number | undefined;
  /** Loss and metrics, by their names in the history. */
  readonly logs: Readonly<Record<string, number>>;
}

/** How a line may look. */
export interface LineStyle {
  /** The line is at most this long. */
  readonly columns: number;
  readonly colors: boolean;
}

/** Four digits after the point, or an exponent where these would hide or crowd the number: `0.0412`, `3.1e-5`, `1.234e+7`. */
export const formatNumber = (value: number): string => {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || Number.isInteger(value))
    return size < 1e6 || !Number.isFinite(value) ? String(value) : value.toExponential(3);
  if (size < 1e-3) return value.toExponential(1);
  if (size >= 1e6) return value.toExponential(3);
  return value.toFixed(size >= 1000 ? 1 : size >= 10 ? 3 : 4);
};

/** `0.4 s`, `12 s`, `3:07`, `1:02:45`. */
export const formatSeconds = (seconds: number): string => {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

/** `12,345`; below ten one digit after the point. */
export const formatRate = (samplesPerSecond: number): string =>
  samplesPerSecond < 10 ? samplesPerSecond.toFixed(1) : Math.round(samplesPerSecond).toLocaleString('en-US');

/** One part of a line: its text without colours, which gives its length, and how it is shown. */
interface Part {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const ink = { bar: '36', rest: '90', good: '32' } as const;
const painted = (color: keyof typeof ink, text: string): string => (text === '' ? '' : `\x1b[${ink[color]}m${text}\x1b[39m`);

const lengthOf = (parts: readonly Part[]): number => parts.reduce((sum, { text }) => sum + text.length + 2, -2);

const join = (parts: readonly Part[], { columns, colors }: LineStyle): string => {
  if (lengthOf(parts) <= columns) return parts.map(({ text, paint }) => (colors && paint ? paint(text) : text)).join('  ');
  return `${parts
    .map(({ text }) => text)
    .join('  ')
    .slice(0, Math.max(0, columns - 1))}…`.slice(0, columns);
};

const barOf = (fraction: number, width: number): Part => {
  const done = Math.min(width, Math.max(0, Math.floor(fraction * width)));
  return {
    text: '━'.repeat(done) + '─'.repeat(width - done),
    paint: () => painted(fraction >= 1 ? 'good' : 'bar', '━'.repeat(done)) + painted('rest', '─'.repeat(width - done)),
  };
};

const logParts = (logs: Progress['logs']): Part[] =>
  Object.entries(logs).map(([name, value]) => ({ text: `${name} ${formatNumber(value)}` }));

/** The longest and shortest bar, in characters; with less room there is none. */
const barWidths = { most: 30, least: 6 } as const;

/**
 * One line, as long as `columns` allows:
 *
 *     Epoch 1/3  ━━━━━━━━━━━━──────────  420/938  51,230 samples/s  loss 0.2143  accuracy 0.9356  12 s left
 *
 * With less room the bar shrinks, then these go, one after the other: the bar, the rate, metrics from the last to the second, the
 * time left. What still does not fit is cut.
 */
export const progressBar = (progress: Progress, style: LineStyle): string => {
  const { epoch, epochs, step, steps, samplesPerSecond, secondsLeft, logs } = progress;
  const head: Part = { text: `Epoch ${epoch}/${epochs}` };
  const count: Part = { text: steps === undefined ? `step ${step}` : `${String(step).padStart(String(steps).length)}/${steps}` };
  const rate: Part[] = samplesPerSecond > 0 ? [{ text: `${formatRate(samplesPerSecond)} samples/s` }] : [];
  const left: Part[] = secondsLeft === undefined ? [] : [{ text: `${formatSeconds(secondsLeft)} left` }];
  const values = logParts(logs);
  const whole = [head, count, ...rate, ...values, ...left];
  const room = style.columns - lengthOf(whole) - 2;
  if (steps !== undefined && room >= barWidths.least)
    return join([head, barOf(steps === 0 ? 1 : step / steps, Math.min(barWidths.most, room)), ...whole.slice(1)], style);
  const shorter: Part[][] = [whole];
  for (let kept = values.length; kept >= Math.min(1, values.length); kept--) shorter.push([head, count, ...values.slice(0, kept), ...left]);
  shorter.push([head, count, ...values.slice(0, 1)]);
  return join(shorter.find(parts => lengthOf(parts) <= style.columns) ?? (shorter.at(-1) as Part[]), style);
};

/** The line that stays when an epoch is over: `Epoch 1/3  11.2 s  51,230 samples/s  loss 0.2143  accuracy 0.9356  valLoss 0.0812`. */
export const epochLine = (progress: Omit<Progress, 'step' | 'steps' | 'secondsLeft'>, seconds: number): string =>
  [
    `Epoch ${progress.epoch}/${progress.epochs}`,
    formatSeconds(seconds),
    `${formatRate(progress.samplesPerSecond)} samples/s`,
    ...logParts(progress.logs).map(({ text }) => text),
  ].join('  ');
