/** What a chunk of the built package exports, by name. */
export type Exports = Readonly<Record<string, unknown>>;

/** A chunk as a function: its imports come from `load`, `meta` stands for `import.meta`. */
export type ChunkFunction = (
  load: (name: string) => Exports,
  meta: { readonly url: string },
  loadLater: (name: string) => Promise<Exports>,
) => Exports;

/** `a as b, c` of an import or export list as [name there, name here]. */
const namesOf = (list: string): [inner: string, outer: string][] =>
  list.split(',').flatMap(entry => {
    const [inner, outer = inner] = entry.trim().split(' as ');
    return inner && outer ? [[inner, outer]] : [];
  });

const importLine = /^import (?:\{(.*)\} from )?("[^"]+");$/;
const exportLine = /^export \{(.*)\}(?: from (".*"))?;$/;

const asLoad = (line: string): string => {
  const [, list, from] = importLine.exec(line) ?? [];
  if (from === undefined) return ''; // the line that names the interpreter
  const names = namesOf(list ?? '').map(([inner, outer]) => (inner === outer ? inner : `${inner}: ${outer}`));
  return list === undefined ? `__load(${from});` : `const { ${names.join(', ')} } = __load(${from});`;
};

const asProperties = (line: string): string[] => {
  const [, list = '', from] = exportLine.exec(line) ?? [];
  return namesOf(list).map(([inner, outer]) => `${outer}: ${from === undefined ? '' : `__load(${from}).`}${inner}`);
};

/**
 * The text of a chunk as the text of one function. A chunk has the form that tools/build.ts gives it and checks: imports of names at
 * the top, a line each; at the end lists of exports, which never change. Lines keep their numbers, so that errors tell the right ones.
 * Only head and tail are searched with patterns, because that is done each time the library is loaded.
 */
export const asFunction = (chunk: string): string => {
  let start = 0;
  const head: string[] = [];
  while (chunk.startsWith('import ', start) || chunk.startsWith('#!', start)) {
    const next = chunk.indexOf('\n', start) + 1;
    head.push(`${asLoad(chunk.slice(start, next - 1))}\n`);
    start = next;
  }
  let end = chunk.trimEnd().length;
  const properties: string[] = [];
  for (let line = chunk.lastIndexOf('\n', end - 1) + 1; chunk.startsWith('export {', line); line = chunk.lastIndexOf('\n', end - 1) + 1) {
    properties.push(...asProperties(chunk.slice(line, end)));
    end = Math.max(start, line - 1);
    if (line <= start) break;
  }
  const body = chunk.slice(start, end).replaceAll('import.meta', '__meta').replaceAll('import("./', '__loadLater("./');
  return `(function (__load, __meta, __loadLater) {'use strict';${head.join('')}${body}\nreturn { ${properties.join(', ')} };})`;
};
