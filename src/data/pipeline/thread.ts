import { FileError, GradusError, ValueError } from '../../core/errors.ts';
import { type ModuleThread, platform } from '../../core/platform.ts';
import { unknownOptions, wholeNumber } from '../../tensor/options.ts';
import { datasetOf, stageOf } from './build.ts';
import { decodeItem, encodeItem } from './codec.ts';
import { type Cursor, type End, end } from './cursor.ts';
import type { Dataset } from './interface.ts';

type Question =
  | { readonly kind: 'begin'; readonly options: unknown }
  | { readonly kind: 'open'; readonly walk: number; readonly round: number }
  | { readonly kind: 'next'; readonly walk: number }
  | { readonly kind: 'skip'; readonly walk: number; readonly count: number }
  | { readonly kind: 'close'; readonly walk: number };

interface Answer {
  readonly bytes?: Uint8Array;
  readonly isEnd?: boolean;
  readonly count?: number;
  readonly error?: { readonly name: string; readonly message: string };
}

type Asked = Question & { readonly id: number };
type Answered = Answer & { readonly id: number };

/** Answers the questions of the thread that wants the items, one after the other. */
const answerer = (make: (options: never) => Dataset<unknown> | Promise<Dataset<unknown>>): ((question: Question) => Promise<Answer>) => {
  const walks = new Map<number, Cursor<unknown>>();
  let made: Promise<Dataset<unknown>> | undefined;
  return async question => {
    if (question.kind === 'begin') {
      made = Promise.resolve(make(question.options as never));
      const { count } = await made;
      return count === undefined ? {} : { count };
    }
    const data = await (made as Promise<Dataset<unknown>>);
    if (question.kind === 'open') {
      walks.set(question.walk, stageOf('serveDataset', data).open(question.round));
      return {};
    }
    const cursor = walks.get(question.walk) as Cursor<unknown>;
    if (question.kind === 'skip') return { count: await cursor.skip(question.count) };
    if (question.kind === 'close') {
      walks.delete(question.walk);
      await cursor.close();
      return {};
    }
    const item = await cursor.next();
    return item === end ? { isEnd: true } : { bytes: await encodeItem(item) };
  };
};

/**
 * Makes the data set of a module that `threadDataset` runs in a thread of its own: reading and decoding go on there while training
 * goes on here. Called once, at the module's top level.
 *
 * @throws GradusError in a thread that nobody started for this.
 * @example
 * // images.ts
 * import { imageFolder, serveDataset } from 'gradus/data';
 * serveDataset(async ({ folder }: { folder: string }) => (await imageFolder(folder, { size: [64, 64] })).shuffle().batch(32));
 */
export const serveDataset = <O>(make: (options: O) => Dataset<unknown> | Promise<Dataset<unknown>>): void => {
  const parent = platform().parentThread();
  if (parent === undefined)
    throw new GradusError('serveDataset is for a module that threadDataset runs: threadDataset(new URL("./images.ts", import.meta.url)).');
  const answer = answerer(make as (options: never) => Dataset<unknown>);
  let turn: Promise<void> = Promise.resolve();
  parent.listen(
    message => {
      const question = message as Asked;
      turn = turn.then(async () => {
        try {
          const { bytes, ...rest } = await answer(question);
          if (bytes === undefined) parent.post({ id: question.id, ...rest });
          else parent.post({ id: question.id, bytes, ...rest }, [bytes.buffer as ArrayBuffer]);
        } catch (error) {
          const { name, message: text } = error as Error;
          parent.post({ id: question.id, error: { name, message: text } });
        }
      });
    },
    () => undefined,
  );
};

/** A thread to ask; it is started at the first question. */
class Served {
  readonly #address: string;
  readonly #options: unknown;
  #thread: ModuleThread | undefined;
  #begun: Promise<Answer> | undefined;
  #next = 0;
  readonly #open = new Map<number, { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void }>();

  constructor(address: string, options: unknown) {
    this.#address = address;
    this.#options = options;
  }

