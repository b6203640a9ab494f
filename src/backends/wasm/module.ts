import type { Axis } from '../../compiler/contraction.ts';
import type { LoopKernel } from '../../compiler/kernel.ts';
import type { Program, Step } from '../../compiler/program.ts';
import type { Split } from '../../compiler/split.ts';
import type { Node } from '../../graph/node.ts';
import {
  call,
  type Expression,
  encodeFunction,
  encodeModule,
  FunctionBuilder,
  type FunctionCode,
  get,
  type Import,
  type Local,
  type ModuleCode,
  printModule,
  set,
} from './assembler.ts';
import { emitContraction } from './contraction.ts';
import { hostFunctions } from './host.ts';
import { addConst, i32, memoryCopy } from './instructions.ts';
import { kernelKey } from './kernelKey.ts';
import { type Cut, emitLoops } from './loops.ts';
import { emitParallel, meeting, mostAddresses } from './parallel.ts';
import type { Profiler } from './profile.ts';
import { emitSort } from './sort.ts';
import { emitTile, type Tile, tileName } from './tile.ts';
import type { Surroundings } from './values.ts';

type I = Expression<'i32'>;

export interface ModuleOptions {
  readonly relaxed: boolean;
  /** Threads that share the memory; more than one need a shared one. Default 1. */
  readonly threads?: number;
  /** Measures each kernel. */
  readonly profiler?: Profiler | undefined;
}

/** A module before its bytes, and how often each kernel is called: for humans. */
export interface BuiltModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly text: () => string;
  readonly kernelCount: number;
  /** Kernels that threads share: without any, only the first thread needs the module. */
  readonly sharedKernels: number;
}

/**
 * The module of a program: `run(args, repeat)` calls kernels in order. `args` is the address of a table of addresses: the arena's,
 * the inputs', the outputs'. Kernels are functions of base addresses, so equal ones are emitted once.
 */
