/** Control characters, which XML does not know, and marks that turn the direction of all that follows. */
const unwanted = /[\p{Cc}\p{Bidi_Control}\ufffe\uffff]/gu;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** One line of text, without what could break a picture, a page or a terminal: no control characters, no half surrogates. */
export const plainText = (text: string): string => text.toWellFormed().replace(/\s+/g, ' ').replace(unwanted, '').trim();

/** Text for the inside of an element or of an attribute in quotes. */
export const escaped = (text: string): string => plainText(text).replace(/[&<>"']/g, character => entities[character] as string);

const wide = /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\uff01-\uff60]/u;
const invisible = /[\p{M}\p{Cf}]/u;

/** Columns of a terminal that a character takes. */
const columnsOf = (character: string): number => (invisible.test(character) ? 0 : wide.test(character) ? 2 : 1);

const shareOfSize = (character: string): number => {
  if (character <= '~') {
    if (/[ijl.,:;'!|I[\]()/\\tfr ]/.test(character)) return 0.4;
    if (/[mwMW@%]/.test(character)) return 0.95;
    return /[A-Z0-9]/.test(character) ? 0.68 : 0.62;
  }
  return invisible.test(character) ? 0 : wide.test(character) ? 1.1 : 0.7;
};

/** How wide a text is at most likely to be: there is no font to ask, so this errs on the side of too much. */
export const textWidth = (text: string, size: number): number => {
  let width = 0;
  for (const character of text) width += shareOfSize(character);
  return width * size;
};

/** Nobody sees more of a name than this; names of a megabyte must not cost a second. */
const longestName = 400;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The text, or as much of its beginning as fits, with an ellipsis; letters and emoji are never cut apart. */
const cut = (text: string, fits: (text: string) => boolean): string => {
  const plain = plainText(text.slice(0, longestName));
  if (text.length <= longestName && fits(plain)) return plain;
  let kept = '';
  for (const { segment } of graphemes.segment(plain)) {
    if (!fits(`${kept}${segment}…`)) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
};

/** As much of a text as fits into so many pixels. */
export const shortened = (text: string, room: number, size: number): string => cut(text, part => textWidth(part, size) <= room);

/** Columns of a terminal that a text takes. */
export const terminalWidth = (text: string): number => {
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += columnsOf(String.fromCodePoint(segment.codePointAt(0) as number));
  return columns;
};

/** A text cut or filled up with spaces to so many columns of a terminal. */
export const inColumns = (text: string, columns: number, align: 'start' | 'end' = 'start'): string => {
  const kept = cut(text, part => terminalWidth(part) <= columns);
  const room = ' '.repeat(Math.max(0, columns - terminalWidth(kept)));
  return align === 'end' ? room + kept : kept + room;
};
