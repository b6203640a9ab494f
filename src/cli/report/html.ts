import { escapedText as escaped } from '../../plot/index.ts';

export { escaped };

/** Text whose lines and spaces stay as they are. */
export const escapedLines = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, character => (character === '\n' || character === '\t' ? character : ''))
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;');

/** Names that are not words with capitals in between. */
const known: Readonly<Record<string, string>> = {
  auc: 'area under ROC',
  r2: 'R²',
  macroF1: 'macro F1',
  f1: 'F1',
  mse: 'mean squared error',
  mae: 'mean absolute error',
};

/** `balancedAccuracy` as words: `balanced accuracy`. */
export const spoken = (name: string): string => known[name] ?? name.replace(/(?<=[a-z0-9])[A-Z]/g, letter => ` ${letter.toLowerCase()}`);

/** A name as the start of a heading. */
export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** A name in a table or a caption may be long, but not a page. */
export const clipped = (text: string, length = 120): string =>
  text.length > length ? `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;

/** Something that may be wider than the page, and can be scrolled by keys too. */
export const scrolling = (label: string, html: string, kind = ''): string =>
  `<div class="scroll${kind === '' ? '' : ` ${kind}`}" tabindex="0" role="region" aria-label="${escaped(label)}">${html}</div>`;

/** Three pictures stand side by side on a wide screen, one fills a telephone's: text keeps its size on both. */
export const flat = { width: 340, height: 220 } as const;
export const square = { width: 340, height: 330 } as const;
/** One of many alike. */
export const small = { width: 244, height: 244 } as const;

/** Pictures side by side, as many as fit. */
export const figures = (pictures: readonly string[], kind: 'wide' | 'small' | '' = ''): string =>
  pictures.length === 0 ? '' : `<div class="figures${kind === '' ? '' : ` ${kind}`}">${pictures.join('')}</div>`;

/** A picture with a sentence below it, which is HTML. */
export const figure = (picture: string, caption = ''): string =>
  `<figure>${picture}${caption === '' ? '' : `<figcaption>${caption}</figcaption>`}</figure>`;

/** A picture that keeps its size, in a region that scrolls. */
export const wideFigure = (label: string, picture: string, caption = ''): string =>
  `<figure>${scrolling(label, picture, 'natural')}${caption === '' ? '' : `<figcaption>${caption}</figcaption>`}</figure>`;

/** What a table holds; texts are escaped here, a cell of `html` is not. */
export interface TableData {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly (string | { readonly html: string })[])[];
  /** The row in bold. */
  readonly strong?: number;
  /** Columns of words, by place; all others but the first hold numbers. */
  readonly words?: readonly number[];
  /** Where a heading says the same: the caption is for screen readers only. */
  readonly isCaptionHidden?: boolean;
}

/** A table whose first column names the rows. */
export const table = ({ caption, head, rows, strong, words = [], isCaptionHidden = false }: TableData): string => {
  const isWord = (column: number): string => (words.includes(column) ? ' class="word"' : '');
  const top = head.map((name, column) => `<th scope="col"${column === 0 ? ' class="word"' : isWord(column)}>${escaped(name)}</th>`);
  const body = rows.map((cells, row) => {
    const line = cells.map((cell, column) => {
      const html = typeof cell === 'string' ? escaped(cell) : cell.html;
      return column === 0 ? `<th scope="row">${html}</th>` : `<td${isWord(column)}>${html}</td>`;
    });
    return `<tr${row === strong ? ' class="strong"' : ''}>${line.join('')}</tr>`;
  });
  const html = `<table><caption${isCaptionHidden ? ' class="hidden"' : ''}>${escaped(caption)}</caption><thead><tr>${top.join('')}</tr></thead><tbody>${body.join('')}</tbody></table>`;
  return scrolling(caption, html);
};

/** More of the same, closed until it is wanted. */
export const folded = (summary: string, html: string): string => `<details><summary>${escaped(summary)}</summary>${html}</details>`;

export const paragraph = (text: string): string => `<p>${escaped(text)}</p>`;

/** Pieces of different widths side by side where there is room. */
export const sideBySide = (parts: readonly string[]): string => `<div class="side">${parts.filter(Boolean).join('')}</div>`;

/** A sentence that must not be overlooked. */
export const warning = (text: string): string => `<p class="warning"><strong>Take care:</strong> ${escaped(text)}</p>`;
