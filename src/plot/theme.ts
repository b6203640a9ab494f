/** A colour on a light and on a dark ground. */
type Shades = readonly [light: string, dark: string];

/** What a mark is, which gives its colour. */
export type Role = 'surface' | 'ink' | 'soft' | 'rule' | `series${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`;

/** What is drawn in which colour: text holds a contrast of 4.5 to 1 with the surface, marks one of 3 to 1. */
export const shades: Readonly<Record<Role, Shades>> = {
  surface: ['#ffffff', '#12161c'],
  ink: ['#1c2430', '#e8ecf2'],
  soft: ['#525c6a', '#a9b3c0'],
  rule: ['#dfe3e9', '#2b333e'],
  series0: ['#1f5fbf', '#7ab0ff'],
  series1: ['#b3470f', '#ffab70'],
  series2: ['#1b7f4b', '#6fd39b'],
  series3: ['#7b3fa0', '#c79bf2'],
  series4: ['#c2266b', '#ff8fb8'],
  series5: ['#0b7a8c', '#63cfe0'],
  series6: ['#756600', '#d9c34a'],
  series7: ['#5a6472', '#a3adba'],
};

/**
 * Attributes that fill a shape: the light colour as a plain attribute, for programs that know SVG but no custom properties, and a class,
 * by which the style of `styleFor` follows the page: `--plot-ink`, `--plot-series0` and so on, light or dark by its `color-scheme`.
 */
export const fill = (role: Role): string => `class="gradus-fill-${role}" fill="${shades[role][0]}"`;

/** Attributes that draw a line. */
export const stroke = (role: Role): string => `class="gradus-line-${role}" stroke="${shades[role][0]}"`;

/** The rules for the classes that occur in a drawing. A browser without `light-dark` keeps the plain attributes. */
export const styleFor = (drawing: string): string => {
  const rules = Object.entries(shades).flatMap(([role, [light, dark]]) => {
    const color = `var(--plot-${role},light-dark(${light},${dark}))`;
    return [
      drawing.includes(`gradus-fill-${role}"`) ? `.gradus-fill-${role}{fill:${color}}` : '',
      drawing.includes(`gradus-line-${role}"`) ? `.gradus-line-${role}{stroke:${color}}` : '',
    ];
  });
  return `@supports (color:light-dark(#000,#fff)){${rules.join('')}}`;
};

const colorCount = 8;
const dashes = ['', '6 3', '2 2.5', '9 3 2 3', '12 4'] as const;

/** Shapes of points, from their middle on, about 7 across. */
const shapes = [
  'm-3 0c0 -1.7 1.3 -3 3 -3s3 1.3 3 3s-1.3 3 -3 3s-3 -1.3 -3 -3z',
  'm-2.8 -2.8h5.6v5.6h-5.6z',
  'm0 -3.6l3.6 6.4h-7.2z',
  'm0 -3.8l3.8 3.8l-3.8 3.8l-3.8 -3.8z',
  'm-3.4 -2.8h6.8l-3.4 6.2z',
  'm-1.2 -3.6h2.4v2.4h2.4v2.4h-2.4v2.4h-2.4v-2.4h-2.4v-2.4h2.4z',
] as const;

/** How one of several series looks: never by its colour alone. */
export interface SeriesStyle {
  readonly role: Role;
  /** Of `stroke-dasharray`; empty for a whole line. */
  readonly dash: string;
  /** Path of a point, from its middle on. */
  readonly shape: string;
}

/** The same shape, smaller. */
export const scaledShape = (shape: string, factor: number): string =>
  shape.replace(/-?\d+(\.\d+)?/g, length => String(Math.round(Number(length) * factor * 100) / 100));

/** So many series have looks of their own. */
export const mostSeries = 40;

/** The looks of the series at this place. */
export const seriesStyle = (index: number): SeriesStyle => ({
  role: `series${index % colorCount}` as Role,
  dash: dashes[index % dashes.length] as string,
  shape: shapes[index % shapes.length] as string,
});
