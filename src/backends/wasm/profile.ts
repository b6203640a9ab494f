import type { Step } from '../../compiler/program.ts';
import { byteSize } from '../../core/dtype.ts';
import { platform } from '../../core/platform.ts';
import { sizeOf } from '../../core/shape.ts';

type Call = Extract<Step, { kind: 'call' }>;

/** A place in a program where a kernel is called. */
export interface Site {
  readonly name: string;
  /** The kernel's function, as an object that all places have that call it. */
  readonly key: object;
  readonly step: Call;
}

interface Entry extends Site {
  calls: number;
  milliseconds: number;
}

/** One event of a Chrome trace ("X": with a duration, in microseconds). */
interface TraceEvent {
  readonly name: string;
  readonly ph: 'X';
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
}

/** A trace of more events than a viewer shows helps nobody. */
const mostEvents = 100_000;
const traceFile = 'gradus-trace.json';

/** Floating-point operations and bytes of arrays that a call touches; lookups count the whole array. */
const workOf = ({ kernel, arrays }: Call): { operations: number; bytes: number } => {
  const bytes = arrays.reduce((total, { dtype, shape }) => total + byteSize(dtype, sizeOf(shape)), 0);
  return { operations: kernel.kind === 'tiles' ? 2 * kernel.work : 0, bytes };
};

/** GFLOP/s of a contraction; 0 for other kernels. */
const rateOf = ({ step, calls, milliseconds }: Entry): number => (workOf(step).operations * calls) / milliseconds / 1e6;

const columns = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] as string).length)));
  return rows
    .map(row =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number))).join('  '),
    )
    .join('\n');
};

/** Times each kernel of the programs of a process, for `GRADUS_PROFILE=1`; prints a table and writes a Chrome trace at its end. */
export class Profiler {
  private readonly entries: Entry[] = [];
  private readonly events: TraceEvent[] = [];
  private readonly numbers = new Map<object, number>();
  private since = 0;
  private runs = 0;

  constructor() {
    platform().atExit(() => {
      platform().write(`\n${this.table()}\n\nChrome trace of the first ${this.events.length} kernels: ${traceFile}\n`);
      return { [traceFile]: JSON.stringify({ traceEvents: this.events, displayTimeUnit: 'ms' }) };
    });
  }

  /** Adds a place to measure; returns its number. Places that call one kernel are counted together. */
  site(site: Site): number {
    const known = this.numbers.get(site.key);
    if (known !== undefined) return known;
    this.entries.push({ ...site, calls: 0, milliseconds: 0 });
    this.numbers.set(site.key, this.entries.length - 1);
    return this.entries.length - 1;
  }

  /** A program begins. */
  begin(): void {
    this.runs++;
    this.since = performance.now();
  }

  /** A kernel ended. */
  readonly mark = (index: number): void => {
    const now = performance.now();
    const entry = this.entries[index] as Entry;
    const duration = now - this.since;
    entry.calls++;
    entry.milliseconds += duration;
    if (this.events.length < mostEvents)
      this.events.push({ name: entry.name, ph: 'X', ts: this.since * 1000, dur: duration * 1000, pid: 1, tid: 1 });
    this.since = performance.now();
  };

  private table(): string {
    const ran = this.entries.filter(({ calls }) => calls > 0).sort((a, b) => b.milliseconds - a.milliseconds);
    const total = ran.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    const peak = Math.max(...ran.map(rateOf), 1e-9);
    const rows = ran.slice(0, 40).map(entry => {
      const { name, step, calls, milliseconds } = entry;
      const { operations, bytes } = workOf(step);
      const rate = rateOf(entry);
      return [
        name,
        String(calls),
        ((milliseconds / calls) * 1000).toFixed(1),
        `${((100 * milliseconds) / total).toFixed(1)}`,
        operations === 0 ? '' : rate.toFixed(1),
        ((bytes * calls) / milliseconds / 1e6).toFixed(1),
        operations === 0 ? '' : `${((100 * rate) / peak).toFixed(0)}`,
        step.split === undefined ? '1' : String(step.split.chunks),
      ];
    });
    const header = ['kernel', 'calls', 'µs a call', '% of time', 'GFLOP/s', 'GB/s', '% of peak', 'chunks'];
    const more = ran.length > 40 ? `\n… and ${ran.length - 40} more` : '';
    return `${columns([header, ...rows])}${more}\n${this.runs} runs of programs, ${total.toFixed(1)} ms in kernels. Peak: the fastest contraction, ${peak.toFixed(0)} GFLOP/s.`;
  }
}

let shared: Profiler | undefined;

/** The one profiler of the process, where `GRADUS_PROFILE` asks for it. */
export const profilerOfProcess = (): Profiler | undefined => {
  if (platform().environment('GRADUS_PROFILE') !== undefined) shared ??= new Profiler();
  return shared;
};
