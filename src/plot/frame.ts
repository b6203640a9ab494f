import type { Point } from './path.ts';
import type { Scale, Tick } from './scale.ts';
import { place, textAt, textSize, wrapped } from './svg.ts';
import { textWidth } from './text.ts';
import { fill, type Role, type SeriesStyle, stroke } from './theme.ts';

/** A line of the legend. */
export interface LegendEntry {
  readonly name: string;
  readonly style: SeriesStyle;
  readonly mark: 'line' | 'point' | 'box';
}

/** What a picture with two axes shall have around its marks. */
export interface FramePlan {
  readonly width: number;
  readonly height: number;
  readonly hasTitle: boolean;
  readonly x: Scale;
  readonly y: Scale;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly legend?: readonly LegendEntry[];
  /** Sentences below the picture. */
  readonly notes?: readonly string[];
}

/** The inside of a picture with two axes: where numbers lie, and what is drawn around the marks. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly furniture: string;
  /** The whole picture's: more than asked for where a long legend needs it. */
  readonly height: number;
}

const lineHeight = 17;
/** Less room than this shows nothing. */
const leastInside = 70;

/** The marks of points, as one path. */
export const marksAt = (points: readonly Point[], { shape, role }: SeriesStyle): string =>
  points.length === 0 ? '' : `<path ${fill(role)} d="${points.map(({ x, y }) => `M${place(x)} ${place(y)}${shape}`).join('')}"/>`;

/** Small round dots, as the ends of lines without length: the shortest way to write many. */
export const dotsAt = (points: readonly Point[], role: Role): string =>
  points.length === 0
    ? ''
    : `<path ${stroke(role)} stroke-width="4.2" stroke-linecap="round" d="${points.map(({ x, y }) => `M${place(x)} ${place(y)}h0`).join('')}"/>`;

/** A stroke's width and dashes. */
export const lineStyle = ({ role, dash }: SeriesStyle, width = 1.8): string =>
  `${stroke(role)} fill="none" stroke-width="${width}" stroke-linejoin="round"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;

const swatch = (x: number, y: number, { style, mark }: LegendEntry): string => {
  if (mark === 'line') return `<path ${lineStyle(style, 2)} d="M${place(x)} ${place(y)}h22"/>`;
  if (mark === 'point') return marksAt([{ x: x + 14, y }], style);
  return `<rect x="${place(x + 8)}" y="${place(y - 5)}" width="12" height="10" ${fill(style.role)}/>`;
};

/** The entries side by side, in as many lines as they need, from this height on. */
export const legendOf = (
  entries: readonly LegendEntry[],
  width: number,
  top: number,
): { readonly drawing: string; readonly height: number } => {
  let [x, y] = [0, top];
  const drawn = entries.map(entry => {
    const room = Math.min(width - 40, 260);
    const needs = 28 + Math.min(room, textWidth(entry.name.slice(0, 200), textSize)) + 14;
    if (x > 0 && x + needs > width) [x, y] = [0, y + lineHeight];
    const text = swatch(x, y + 7, entry) + textAt(x + 28, y + 11, entry.name, { room });
    x += needs;
    return text;
  });
  return { drawing: drawn.join(''), height: entries.length === 0 ? 0 : y + lineHeight - top };
};

/** As many marks as there is room for their labels. */
const fitting = (scale: Scale, room: number): readonly Tick[] => {
  let kept: readonly Tick[] = [];
  for (let count = Math.max(2, Math.floor(room / 44)); count > 0; count--) {
    const ticks = scale.ticks(count);
    if (ticks.length > 0) kept = ticks;
    const overlaps = ticks.some((tick, index) => {
      const before = ticks[index - 1];
      if (before === undefined) return false;
      const apart = Math.abs(scale.share(tick.value) - scale.share(before.value)) * room;
      return apart < (textWidth(tick.label, textSize) + textWidth(before.label, textSize)) / 2 + 10;
    });
    if (!overlaps && ticks.length > 0) return ticks;
  }
  return kept;
};

/** Lays out title, legend, axes, labels and notes, and leaves the rest to the marks. */
export const frameOf = (plan: FramePlan): Frame => {
  const { width, hasTitle, x, y, xLabel, yLabel, legend = [], notes = [] } = plan;
  const titled = hasTitle ? 24 : 4;
  const named = legendOf(legend, width, titled);
  const top = titled + named.height + (yLabel === '' ? 8 : lineHeight + 6);
  const lines = notes.flatMap(note => wrapped(note, width - 4));
  const below = 18 + (xLabel === '' ? 0 : lineHeight) + lines.length * lineHeight + 4;
  const height = Math.max(plan.height, top + leastInside + below);
  const bottom = height - below;
  const yTicks = y.ticks(Math.max(2, Math.floor((bottom - top) / 32)));
  const left = Math.min(width / 2, Math.max(18, ...yTicks.map(({ label }) => textWidth(label, textSize) + 10)));
  const right = width - 12;
  const toX = (value: number): number => left + (right - left) * x.share(value);
  const toY = (value: number): number => bottom - (bottom - top) * y.share(value);
  const across = yTicks.map(({ value }) => `M${place(left)} ${place(toY(value))}H${place(right)}`).join('');
  const xTicks = fitting(x, right - left);
  const down = xTicks.map(({ value }) => `M${place(toX(value))} ${place(bottom)}v4`).join('');
  const xTexts = xTicks.map(({ value, label }) => {
    const [at, half] = [toX(value), textWidth(label, textSize) / 2];
    if (at + half > width) return textAt(width, bottom + 17, label, { anchor: 'end' });
    return at - half < 0 ? textAt(0, bottom + 17, label) : textAt(at, bottom + 17, label, { anchor: 'middle' });
  });
  const furniture = [
    named.drawing,
    yLabel === '' ? '' : textAt(0, titled + named.height + 11, yLabel, { room: width - 4 }),
    `<path ${stroke('rule')} d="${across}"/>`,
    `<path ${stroke('soft')} fill="none" d="M${place(left)} ${place(bottom)}H${place(right)}${down}"/>`,
    ...yTicks.map(({ value, label }) => textAt(left - 7, toY(value) + 4, label, { anchor: 'end' })),
    ...xTexts,
    xLabel === '' ? '' : textAt((left + right) / 2, bottom + 18 + lineHeight - 3, xLabel, { anchor: 'middle', room: right - left + 40 }),
    ...lines.map((line, index) => textAt(0, height - 5 - (lines.length - 1 - index) * lineHeight, line)),
  ];
  return { left, right, top, bottom, x: toX, y: toY, furniture: furniture.join(''), height };
};
