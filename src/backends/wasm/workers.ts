import { platform, type Thread } from '../../core/platform.ts';
import { hostFunctions } from './host.ts';
import { meeting } from './parallel.ts';

/**
 * What a worker does: it helps the program whose job it finds, as long as jobs come; then it lets messages arrive (programs that are
 * new or gone) and sleeps until the next job. Functions of the host are never called by kernels that threads share.
 */
const script = `
const programs = new Map();
const host = Object.fromEntries(${JSON.stringify([...Object.keys(hostFunctions), 'mark'])}.map(name => [name, () => NaN]));
const word = address => address / 4;
const work = async (memory, thread) => {
  const words = new Int32Array(memory.buffer);
  let seen = 0;
  for (;;) {
    const job = Atomics.load(words, word(${meeting.job}));
    if (job !== seen) {
      const program = words[word(${meeting.program})];
      if (!programs.has(program)) await nextTask();
      const help = programs.get(program);
      seen = help === undefined ? job : help(thread, seen, program);
      continue;
    }
    await nextTask();
    Atomics.add(words, word(${meeting.sleepers}), 1);
    Atomics.wait(words, word(${meeting.job}), seen);
    Atomics.sub(words, word(${meeting.sleepers}), 1);
  }
};
let memory;
receive(message => {
  if (message.module !== undefined)
    programs.set(message.program, new WebAssembly.Instance(message.module, { e: { memory, ...host } }).exports.help);
  else if (message.program !== undefined) programs.delete(message.program);
  else {
    memory = message.memory;
    work(memory, message.thread);
  }
});
`;

/** Milliseconds of work after which threads pay for their start, which takes the first one about as long. */
export const usualStart = 10;

/** The threads beside the first one. They start when there was some work for them, and no program waits for them. */
export class Workers {
  private readonly memory: WebAssembly.Memory;
  private readonly count: number;
  private threads: readonly Thread[] | undefined;
  private programs = 0;
  private milliseconds = 0;
  private readonly startAfter: number;
  /** Programs that wait for the threads' start. */
  private readonly waiting = new Map<number, WebAssembly.Module>();

  /** `threads`: with the one that runs programs; `startAfter`: milliseconds of work. */
  constructor(memory: WebAssembly.Memory, threads: number, startAfter: number) {
    this.memory = memory;
    this.startAfter = startAfter;
    this.count = threads - 1;
  }

  /** Gives a program to all workers; returns its number. */
  add(module: WebAssembly.Module): number {
    const program = ++this.programs;
    if (this.threads === undefined) this.waiting.set(program, module);
    else for (const thread of this.threads) thread.post({ program, module });
    return program;
  }

  remove(program: number): void {
    this.waiting.delete(program);
    for (const thread of this.threads ?? []) thread.post({ program });
  }

  /** Runs a program that the workers could help with. */
  run(start: () => void): void {
    if (this.threads !== undefined) {
      start();
      return;
    }
    const begin = performance.now();
    start();
    this.milliseconds += performance.now() - begin;
    if (this.milliseconds >= this.startAfter) this.start();
  }

  private start(): void {
    this.threads = Array.from({ length: this.count }, (_, index) => {
      const thread = platform().startThread(script);
      thread?.post({ memory: this.memory, thread: index + 1 });
      return thread;
    }).filter(thread => thread !== undefined);
    for (const [program, module] of this.waiting) for (const thread of this.threads) thread.post({ program, module });
    this.waiting.clear();
  }
}
