import type { Json } from '../json.ts';
import { fromJson, toJson } from '../runState.ts';

/** Numbers that a callback remembers, as a checkpoint keeps them; what is undefined stays so. */
export const numbersToJson = (values: Readonly<Record<string, number | undefined>>): Json =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, toJson(value)]])));

/** The number of a name; undefined where it was. */
export const numberFrom = (state: Json, name: string): number | undefined => {
  const value = (state as Readonly<Record<string, Json>> | null)?.[name];
  return value === undefined ? undefined : fromJson(value);
};
