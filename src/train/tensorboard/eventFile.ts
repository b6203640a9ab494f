import { platform } from '../../core/platform.ts';
import type { Json } from '../json.ts';
import { LogFile } from '../logFile.ts';
import { fileVersion } from './events.ts';

let made = 0;

/** A file of events in a folder, which is made when there is something to write. Its name is one that TensorBoard looks for. */
export class EventFile {
  readonly #folder: string;
  #file: LogFile | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write(...records: readonly Uint8Array[]): Promise<void> {
    if (this.#file === undefined) {
      const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
      const name = `events.out.tfevents.${seconds}.gradus.${Math.floor(Math.random() * 1e6)}.${made++}.v2`;
      this.#file = new LogFile(platform().joinPath(this.#folder, name));
      await this.#file.open();
      await this.#file.write(fileVersion());
    }
    for (const record of records) await this.#file.write(record);
  }

  state(): Json {
    return this.#file === undefined ? null : { path: this.#file.path, length: this.#file.state() };
  }

  async restore(state: Json): Promise<void> {
    if (state === null) return;
    const { path, length } = state as { path: string; length: number };
    this.#file = new LogFile(path);
    await this.#file.restore(length);
  }
}
