import type { ModelCore } from '../core.ts';
import type { FitOptions, Rows } from '../fitOptions.ts';

export interface DebugWatch {
  before(epoch: number, step: number, rows: Rows): Promise<void>;
  after(epoch: number, step: number): Promise<void>;
  explain(error: Error): Promise<void>;
  close(): void;
}

export const debugWatch = (_core: ModelCore, _options: FitOptions, _seed: number): DebugWatch | undefined => undefined;
