import type { DType } from '../../core/dtype.ts';
import { errorNamed, GradusError } from '../../core/errors.ts';
import { sizeOf } from '../../core/shape.ts';
import type { Buffer, Device, Executable, Graph } from '../device.ts';
import type { EngineOptions, Reply, Request } from './messages.ts';
import { packGraph } from './pack.ts';
import { Engine } from './serve.ts';

/** The way to an engine: what is posted arrives in order. */
export interface Channel {
  readonly post: (request: Request, transfer: ArrayBuffer[]) => void;
}

/** Opens a way to an engine; `hear` gets its replies, `lost` is called when it cannot be reached. */
export type Connect = (hear: (reply: Reply) => void, lost: () => void) => Channel;

class RemoteBuffer implements Buffer {
  readonly dtype: DType;
  readonly elements: number;
  readonly number: number;

  constructor(dtype: DType, elements: number, number: number) {
    this.dtype = dtype;
    this.elements = elements;
    this.number = number;
  }
}

interface RemoteExecutable extends Executable {
  readonly number: number;
}

/** An engine in this thread: where no worker can be had. */
const here: Connect = hear => {
  const engine = new Engine(reply => hear(reply));
  return { post: request => engine.handle(request) };
};

/** A worker of the page's own. Bundlers know this way to name its script. */
export const inWorker: Connect = (hear, lost) => {
  const worker = new Worker(new URL('./engine.js', import.meta.url), { type: 'module' });
  worker.onmessage = (event: MessageEvent<Reply>) => hear(event.data);
  worker.onerror = event => {
    event.preventDefault();
    lost();
  };
  return { post: (request, transfer) => worker.postMessage(request, transfer) };
};

/**
 * WebAssembly on another thread: everything but `read` and `finish` is posted, and done there in the same order. Until the engine has
 * answered that it is there, requests wait here, so that they can go to one in this thread should it not come.
 */
export const remoteDevice = (options: EngineOptions, connect: Connect): Device => {
  let waiting: [Request, ArrayBuffer[]][] | undefined = [];
  const questions = new Map<number, { resolve: (bytes: Uint8Array | undefined) => void; reject: (error: Error) => void }>();
  let numbers = 0;
  const hear = (reply: Reply): void => {
    if (reply.kind === 'ready') {
      for (const [request, transfer] of waiting ?? []) channel.post(request, transfer);
      waiting = undefined;
      return;
    }
    const question = questions.get(reply.question);
    questions.delete(reply.question);
    if (reply.kind === 'answer') question?.resolve(reply.bytes);
    else question?.reject(errorNamed(reply.name, reply.message));
  };
  const lost = (): void => {
    if (waiting === undefined) {
      // It was there, and what it had is gone with it.
      for (const { reject } of questions.values()) reject(new GradusError('the engine’s worker broke off. Load the page again.'));
      questions.clear();
      return;
    }
    console.info('Gradus: the engine’s worker could not be started (is engine.js served?), so programs run on the page’s own thread.');
    channel = here(hear, lost);
    hear({ kind: 'ready' });
  };
  let channel: Channel;
  try {
    channel = connect(hear, lost);
  } catch {
    channel = here(hear, lost);
    waiting = undefined;
  }
  const post = (request: Request, transfer: ArrayBuffer[] = []): void => {
    if (waiting === undefined) channel.post(request, transfer);
    else waiting.push([request, transfer]);
  };
  const ask = (request: (question: number) => Request): Promise<Uint8Array | undefined> =>
    new Promise((resolve, reject) => {
      const question = ++numbers;
      questions.set(question, { resolve, reject });
      post(request(question));
    });
  const collected = new FinalizationRegistry<number>(buffer => post({ kind: 'free', buffer }));
  const forgotten = new FinalizationRegistry<number>(program => post({ kind: 'forget', program }));
  const create = (dtype: DType, elements: number): RemoteBuffer => {
    const buffer = new RemoteBuffer(dtype, elements, ++numbers);
    collected.register(buffer, buffer.number, buffer);
    return buffer;
  };
  const numberOf = (buffer: Buffer): number => (buffer as RemoteBuffer).number;
  post({ kind: 'start', options });
  return {
    name: 'wasm in a worker',
    allocate: (dtype, elements) => {
      const buffer = create(dtype, elements);
      post({ kind: 'allocate', buffer: buffer.number, dtype, elements });
      return buffer;
    },
    write: (buffer, bytes) => {
      const copy = new Uint8Array(bytes);
      post({ kind: 'write', buffer: numberOf(buffer), bytes: copy }, [copy.buffer]);
    },
    copy: source => {
      const buffer = create(source.dtype, source.elements);
      post({ kind: 'copy', buffer: buffer.number, from: numberOf(source) });
      return buffer;
    },
    compile: (graph: Graph) => {
      const program = ++numbers;
      post({ kind: 'compile', program, graph: packGraph(graph) });
      const executable: RemoteExecutable = { graph, scratchBytes: 0, number: program };
      forgotten.register(executable, program);
      return executable;
    },
    run: (executable, inputs, { repeat = 1 } = {}) => {
      const { graph, number } = executable as RemoteExecutable;
      const outputs = graph.outputs.map((node, index) => {
        const from = graph.donated[index] ?? -1;
        return from >= 0 ? (inputs[from] as RemoteBuffer) : create(node.dtype, sizeOf(node.shape));
      });
      post({ kind: 'run', program: number, inputs: inputs.map(numberOf), outputs: outputs.map(numberOf), repeat });
      return outputs;
    },
    read: async buffer => (await ask(question => ({ kind: 'read', buffer: numberOf(buffer), question }))) as Uint8Array,
    free: buffer => {
      collected.unregister(buffer);
      post({ kind: 'free', buffer: numberOf(buffer) });
    },
    finish: async buffers => void (await ask(question => ({ kind: 'finish', buffers: buffers.map(numberOf), question }))),
  };
};
