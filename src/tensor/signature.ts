import type { DType } from '../core/dtype.ts';
import { type Shape, sameShape } from '../core/shape.ts';
import { isTensor, type Tensor } from './tensor.ts';
import { isBranch } from './trees.ts';

/** What a function was traced for: how its arguments are built, and what can be told of their leaves while tracing. */
export type Signature =
  | { readonly kind: 'tensor'; readonly shape: Shape; readonly dtype: DType }
  | { readonly kind: 'other'; readonly value: unknown }
  | { readonly kind: 'array'; readonly items: readonly Signature[] }
  | { readonly kind: 'record'; readonly keys: readonly string[]; readonly items: readonly Signature[] };

export const signatureOf = (value: unknown): Signature => {
  if (isTensor(value)) return { kind: 'tensor', shape: value.shape, dtype: value.dtype };
  if (Array.isArray(value)) return { kind: 'array', items: value.map(signatureOf) };
  if (!isBranch(value)) return { kind: 'other', value };
  return { kind: 'record', keys: Object.keys(value), items: Object.values(value).map(signatureOf) };
};

/** Whether a value is what a signature says; adds its tensors to those found, in order. Runs at each call of a compiled function. */
export const matches = (signature: Signature, value: unknown, found: Tensor[]): boolean => {
  switch (signature.kind) {
    case 'tensor': {
      if (!isTensor(value) || value.dtype !== signature.dtype || !sameShape(value.shape, signature.shape)) return false;
      found.push(value);
      return true;
    }
    case 'other':
      return Object.is(value, signature.value);
    case 'array': {
      const { items } = signature;
      if (!Array.isArray(value) || value.length !== items.length) return false;
      for (let i = 0; i < items.length; i++) if (!matches(items[i] as Signature, value[i], found)) return false;
      return true;
    }
    case 'record': {
      if (Array.isArray(value) || !isBranch(value)) return false;
      const keys = Object.keys(value);
      if (keys.length !== signature.keys.length) return false;
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i] as string;
        if (key !== signature.keys[i]) return false;
        if (!matches(signature.items[i] as Signature, (value as Record<string, unknown>)[key], found)) return false;
      }
      return true;
    }
  }
};
