import type { Split } from '../../compiler/split.ts';
import { call, callIndirect, type Expression, FunctionBuilder, type FunctionCode, get, type Local, set } from './assembler.ts';
import { atomic32, atomic64, i32, i64, select } from './instructions.ts';

/**
 * Where threads meet, in bytes from the start of the memory. What one thread writes while others read has a cache line of its own.
 * A job is one kernel cut into chunks. Its chunks lie in as many ranges as there are threads: each thread empties its own range
 * first, so that it finds in its cache what it wrote there before, then helps the others.
 */
export const meeting: {
  readonly job: number;
  readonly program: number;
  readonly kernel: number;
  readonly sleepers: number;
  readonly done: number;
  readonly ranges: number;
  readonly rangeBytes: number;
  readonly addresses: number;
  readonly end: number;
} = {
  /** Number of the latest job; the words after it describe it. */
  job: 4096,
  program: 4100,
  kernel: 4104,
  /** Threads that sleep until the number of the job changes. */
  sleepers: 4160,
  /** Chunks of the job that are complete. */
  done: 4224,
  /** For each thread: number of the job (32 bits), end of its range of chunks (16), next chunk of it (16). */
  ranges: 4288,
  rangeBytes: 64,
  /** The kernel's addresses. */
  addresses: 6400,
  end: 8192,
};

export const mostThreads: number = Math.floor((meeting.addresses - meeting.ranges) / meeting.rangeBytes);
export const mostAddresses: number = (meeting.end - meeting.addresses) / 4;

/** So often a thread looks for the next job before it sleeps: about 250 microseconds, longer than the gaps inside of a program. */
const spins = 100_000;

const at = i32.const;

/**
 * work(thread, job, kernel): takes chunks of a job until none is left. A chunk is taken by writing to its range only while the range
 * still has the job's number, so that a thread that comes late takes nothing of a later job by mistake.
 */
const emitWork = (threads: number): FunctionCode => {
  const f = new FunctionBuilder('work');
  const [thread, job, kernel] = [f.parameter('i32'), f.parameter('i32'), f.parameter('i32')];
  const local = (): Local<'i32'> => f.local('i32');
  const [turn, range, next, complete, again, word] = [local(), local(), local(), local(), local(), f.local('i64')];
  f.repeatWhile(() => {
    const place = i32.remU(i32.add(get(thread), get(turn)), at(threads));
    f.add(set(range, i32.add(at(meeting.ranges), i32.mul(place, at(meeting.rangeBytes)))));
    f.repeatWhile(() => {
      f.add(set(again, at(0)));
      f.add(set(word, atomic64.load(get(range))));
      f.add(set(next, i32.and(i64.wrap(get(word)), at(0xffff))));
      const left = i32.ltU(get(next), i32.shrU(i64.wrap(get(word)), at(16)));
      f.when(i32.and(i32.eq(i64.wrap(i64.shrU(get(word), i64.const(32))), get(job)), left), () => {
        f.add(set(again, at(1)));
        f.when(i64.eq(atomic64.exchange(get(range), get(word), i64.add(get(word), i64.const(1))), get(word)), () => {
          f.add(callIndirect(get(kernel), [at(meeting.addresses), get(next)]));
          f.add(set(complete, i32.add(get(complete), at(1))));
        });
      });
      return get(again);
    });
    f.add(set(turn, i32.add(get(turn), at(1))));
    return i32.ltU(get(turn), at(threads));
  });
  f.when(get(complete), () => f.add(set(again, atomic32.add(at(meeting.done), get(complete)))));
  return f.build();
};

