import type { DType } from '../../core/dtype.ts';
import type { PackedGraph } from './pack.ts';

/** How the engine's device is made: the options of `wasmDevice` that are plain data. */
export interface EngineOptions {
  readonly numerics?: 'fast' | 'reproducible';
  readonly threads?: number;
}

/** What is asked of an engine, in order. Buffers and programs have numbers that the asking side gives. */
export type Request =
  | { readonly kind: 'start'; readonly options: EngineOptions }
  | { readonly kind: 'allocate'; readonly buffer: number; readonly dtype: DType; readonly elements: number }
  | { readonly kind: 'write'; readonly buffer: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'copy'; readonly buffer: number; readonly from: number }
  | { readonly kind: 'compile'; readonly program: number; readonly graph: PackedGraph }
  | {
      readonly kind: 'run';
      readonly program: number;
      readonly inputs: readonly number[];
      readonly outputs: readonly number[];
      readonly repeat: number;
    }
  | { readonly kind: 'read'; readonly buffer: number; readonly question: number }
  | { readonly kind: 'finish'; readonly buffers: readonly number[]; readonly question: number }
  | { readonly kind: 'free'; readonly buffer: number }
  | { readonly kind: 'forget'; readonly program: number };

/** What an engine says: that it is there, or the answer to a question. */
export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly question: number; readonly bytes?: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'failure'; readonly question: number; readonly name: string; readonly message: string };
