import { platform } from '../core/platform.ts';

/** Milliseconds that one call may take: ten of them a second apart are felt as no delay, and the price of a call is lost in them. */
const callMilliseconds = 50;
/** Milliseconds without a turn of the event loop. */
const yieldMilliseconds = 40;
/** How much longer than the last call the next one may be: the first measurements are of a program that is still warming up. */
const growth = 8;

/** Decides how many steps one call of a program takes, by measuring, and gives way to the event loop in between. */
export class Pacer {
  readonly #steps = new WeakMap<object, number>();
  #yielded = performance.now();

  /** Steps for the next call, at most `remaining`. */
  stepsFor(program: object, remaining: number): number {
    return Math.min(remaining, this.#steps.get(program) ?? 1);
  }

  measured(program: object, steps: number, milliseconds: number): void {
    const fitting = Math.floor((callMilliseconds * steps) / Math.max(milliseconds, 1e-3));
    const before = this.#steps.get(program) ?? 1;
    // A short rest of an epoch says little about longer calls.
    const target = steps < before / 2 ? Math.min(before, fitting * 2) : fitting;
    this.#steps.set(program, Math.max(1, Math.min(target, before * growth)));
  }

  /** Lets the event loop turn, when it has waited long. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#yielded < yieldMilliseconds) return;
    await platform().nextTask();
    this.#yielded = performance.now();
  }
}
