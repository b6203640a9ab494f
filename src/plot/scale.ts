import { formatDecade, formatTick } from './numbers.ts';

/** How numbers become places: evenly, or by their logarithm. */
export type ScaleKind = 'linear' | 'log';

/** A labelled place on an axis. */
export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Where numbers lie between the ends of an axis. */
export interface Scale {
  readonly kind: ScaleKind;
  readonly domain: readonly [least: number, most: number];
  /** 0 at the least, 1 at the most. */
  readonly share: (value: number) => number;
  /** About so many marks, at 1, 2 or 5 times a power of ten. */
  readonly ticks: (count: number) => readonly Tick[];
}

/** What an axis shall hold. */
export interface ScaleOptions {
  /** Share of the whole that stays free at both ends. */
  readonly padding?: number;
  /** Marks only at whole numbers: epochs, counts. */
  readonly isWhole?: boolean;
}

/** The least and the most of some numbers, of those that have a place; undefined if none has. */
export const extentOf = (lists: readonly ArrayLike<number>[], kind: ScaleKind = 'linear'): readonly [number, number] | undefined => {
  let [least, most] = [Infinity, -Infinity];
  for (const values of lists)
    for (let index = 0; index < values.length; index++) {
      const value = values[index] as number;
      if (!hasPlace(value, kind)) continue;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  return least <= most ? [least, most] : undefined;
};

/** NaN and infinities have no place on an axis; zero and less none on a logarithmic one. */
export const hasPlace = (value: number, kind: ScaleKind): boolean => Number.isFinite(value) && (kind === 'linear' || value > 0);

const clamped = (value: number): number => Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));

/** Without what doubles add: 0.3, not 0.30000000000000004. */
const rounded = (value: number): number => clamped(Number(value.toPrecision(15)));

/** The least of 1, 2 and 5 times a power of ten that cuts `span` into at most `count` parts. */
export const niceStep = (halfSpan: number, count: number): number => {
  const raw = (halfSpan / count) * 2;
  const power = 10 ** Math.floor(Math.log10(raw));
  const share = raw / power;
  const step = (share <= 1 + 1e-9 ? 1 : share <= 2 + 1e-9 ? 2 : share <= 5 + 1e-9 ? 5 : 10) * power;
  return rounded(Math.min(step, 1e308));
};

/** Numbers nearer to each other than this share of their size are taken as equal: their marks would need 13 digits. */
const leastRelativeSpan = 1e-12;
const leastSpan = 1e-300;

const widened = (least: number, most: number, padding: number): readonly [number, number] => {
  const size = Math.max(Math.abs(least), Math.abs(most));
  const half = most / 2 - least / 2; // halves, because the whole may be beyond the largest number
  if (half <= leastSpan || half <= size * leastRelativeSpan) {
    const room = Math.max(size * 0.1, size < leastSpan ? 1 : 0);
    return [clamped(least - room), clamped(most + room)];
  }
  return [clamped(least - half * padding * 2), clamped(most + half * padding * 2)];
};

/** An even axis from the least to the most. Equal ends get some room, so that one value has a place in the middle. */
export const linearScale = (least: number, most: number, { padding = 0, isWhole = false }: ScaleOptions = {}): Scale => {
  const domain = widened(least, most, padding);
  const half = domain[1] / 2 - domain[0] / 2;
  return {
    kind: 'linear',
    domain,
    share: value => (value / 2 - domain[0] / 2) / half,
    ticks: count => {
      const nice = niceStep(half, Math.max(1, count));
      const step = isWhole ? Math.max(1, nice) : nice;
      const largest = Math.max(Math.abs(domain[0]), Math.abs(domain[1]));
      const ticks: Tick[] = [];
      for (let index = Math.ceil(domain[0] / step - 1e-9); index <= Math.floor(domain[1] / step + 1e-9); index++) {
        const value = rounded(index * step);
        const share = (value / 2 - domain[0] / 2) / half;
        if (share >= -1e-6 && share <= 1 + 1e-6) ticks.push({ value, label: formatTick(value, step, largest) });
      }
      return ticks;
    },
  };
};

/** A logarithmic axis; both ends are above zero. */
export const logScale = (least: number, most: number, { padding = 0 }: ScaleOptions = {}): Scale => {
  const within = (value: number): number => Math.min(Number.MAX_VALUE, Math.max(Number.MIN_VALUE, value));
  const isOne = Math.log10(most) - Math.log10(least) < 1e-9;
  const room = isOne ? 0.3 : (Math.log10(most) - Math.log10(least)) * padding;
  const [from, to] = [Math.log10(within(least / 10 ** room)), Math.log10(within(most * 10 ** room))];
  const domain = [within(10 ** from), within(10 ** to)] as const;
  return {
    kind: 'log',
    domain,
    share: value => (Math.log10(value) - from) / (to - from),
    ticks: count => {
      const every = Math.max(1, Math.ceil((to - from) / Math.max(1, count)));
      const multiples = every > 1 || to - from > count / 3 ? [1] : [1, 2, 5];
      const values: number[] = [];
      for (let decade = Math.floor(from / every) * every; decade <= to; decade += every)
        for (const multiple of multiples) {
          const value = Number(`${multiple}e${decade}`);
          if (value > 0 && Math.log10(value) >= from - 1e-9 && Math.log10(value) <= to + 1e-9) values.push(value);
        }
      // Within part of a decade even steps say more.
      if (values.length < 2 && to - from < 1)
        return linearScale(domain[0], domain[1])
          .ticks(count)
          .filter(({ value }) => value >= domain[0] && value <= domain[1]);
      return values.map(value => ({ value, label: formatDecade(value, to - from > 4) }));
    },
  };
};

/** The axis of this kind that holds all numbers that have a place; without any, from 0 to 1 (or from 1 to 10). */
export const scaleOf = (lists: readonly ArrayLike<number>[], kind: ScaleKind, options: ScaleOptions = {}): Scale => {
  const extent = extentOf(lists, kind);
  if (kind === 'log') return logScale(...(extent ?? ([1, 10] as const)), options);
  return linearScale(...(extent ?? ([0, 1] as const)), options);
};
