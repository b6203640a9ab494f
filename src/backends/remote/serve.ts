import { GradusError } from '../../core/errors.ts';
import type { Buffer, Device, Executable } from '../device.ts';
import { wasmDevice } from '../wasm/device.ts';
import { probeTiles } from '../wasm/probe.ts';
import type { EngineOptions, Reply, Request } from './messages.ts';
import { unpackGraph } from './pack.ts';

/** Does what it is asked, one request after the other, on a WebAssembly device of its thread. */
export class Engine {
  private readonly reply: (reply: Reply, transfer: ArrayBuffer[]) => void;
  private made: Device | undefined;
  /** Why there is no device: told with every answer. */
  private failure: unknown;
  private readonly buffers = new Map<number, Buffer>();
  private readonly programs = new Map<number, Executable>();
  /** Why a program could not be compiled, or a buffer not be computed: told when it is read. */
  private readonly broken = new Map<string, unknown>();

  constructor(reply: (reply: Reply, transfer: ArrayBuffer[]) => void) {
    this.reply = reply;
  }

  handle(request: Request): void {
    switch (request.kind) {
      case 'start':
        this.start(request.options);
        break;
      case 'allocate':
        this.put(request.buffer, () => this.device.allocate(request.dtype, request.elements));
        break;
      case 'write':
        this.attempt(`buffer ${request.buffer}`, () => this.device.write(this.buffer(request.buffer), request.bytes));
        break;
      case 'copy':
        this.put(request.buffer, () => this.device.copy(this.buffer(request.from)));
        break;
      case 'compile':
        this.attempt(`program ${request.program}`, () =>
          this.programs.set(request.program, this.device.compile(unpackGraph(request.graph))),
        );
        break;
      case 'run':
        this.run(request);
        break;
      case 'read':
        void this.answer(request.question, async () => this.device.read(this.buffer(request.buffer)));
        break;
      case 'finish':
        void this.answer(request.question, async () => {
          await this.device.finish(request.buffers.map(number => this.buffer(number)));
          return undefined;
        });
        break;
      case 'free': {
        const buffer = this.buffers.get(request.buffer);
        if (buffer !== undefined) this.device.free(buffer);
        this.buffers.delete(request.buffer);
        this.broken.delete(`buffer ${request.buffer}`);
        break;
      }
      default:
        this.programs.delete(request.program);
        this.broken.delete(`program ${request.program}`);
    }
  }

  private get device(): Device {
    if (this.made === undefined) throw this.failure;
    return this.made;
  }

  private start(options: EngineOptions): void {
    try {
      const tile = probeTiles({ wide: false, relaxed: options.numerics !== 'reproducible' });
      this.made = wasmDevice({ ...options, tile });
    } catch (error) {
      this.failure = error;
    }
  }

  private run({ program, inputs, outputs, repeat }: Extract<Request, { kind: 'run' }>): void {
    try {
      const failure = this.broken.get(`program ${program}`);
      if (failure !== undefined) throw failure;
      const executable = this.programs.get(program) as Executable;
      const results = this.device.run(
        executable,
        inputs.map(number => this.buffer(number)),
        { repeat },
      );
      outputs.forEach((number, index) => void this.buffers.set(number, results[index] as Buffer));
    } catch (error) {
      for (const number of outputs) this.broken.set(`buffer ${number}`, error);
    }
  }

  private buffer(number: number): Buffer {
    const failure = this.broken.get(`buffer ${number}`);
    if (failure !== undefined) throw failure;
    const buffer = this.buffers.get(number);
    if (buffer === undefined) throw new GradusError('this buffer was freed. Do not use a tensor after it was disposed of or donated.');
    return buffer;
  }

  private put(number: number, make: () => Buffer): void {
    this.attempt(`buffer ${number}`, () => this.buffers.set(number, make()));
  }

  private attempt(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.broken.set(what, error);
    }
  }

  private async answer(question: number, work: () => Promise<Uint8Array | undefined>): Promise<void> {
    try {
      const bytes = (await work()) as Uint8Array<ArrayBuffer> | undefined;
      if (bytes === undefined) this.reply({ kind: 'answer', question }, []);
      else this.reply({ kind: 'answer', question, bytes }, [bytes.buffer]);
    } catch (error) {
      const { name, message } = error as Error;
      this.reply({ kind: 'failure', question, name, message }, []);
    }
  }
}