export const buildModule = (program: Program, inputs: number, outputs: number, options: ModuleOptions): BuiltModule => {
  const { relaxed, threads = 1, profiler } = options;
  const host: Import[] = Object.entries(hostFunctions).map(([name, { length }]) => ({
    name,
    parameters: new Array<'f64'>(length).fill('f64'),
    result: 'f64',
  }));
  const imports: readonly Import[] = profiler === undefined ? host : [...host, { name: 'mark', parameters: ['i32'], result: 'void' }];
  const functions: FunctionCode[] = [];
  const byCode = new Map<string, number>();
  const tiles = new Map<string, number>();
  const addFunction = (code: FunctionCode): number => {
    functions.push(code);
    return imports.length + functions.length - 1;
  };
  /** Index of a function with this code: an equal one that is there already, if any. */
  const share = (code: FunctionCode): number => {
    const key = `${code.parameters.length}:${digest(encodeFunction(code))}`;
    const known = byCode.get(key);
    if (known !== undefined) return known;
    const index = addFunction(code);
    byCode.set(key, index);
    return index;
  };
  const around: Surroundings = {
    relaxed,
    host: name => imports.findIndex(item => item.name === name),
    flush: store => program.state.has(store.node),
  };
  const tileIndex = (tile: Tile): number => {
    const known = tiles.get(tileName(tile));
    if (known !== undefined) return known;
    const index = addFunction(emitTile(tile, relaxed));
    tiles.set(tileName(tile), index);
    return index;
  };
  const loopsIndex = (kernel: LoopKernel, arrays: readonly Node[], split?: Cut): number => {
    const cut = split === undefined || split === 'rows' ? (split ?? '') : `${split.axis}/${split.grain}`;
    const key = kernelKey(kernel, arrays, around.flush) + cut;
    const known = byCode.get(key);
    if (known !== undefined) return known;
    const index = addFunction(emitLoops(kernel, arrays, around, split, `${nameOf(kernel)}#${functions.length}`));
    byCode.set(key, index);
    return index;
  };
  const indexOf = ({ kernel, arrays }: Extract<Step, { kind: 'call' }>, split: Split | undefined): number => {
    const name = `${nameOf(kernel)}#${functions.length}`;
    if (kernel.kind === 'loops') return loopsIndex(kernel, arrays, split);
    if (kernel.kind === 'sort') return share(emitSort(kernel, split, name));
    return share(emitContraction(kernel, split, tileIndex, loopsIndex, name));
  };
  /** Kernels that threads share, by their place in the table; and where the functions are that let them. */
  const places = new Map<number, number>();
  let parallel: ReturnType<typeof emitParallel> | undefined;
  const forkIndex = (): number => {
    if (parallel === undefined) {
      parallel = emitParallel(threads, imports.length + functions.length);
      functions.push(...parallel.functions);
    }
    return parallel.fork;
  };
  const placeOf = (index: number): number => {
    const place = places.get(index) ?? places.size;
    places.set(index, place);
    return place;
  };
  const run = new FunctionBuilder('run');
  const [args, repeat] = [run.parameter('i32'), run.parameter('i32')];
  const table = Array.from({ length: 1 + inputs + outputs }, () => run.local('i32'));
  table.forEach((local, index) => run.add(set(local, i32.load(get(args), index * 4))));
  const rounds = new Map<number, Local<'i32'>>();
  const address = (node: Node): I => {
    const location = program.locations.get(node);
    if (location === undefined) throw new Error(`no memory was planned for ${node.op}`);
    const base = location.base === 'arena' ? 0 : location.base === 'input' ? 1 + location.index : 1 + inputs + location.index;
    let result = addConst(get(table[base] as Local<'i32'>), location.offset);
    for (const { loop, bytes } of location.moving)
      if (bytes !== 0) result = i32.add(result, i32.mul(get(rounds.get(loop) as Local<'i32'>), i32.const(bytes)));
    return result;
  };
  const emit = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === 'call') {
        const { arrays } = step;
        const split = arrays.length > mostAddresses ? undefined : step.split;
        const index = indexOf(step, split);
        if (split === undefined) run.add(call('void', index, arrays.map(address)));
        else {
          const place = placeOf(index);
          const fork = forkIndex();
          arrays.forEach((node, at) => run.add(i32.store(i32.const(meeting.addresses), address(node), at * 4)));
          run.add(call('void', fork, [i32.const(place), i32.const(split.chunks)]));
        }
        const key = functions[index - imports.length] as FunctionCode;
        if (profiler !== undefined) run.add(call('void', host.length, [i32.const(profiler.site({ name: key.name, key, step }))]));
      } else if (step.kind === 'copy') run.add(memoryCopy(address(step.to), address(step.from), i32.const(step.bytes)));
      else if (step.kind === 'branch')
        run.when(
          i32.load8u(address(step.predicate)),
          () => emit(step.whenTrue),
          () => emit(step.otherwise),
        );
      else if (step.kind === 'loop') {
        if (step.count === 0) continue;
        const round = run.local('i32');
        rounds.set(step.id, round);
        run.add(set(round, i32.const(0)));
        run.repeatWhile(() => {
          emit(step.body);
          run.add(set(round, i32.add(get(round), i32.const(1))));
          return i32.ltS(get(round), i32.const(step.count));
        });
      } else {
        emit(step.condition);
        run.when(i32.load8u(address(step.predicate)), () =>
          run.repeatWhile(() => {
            emit(step.body);
            emit(step.condition);
            return i32.load8u(address(step.predicate));
          }),
        );
      }
    }
  };
  run.repeatWhile(() => {
    emit(program.steps);
    run.add(set(repeat, i32.sub(get(repeat), i32.const(1))));
    return get(repeat);
  });
  functions.push(run.build());
  const module: ModuleCode = {
    imports,
    functions,
    exports: places.size > 0 ? ['run', 'help'] : ['run'],
    table: [...places.keys()].map(index => (functions[index - imports.length] as FunctionCode).name),
    shared: threads > 1,
  };
  const kernelCount = functions.length - 1 - (parallel?.functions.length ?? 0);
  return { bytes: encodeModule(module), text: () => printModule(module), kernelCount, sharedKernels: places.size };
};

/** 64 bits that tell function bodies apart, and their length. */
const digest = (bytes: Uint8Array): string => {
  let first = 0x811c9dc5;
  let second = 0x9e3779b9;
  for (const byte of bytes) {
    first = Math.imul(first ^ byte, 0x01000193);
    second = (Math.imul(second, 31) + byte) | 0;
  }
  return `${first},${second},${bytes.length}`;
};

/** What a kernel is, in a few letters: its kind and its sizes. */
const nameOf = (kernel: Extract<Step, { kind: 'call' }>['kernel']): string => {
  if (kernel.kind === 'sort') return `sort_${kernel.outer * kernel.inner}x${kernel.length}`;
  if (kernel.kind === 'tiles') {
    const product = (axes: readonly Axis[]): number => axes.reduce((total, { size }) => total * size, 1);
    const [rows, depth] = [product([...kernel.outerRows, kernel.rows]), product([...kernel.segments, kernel.inner])];
    return `contraction_${product(kernel.batch)}x${rows}x${depth}x${kernel.columns}`;
  }
  const { sizes, parallel } = kernel;
  const [rows, reduced] = [sizes.slice(0, parallel).join('x'), sizes.slice(parallel).join('x')];
  return reduced === '' ? `map_${rows}` : `reduction_${rows}|${reduced}`;
};
