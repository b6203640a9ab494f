/** An element of a picture as it was written. */
export interface Markup {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Names of the elements around it, and whether one of them is moved or turned. */
  readonly isTransformed: boolean;
  text: string;
}

const entity = /&(?:amp|lt|gt|quot|#39|#\d+);/g;
const unknownCharacter = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

const checkedText = (text: string, where: string): string => {
  if (text.replace(entity, '').includes('&') || text.includes('<')) throw new Error(`${where} holds a bare & or <: ${text.slice(0, 80)}`);
  if (unknownCharacter.test(text)) throw new Error(`${where} holds a character that XML does not allow`);
  return text.replace(entity, found => ({ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"' })[found] ?? "'");
};

const attributesOf = (source: string): Record<string, string> => {
  const attributes: Record<string, string> = {};
  const rest = source.replace(/\s+([\w:-]+)="([^"]*)"/g, (_, name: string, value: string) => {
    if (name in attributes) throw new Error(`the attribute ${name} occurs twice`);
    attributes[name] = checkedText(value, `the attribute ${name}`);
    return '';
  });
  if (rest.trim() !== '') throw new Error(`no attributes: ${rest.slice(0, 80)}`);
  return attributes;
};

/** The elements of well-formed XML, in order. Throws for anything that an XML parser would not take. */
export const parseMarkup = (source: string): Markup[] => {
  const elements: Markup[] = [];
  const open: Markup[] = [];
  const tag = /<(\/?)([\w:-]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>/g;
  let at = 0;
  for (const found of source.matchAll(tag)) {
    const [whole, isEnd, name, attributes, isClosed] = found as unknown as [string, string, string, string, string];
    const between = checkedText(source.slice(at, found.index), `the text before <${name}>`);
    const inside = open.at(-1);
    if (inside !== undefined) inside.text += between;
    else if (between.trim() !== '' || (at > 0 && isEnd === '')) throw new Error('there is something outside of the outermost element');
    at = found.index + whole.length;
    if (isEnd !== '') {
      const last = open.pop();
      if (last?.name !== name) throw new Error(`</${name}> closes <${last?.name}>`);
      continue;
    }
    const given = attributesOf(attributes);
    const isTransformed = inside !== undefined && (inside.isTransformed || inside.attributes.transform !== undefined);
    const element = { name, attributes: given, isTransformed, text: '' };
    elements.push(element);
    if (isClosed === '') open.push(element);
  }
  if (open.length > 0) throw new Error(`<${open[0]?.name}> is never closed`);
  if (source.slice(at).trim() !== '') throw new Error('there is something after the end');
  return elements;
};

type Place = readonly [x: number, y: number];

/** Coordinates that a command of a path takes. */
const sizes: Readonly<Record<string, number>> = { m: 2, l: 2, h: 1, v: 1, c: 6, s: 4, a: 7, z: 0 };

/** All places that a path goes through or is bent by. */
export const placesOf = (path: string): Place[] => {
  const places: Place[] = [];
  let [x, y] = [0, 0];
  for (const [, command, numbers] of path.matchAll(/([a-zA-Z])([^a-zA-Z]*)/g) as Iterable<[string, string, string]>) {
    const kind = command.toLowerCase();
    const isRelative = command === kind;
    const values = [...numbers.matchAll(/-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/g)].map(Number);
    const size = sizes[kind];
    if (size === undefined || (size === 0 ? values.length > 0 : values.length === 0 || values.length % size !== 0))
      throw new Error(`no path: ${command}${numbers}`);
    if (numbers.replace(/-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/g, '').trim() !== '') throw new Error(`no numbers: ${command}${numbers}`);
    for (let start = 0; start < values.length; start += size) {
      const part = kind === 'a' ? values.slice(start + 5, start + 7) : values.slice(start, start + size);
      const [fromX, fromY] = isRelative ? [x, y] : [0, 0];
      if (kind === 'h') x = fromX + (part[0] as number);
      else if (kind === 'v') y = fromY + (part[0] as number);
      else
        for (let pair = 0; pair < part.length; pair += 2) {
          [x, y] = [fromX + (part[pair] as number), fromY + (part[pair + 1] as number)];
          places.push([x, y]);
        }
      places.push([x, y]);
    }
  }
  return places;
};

/** Parts of a picture that lie outside of it, by more than a pixel of rounding and a line's width. */
export const outside = (source: string): string[] => {
  const elements = parseMarkup(source);
  const box = (elements[0]?.attributes.viewBox ?? '').split(' ').map(Number);
  const [, , width, height] = box as [number, number, number, number];
  const isIn = ([x, y]: Place): boolean => x >= -2 && y >= -2 && x <= width + 2 && y <= height + 2;
  return elements
    .filter(({ isTransformed, attributes }) => !isTransformed && attributes.transform === undefined)
    .flatMap(({ name, attributes }) => {
      const number = (key: string): number => Number(attributes[key] ?? 0);
      const places: Place[] =
        name === 'path'
          ? placesOf(attributes.d ?? '')
          : name === 'text' || name === 'rect'
            ? [
                [number('x'), number('y')],
                ...(name === 'rect' ? [[number('x') + number('width'), number('y') + number('height')] as Place] : []),
              ]
            : [];
      const wrong = places.find(one => !isIn(one)) ?? (number('width') < 0 || number('height') < 0 ? [0, 0] : undefined);
      return wrong === undefined ? [] : [`${name} at ${wrong.join(', ')} of ${width} x ${height}`];
    });
};
