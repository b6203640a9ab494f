import { FileError } from '../core/errors.ts';
import { platform } from '../core/platform.ts';
import type { Json } from './json.ts';

/** A file that grows while a training runs, and is cut back to where it was when the training is resumed. */
export class LogFile {
  readonly path: string;
  #length = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** How many bytes it has. */
  get length(): number {
    return this.#length;
  }

  /** Begins it anew, or goes on where it ends. */
  async open({ append = false }: { readonly append?: boolean } = {}): Promise<void> {
    const folder = /^(.*)[/\\][^/\\]*$/.exec(this.path)?.[1];
    if (folder !== undefined && folder !== '') await platform().makeFolder(folder);
    if (append && (await platform().exists(this.path))) this.#length = (await platform().readFile(this.path)).length;
    else {
      await platform().writeFileAtomic(this.path, new Uint8Array());
      this.#length = 0;
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    await platform().appendFile(this.path, bytes);
    this.#length += bytes.length;
  }

  async writeText(text: string): Promise<void> {
    await this.write(new TextEncoder().encode(text));
  }

  /** For checkpoints. */
  state(): Json {
    return this.#length;
  }

  /** Cuts off what was written after a checkpoint. @throws FileError where the file has become shorter. */
  async restore(state: Json): Promise<void> {
    const length = Number(state);
    const bytes = (await platform().exists(this.path)) ? await platform().readFile(this.path) : new Uint8Array();
    if (bytes.length < length)
      throw new FileError(
        `cannot go on writing '${this.path}': it had ${length} bytes at the checkpoint, and has ${bytes.length} now. Put the file back, or name another one.`,
      );
    if (bytes.length > length) await platform().writeFileAtomic(this.path, bytes.subarray(0, length));
    this.#length = length;
  }
}
