import { ValueError } from '../core/errors.ts';
import { escaped, shortened, textWidth } from './text.ts';
import { fill, type Role, styleFor } from './theme.ts';

/** What every picture takes. */
export interface PictureOptions {
  /** Stands above the picture, and begins the sentence that a screen reader says. */
  readonly title: string;
  /** The sentences that say what is seen; made from the data unless given. */
  readonly description?: string;
  /** In pixels: the page may show the picture smaller or larger. */
  readonly width?: number;
  readonly height?: number;
}

export const textSize = 12;
export const titleSize = 13;

/** A place in a picture, to a tenth of a pixel. */
export const place = (value: number): string => String(Math.round(value * 10) / 10 + 0);

/** How a text is set. */
export interface TextStyle {
  readonly role?: Role;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly size?: number;
  readonly isBold?: boolean;
  /** Pixels that there are; what is longer is cut, and whole in the tooltip. */
  readonly room?: number;
}

/** Text whose baseline begins, lies in the middle of, or ends at (x, y). */
export const textAt = (x: number, y: number, text: string, style: TextStyle = {}): string => {
  const { role = 'soft', anchor = 'start', size = textSize, isBold = false, room } = style;
  const shown = room === undefined ? text : shortened(text, room, size);
  const attributes = [
    anchor === 'start' ? '' : ` text-anchor="${anchor}"`,
    size === textSize ? '' : ` font-size="${size}"`,
    isBold ? ' font-weight="600"' : '',
  ].join('');
  const whole = shown === text ? '' : tooltip(text);
  return `<text x="${place(x)}" y="${place(y)}" ${fill(role)}${attributes}>${escaped(shown)}${whole}</text>`;
};

/** A tooltip inside of a mark. */
export const tooltip = (text: string): string => `<title>${escaped(text.slice(0, 500))}</title>`;

/** Words set in lines of at most so many pixels. */
export const wrapped = (text: string, room: number, size: number = textSize): string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};

/** Width and height of a picture as asked for, or else the usual ones. */
export const sizeOf = (chart: string, options: PictureOptions, usual: readonly [width: number, height: number]): [number, number] => {
  const { width = usual[0], height = usual[1] } = options;
  for (const [name, value] of [
    ['width', width],
    ['height', height],
  ] as const)
    if (!(value >= 60 && value <= 20_000))
      throw new ValueError(`${chart} cannot draw a ${name} of ${value} pixels: give a number from 60 to 20000, or leave it out.`);
  return [width, height];
};

/** The whole picture: an SVG file, or a piece of a page. */
export const picture = (width: number, height: number, title: string, description: string, drawing: string): string => {
  const heading = textAt(0, 15, title, { role: 'ink', size: titleSize, isBold: true, room: width - 4 });
  const body = `<rect width="${place(width)}" height="${place(height)}" ${fill('surface')}/>${title === '' ? '' : heading}${drawing}`;
  const label = [title.slice(0, 300), description]
    .filter(Boolean)
    .map(part => (/[.!?…]$/.test(part) ? part : `${part}.`))
    .join(' ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${place(width)} ${place(height)}" width="${place(width)}" height="${place(height)}" role="img" aria-label="${escaped(label)}" font-family="system-ui, 'Segoe UI', Roboto, sans-serif" font-size="${textSize}" style="font-variant-numeric:tabular-nums"><style>${styleFor(body)}</style>${body}</svg>`;
};
