import { GradusError } from '../../core/errors.ts';
import type { Buffer, Device, Executable } from '../device.ts';
import { wasmDevice } from '../wasm/device.ts';
import { probeTiles } from '../wasm/probe.ts';
import type { Reply, Request } from './messages.ts';
import { unpackGraph } from './pack.ts';

/** Does what it is asked, one request after the other, on a WebAssembly device of its thread. */
export class Engine {
  private readonly reply: (reply: Reply, transfer: ArrayBuffer[]) => void;
  private device: Device | undefined;
  private readonly buffers = new Map<number, Buffer>();
  private readonly programs = new Map<number, Executable>();
  /** Why a program could not be compiled, or a buffer not be computed: told when it is read. */
  private readonly broken = new Map<string, unknown>();

  constructor(reply: (reply: Reply, transfer: ArrayBuffer[]) => void) {
    this.reply = reply;
  }

  handle(request: Request): void {
    const device = this.device as Device;
    switch (request.kind) {
      case 'start':
        this.device = wasmDevice({
          ...request.options,
          tile: probeTiles({ wide: false, relaxed: request.options.numerics !== 'reproducible' }),
        });
        break;
      case 'allocate':
        this.put(request.buffer, () => device.allocate(request.dtype, request.elements));
        break;
      case 'write':
        this.attempt(`buffer ${request.buffer}`, () => device.write(this.buffer(request.buffer), request.bytes));
        break;
      case 'copy':
        this.put(request.buffer, () => device.copy(this.buffer(request.from)));
        break;
      case 'compile':
        this.attempt(`program ${request.program}`, () => this.programs.set(request.program, device.compile(unpackGraph(request.graph))));
        break;
      case 'run':
        this.run(request);
        break;
      case 'read':
        void this.answer(request.question, async () => device.read(this.buffer(request.buffer)));
        break;
      case 'finish':
        void this.answer(request.question, async () => {
          await device.finish(request.buffers.map(number => this.buffer(number)));
          return undefined;
        });
        break;
      case 'free': {
        const buffer = this.buffers.get(request.buffer);
        if (buffer !== undefined) device.free(buffer);
        this.buffers.delete(request.buffer);
        this.broken.delete(`buffer ${request.buffer}`);
        break;
      }
      default:
        this.programs.delete(request.program);
    }
  }

  private run({ program, inputs, outputs, repeat }: Extract<Request, { kind: 'run' }>): void {
    try {
      const failure = this.broken.get(`program ${program}`);
      if (failure !== undefined) throw failure;
      const executable = this.programs.get(program) as Executable;
      const results = (this.device as Device).run(
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
