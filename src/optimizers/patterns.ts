import type { ConfigValue } from '../core/config.ts';
import { ValueError } from '../core/errors.ts';

/** What chooses weights by their paths, such as 'dense.kernel': a text that the path holds, or a pattern (in files `{ pattern, flags }`). */
export type PathPattern = string | RegExp | { readonly pattern: string; readonly flags?: string };

const expressionOf = ({ pattern, flags }: { pattern: string; flags?: string }): RegExp => new RegExp(pattern, flags);

const testOf = (what: string, pattern: PathPattern): ((path: string) => boolean) => {
  if (typeof pattern === 'string' && pattern !== '') return path => path.includes(pattern);
  if (typeof pattern === 'object' && pattern !== null) {
    const { source, flags } = pattern instanceof RegExp ? pattern : expressionOf(pattern);
    const expression = new RegExp(source, flags.replace(/[gy]/g, '')); // those two would remember where they were
    return path => expression.test(path);
  }
  throw new ValueError(`${what} takes texts and patterns for the paths of weights, such as 'bias' or /gamma$/, got ${pattern}.`);
};

/** Whether a path is chosen by any of the patterns. */
export const pathMatcher = (what: string, patterns: readonly PathPattern[]): ((path: string) => boolean) => {
  if (!Array.isArray(patterns)) throw new ValueError(`${what} takes an array of texts and patterns, such as ['bias', /gamma$/].`);
  const tests = patterns.map(pattern => testOf(what, pattern));
  return path => tests.some(test => test(path));
};

/** Patterns as plain data. */
export const describePatterns = (patterns: readonly PathPattern[]): ConfigValue =>
  patterns.map(pattern => {
    if (typeof pattern === 'string') return pattern;
    const { source, flags } = pattern instanceof RegExp ? pattern : expressionOf(pattern);
    return { pattern: source, ...(flags === '' ? {} : { flags }) };
  });

/** Refuses weights without names, which no pattern could choose: a silent no would be found out late. */
export const checkNamed = (what: string, paths: readonly string[]): void => {
  if (paths.length > 0 && paths.every(path => /^[\d.]*$/.test(path)))
    throw new ValueError(
      `${what} chooses weights by name, and these have none: give a tree with names, such as { dense: { kernel, bias } }, or a record by path.`,
    );
};
