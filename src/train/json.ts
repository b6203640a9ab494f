import type { GradusError } from '../core/errors.ts';

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Deeper nesting than any model has; a bound for files that are made to exhaust the stack. */
const depthLimit = 200;

/**
 * Checks that a value is plain JSON, which comes back from a file as it was: finite numbers, no `undefined`, no class instances, no
 * key `__proto__` (a copy by assignment would turn it into a prototype), and no nesting past 200.
 *
 * @throws what `fail` makes of the path (`.layers[0].rate`) and the reason.
 */
export const checkJson = (value: unknown, fail: (path: string, why: string) => GradusError): void => {
  const visit = (item: unknown, path: string, depth: number): void => {
    if (depth > depthLimit) throw fail('', `it is nested deeper than ${depthLimit}`);
    if (item === null || typeof item === 'string' || typeof item === 'boolean') return;
    if (typeof item === 'number') {
      if (!Number.isFinite(item)) throw fail(path, `${item} is no number in JSON`);
      return;
    }
    if (Array.isArray(item)) {
      for (let index = 0; index < item.length; index++) visit(item[index], `${path}[${index}]`, depth + 1);
      return;
    }
    const prototype = typeof item === 'object' ? Object.getPrototypeOf(item) : undefined;
    if (prototype !== Object.prototype && prototype !== null)
      throw fail(
        path,
        `${typeof item === 'object' ? `a ${(item as object).constructor.name}` : `a value of type ${typeof item}`} is not JSON`,
      );
    for (const [key, child] of Object.entries(item as object)) {
      if (key === '__proto__') throw fail(path, 'the key __proto__ is not allowed');
      visit(child, `${path}.${key}`, depth + 1);
    }
  };
  visit(value, '', 0);
};