/** fork(kernel, chunks): publishes a job, works on it, and returns when all of it is done. The addresses are there already. */
const emitFork = (threads: number, work: number): FunctionCode => {
  const f = new FunctionBuilder('fork');
  const [kernel, chunks] = [f.parameter('i32'), f.parameter('i32')];
  const [job, number, ignored] = [f.local('i32'), f.local('i64'), f.local('i32')];
  f.add(set(job, i32.add(atomic32.load(at(meeting.job)), at(1))));
  f.add(i32.store(at(meeting.kernel), get(kernel)));
  f.add(atomic32.store(at(meeting.done), at(0)));
  f.add(set(number, i64.shl(i64.fromI32(get(job)), i64.const(32))));
  const share = (thread: number): Expression<'i32'> => i32.divU(i32.mul(get(chunks), at(thread)), at(threads));
  for (let thread = 0; thread < threads; thread++) {
    const range = i32.or(i32.shl(share(thread + 1), at(16)), share(thread));
    f.add(atomic64.store(at(meeting.ranges + thread * meeting.rangeBytes), i64.add(get(number), i64.fromI32(range))));
  }
  f.add(atomic32.store(at(meeting.job), get(job)));
  f.when(atomic32.load(at(meeting.sleepers)), () => f.add(set(ignored, atomic32.notify(at(meeting.job), at(-1)))));
  f.add(call('void', work, [at(0), get(job), get(kernel)]));
  f.repeatWhile(() => i32.ne(atomic32.load(at(meeting.done)), get(chunks)));
  return f.build();
};

/**
 * help(thread, seen, program) → number of the last job it knows. A worker's part: waits for jobs after `seen` and works on them;
 * returns when there was none for a while, or one of another program (it then returns the number of the job before).
 */
const emitHelp = (work: number): FunctionCode => {
  const f = new FunctionBuilder('help', 'i32');
  const [thread, seen, program] = [f.parameter('i32'), f.parameter('i32'), f.parameter('i32')];
  const [job, round, again] = [f.local('i32'), f.local('i32'), f.local('i32')];
  f.repeatWhile(() => {
    f.add(set(again, at(1)));
    f.add(set(job, atomic32.load(at(meeting.job))));
    f.when(
      i32.eq(get(job), get(seen)),
      () => f.add(set(round, i32.add(get(round), at(1))), set(again, i32.ltU(get(round), at(spins)))),
      () =>
        f.when(
          i32.eq(i32.load(at(meeting.program)), get(program)),
          () => {
            f.add(set(round, at(0)), set(seen, get(job)));
            f.add(call('void', work, [get(thread), get(job), i32.load(at(meeting.kernel))]));
          },
          () => f.add(set(again, at(0))),
        ),
    );
    return get(again);
  });
  f.add(get(seen));
  return f.build();
};

/** The functions that a program with shared kernels has besides them; the first one gets index `from`. With the index of `fork`. */
export const emitParallel = (threads: number, from: number): { readonly functions: readonly FunctionCode[]; readonly fork: number } => ({
  functions: [emitWork(threads), emitFork(threads, from), emitHelp(from)],
  fork: from + 1,
});

/**
 * The parameters of a kernel of so many addresses: these themselves, or, where it is split, the address of a list of them and the
 * number of a chunk. With the units that it does: all of them, or the chunk's, from `from` to before `to`.
 */
export const chunkParameters = (
  f: FunctionBuilder,
  addresses: number,
  split: Split | undefined,
  units: number,
): { bases: Local<'i32'>[]; from: Expression<'i32'>; to: Expression<'i32'> } => {
  if (split === undefined) {
    const bases = Array.from({ length: addresses }, () => f.parameter('i32'));
    return { bases, from: at(0), to: at(units) };
  }
  const [list, chunk] = [f.parameter('i32'), f.parameter('i32')];
  const bases = Array.from({ length: addresses }, () => f.local('i32'));
  bases.forEach((base, index) => f.add(set(base, i32.load(get(list), index * 4))));
  const from = f.let(i32.mul(get(chunk), at(split.grain)));
  const end = f.let(i32.add(from, at(split.grain)));
  return { bases, from, to: f.let(select(end, at(units), i32.ltS(end, at(units)))) };
};