  #start(): ModuleThread {
    const thread = platform().startModule(this.#address);
    const fail = (error: Error): void => {
      for (const { reject } of this.#open.values()) reject(error);
      this.#open.clear();
      this.#thread = undefined;
      this.#begun = undefined;
    };
    thread.listen(
      message => {
        const { id, error, ...answer } = message as Answered;
        const waiting = this.#open.get(id);
        this.#open.delete(id);
        if (this.#open.size === 0) thread.hold(false);
        if (error === undefined) waiting?.resolve(answer);
        else waiting?.reject(new GradusError(`${this.#address}: ${error.message}`, { cause: error }));
      },
      error =>
        fail(
          error instanceof FileError ? error : new GradusError(`the thread of ${this.#address} failed: ${error.message}`, { cause: error }),
        ),
    );
    return thread;
  }

  #ask(question: Question): Promise<Answer> {
    this.#thread ??= this.#start();
    const thread = this.#thread;
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      thread.hold(true);
      thread.post({ id, ...question });
    });
  }

  async ask(question: Question): Promise<Answer> {
    this.#begun ??= this.#ask({ kind: 'begin', options: this.#options });
    await this.#begun;
    return this.#ask(question);
  }
}

export interface ThreadDatasetOptions {
  /** Handed to the function that `serveDataset` took: plain data. */
  readonly options?: unknown;
  /** Items that are made ahead. Default 2. */
  readonly ahead?: number;
}

let walks = 0;

/** A walk through the thread's data: items are asked for before they are wanted. */
const threadCursor = <T>(served: Served, round: number, ahead: number, address: string): Cursor<T> => {
  const walk = walks++;
  const opened = served.ask({ kind: 'open', walk, round });
  opened.catch(() => undefined); // is reported by the first item
  const asked: Promise<Answer>[] = [];
  let isOver = false;
  const fill = (): void => {
    while (!isOver && asked.length < ahead) {
      const question = opened.then(() => served.ask({ kind: 'next', walk }));
      question.catch(() => undefined);
      asked.push(question);
    }
  };
  const next = async (): Promise<T | End> => {
    if (isOver && asked.length === 0) return end;
    fill();
    const { bytes, isEnd } = await (asked.shift() as Promise<Answer>);
    if (isEnd === true) {
      isOver = true;
      await Promise.all(asked.splice(0));
      return end;
    }
    fill();
    return decodeItem(bytes as Uint8Array, address) as T;
  };
  return {
    next,
    async skip(count) {
      let passed = 0;
      while (passed < count && asked.length > 0) {
        if ((await next()) === end) return passed;
        passed++;
      }
      if (isOver || passed === count) return passed;
      await opened;
      return passed + ((await served.ask({ kind: 'skip', walk, count: count - passed })).count as number);
    },
    async close() {
      await Promise.allSettled(asked.splice(0));
      isOver = true;
      await served.ask({ kind: 'close', walk }).catch(() => undefined);
    },
  };
};

/**
 * The data set that a module makes in a thread of its own (see `serveDataset`): a worker thread in Node, a module worker in browsers.
 * It is a data set like any other: seeded, resumable, shuffled there or here. Items are tensors, numbers, texts and records of them.
 *
 * @throws FileError where no thread can be started; what the module throws, with its address.
 * @example await net.fit(threadDataset(new URL('./images.ts', import.meta.url), { options: { folder: 'pets' } }), { epochs: 10 });
 */
export const threadDataset = <T>(address: URL | string, options: ThreadDatasetOptions = {}): Dataset<T> => {
  const what = 'threadDataset';
  unknownOptions(what, options, ['options', 'ahead']);
  const ahead = wholeNumber(what, 'ahead', options.ahead ?? 2, 1);
  if (!(address instanceof URL) && typeof address !== 'string')
    throw new ValueError(`${what} needs the address of a module: ${what}(new URL('./images.ts', import.meta.url)), got ${typeof address}.`);
  const served = new Served(String(address), options.options);
  return datasetOf<T>({ open: round => threadCursor<T>(served, round, ahead, String(address)), count: undefined, varies: true });
};
