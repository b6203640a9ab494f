import { type Expression, type Statement, signed, type Type, unsigned } from './assembler.ts';

type E<T extends Type> = Expression<T>;

const unary =
  <A extends Type, R extends Type>(name: string, result: R, code: readonly number[]) =>
  (a: E<A>): E<R> => ({ type: result, name, code, operands: [a] });

const binary =
  <A extends Type, B extends Type, R extends Type>(name: string, result: R, code: readonly number[]) =>
  (a: E<A>, b: E<B>): E<R> => ({ type: result, name, code, operands: [a, b] });

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];

/** Names of a family and their opcodes; `ltS` is the specification's `lt_s`. */
type Opcodes = Readonly<Record<string, number>>;
type Unary<R extends Opcodes> = { readonly [K in keyof R]: (a: E<'v128'>) => E<'v128'> };
type Binary<R extends Opcodes> = { readonly [K in keyof R]: (a: E<'v128'>, b: E<'v128'>) => E<'v128'> };
type Shift<R extends Opcodes> = { readonly [K in keyof R]: (a: E<'v128'>, by: E<'i32'>) => E<'v128'> };
type Binary32<R extends Opcodes> = { readonly [K in keyof R]: (a: E<'i32'>, b: E<'i32'>) => E<'i32'> };

const family = <T>(prefix: string, rows: Opcodes, make: (name: string, opcode: number) => unknown): T =>
  Object.fromEntries(
    Object.entries(rows).map(([name, opcode]) => [name, make(`${prefix}.${name.replace(/[A-Z]/g, c => `_${c.toLowerCase()}`)}`, opcode)]),
  ) as T;
const unary128 = (name: string, opcode: number): ((a: E<'v128'>) => E<'v128'>) => unary(name, 'v128', simd(opcode));
const binary128 = (name: string, opcode: number): ((a: E<'v128'>, b: E<'v128'>) => E<'v128'>) => binary(name, 'v128', simd(opcode));
const ternary128 =
  (name: string, opcode: number) =>
  (a: E<'v128'>, b: E<'v128'>, c: E<'v128'>): E<'v128'> => ({ type: 'v128', name, code: simd(opcode), operands: [a, b, c] });

/** Alignment 0 promises nothing, which costs nothing on any processor of today. */
const memory = (offset: number): number[] => [0, ...unsigned(offset)];
const offsetText = (offset: number): string => `offset=${offset} align=1`;

const load =
  <T extends Type>(name: string, type: T, code: readonly number[]) =>
  (address: E<'i32'>, offset = 0): E<T> => ({
    type,
    name,
    code: [...code, ...memory(offset)],
    text: offsetText(offset),
    operands: [address],
  });

const store =
  <T extends Type>(name: string, code: readonly number[]) =>
  (address: E<'i32'>, value: E<T>, offset = 0): Statement => ({
    type: 'void',
    name,
    code: [...code, ...memory(offset)],
    text: offsetText(offset),
    operands: [address, value],
  });

const loadLane =
  (name: string, opcode: number) =>
  (address: E<'i32'>, into: E<'v128'>, lane: number, offset = 0): E<'v128'> => ({
    type: 'v128',
    name,
    code: [...simd(opcode), ...memory(offset), lane],
    text: `${offsetText(offset)} ${lane}`,
    operands: [address, into],
  });

const storeLane =
  (name: string, opcode: number) =>
  (address: E<'i32'>, value: E<'v128'>, lane: number, offset = 0): Statement => ({
    type: 'void',
    name,
    code: [...simd(opcode), ...memory(offset), lane],
    text: `${offsetText(offset)} ${lane}`,
    operands: [address, value],
  });

const extract =
  <R extends Type>(name: string, result: R, opcode: number) =>
  (a: E<'v128'>, lane: number): E<R> => ({ type: result, name, code: [...simd(opcode), lane], text: String(lane), operands: [a] });

const replace =
  <T extends Type>(name: string, opcode: number) =>
  (a: E<'v128'>, lane: number, value: E<T>): E<'v128'> => ({
    type: 'v128',
    name,
    code: [...simd(opcode), lane],
    text: String(lane),
    operands: [a, value],
  });

type Load<T extends Type> = (address: E<'i32'>, offset?: number) => E<T>;
type Store<T extends Type> = (address: E<'i32'>, value: E<T>, offset?: number) => Statement;
type LoadLane = (address: E<'i32'>, into: E<'v128'>, lane: number, offset?: number) => E<'v128'>;
type StoreLane = (address: E<'i32'>, value: E<'v128'>, lane: number, offset?: number) => Statement;
type Map128 = (a: E<'v128'>) => E<'v128'>;
type Extract<T extends Type> = (a: E<'v128'>, lane: number) => E<T>;
type Replace<T extends Type> = (a: E<'v128'>, lane: number, value: E<T>) => E<'v128'>;

// biome-ignore format: a line a family
const i32Binary = {
  eq: 0x46, ne: 0x47, ltS: 0x48, ltU: 0x49, gtS: 0x4a, gtU: 0x4b, leS: 0x4c, geS: 0x4e, geU: 0x4f, add: 0x6a, sub: 0x6b, mul: 0x6c, divS: 0x6d, divU: 0x6e, remS: 0x6f, remU: 0x70,
  and: 0x71, or: 0x72, xor: 0x73, shl: 0x74, shrS: 0x75, shrU: 0x76,
} as const;

export const i32: Binary32<typeof i32Binary> & {
  readonly const: (value: number) => E<'i32'>;
  readonly eqz: (a: E<'i32'>) => E<'i32'>;
  readonly load: Load<'i32'>;
  readonly load8u: Load<'i32'>;
  readonly load16u: Load<'i32'>;
  readonly store: Store<'i32'>;
} = {
  ...family<Binary32<typeof i32Binary>>('i32', i32Binary, (name, opcode) => binary(name, 'i32', [opcode])),
  const: value => ({ type: 'i32', name: 'i32.const', code: [0x41, ...signed(value)], text: String(value | 0), operands: [] }),
  eqz: unary('i32.eqz', 'i32', [0x45]),
  load: load('i32.load', 'i32', [0x28]),
  load8u: load('i32.load8_u', 'i32', [0x2d]),
  load16u: load('i32.load16_u', 'i32', [0x2f]),
  store: store('i32.store', [0x36]),
};

/** Natural alignment is a must for these; they order all other memory accesses around them. */
const atomics = <T extends Type>(name: string, type: T, opcode: number, alignment: number, operands: readonly E<Type>[]): E<T> => ({
  type,
  name,
  code: [0xfe, opcode, alignment, 0],
  operands,
});

/** Words that threads share. */
export const atomic32: {
  readonly load: (address: E<'i32'>) => E<'i32'>;
  readonly store: (address: E<'i32'>, value: E<'i32'>) => Statement;
  /** Adds, and gives what was there before. */
  readonly add: (address: E<'i32'>, value: E<'i32'>) => E<'i32'>;
  /** Sleeps while the word has this value, so many nanoseconds at most. */
  readonly wait: (address: E<'i32'>, value: E<'i32'>, nanoseconds: E<'i64'>) => E<'i32'>;
  /** Wakes so many sleepers; gives how many there were. */
  readonly notify: (address: E<'i32'>, count: E<'i32'>) => E<'i32'>;
} = {
  load: address => atomics('i32.atomic.load', 'i32', 0x10, 2, [address]),
  store: (address, value) => atomics('i32.atomic.store', 'void', 0x17, 2, [address, value]),
  add: (address, value) => atomics('i32.atomic.rmw.add', 'i32', 0x1e, 2, [address, value]),
  wait: (address, value, nanoseconds) => atomics('memory.atomic.wait32', 'i32', 0x01, 2, [address, value, nanoseconds]),
  notify: (address, count) => atomics('memory.atomic.notify', 'i32', 0x00, 2, [address, count]),
};

export const atomic64: {
  readonly load: (address: E<'i32'>) => E<'i64'>;
  readonly store: (address: E<'i32'>, value: E<'i64'>) => Statement;
  /** Writes `value` where `expected` is; gives what was there before. */
  readonly exchange: (address: E<'i32'>, expected: E<'i64'>, value: E<'i64'>) => E<'i64'>;
} = {
  load: address => atomics('i64.atomic.load', 'i64', 0x11, 3, [address]),
  store: (address, value) => atomics('i64.atomic.store', 'void', 0x18, 3, [address, value]),
  exchange: (address, expected, value) => atomics('i64.atomic.rmw.cmpxchg', 'i64', 0x49, 3, [address, expected, value]),
};

export const i64: {
  readonly const: (value: number) => E<'i64'>;
  readonly fromI32: (a: E<'i32'>) => E<'i64'>;
  /** The low half. */
  readonly wrap: (a: E<'i64'>) => E<'i32'>;
  readonly add: (a: E<'i64'>, b: E<'i64'>) => E<'i64'>;
  readonly shl: (a: E<'i64'>, by: E<'i64'>) => E<'i64'>;
  readonly shrU: (a: E<'i64'>, by: E<'i64'>) => E<'i64'>;
  readonly eq: (a: E<'i64'>, b: E<'i64'>) => E<'i32'>;
} = {
  const: value => ({ type: 'i64', name: 'i64.const', code: [0x42, ...signed(value)], text: String(value | 0), operands: [] }),
  fromI32: unary('i64.extend_i32_u', 'i64', [0xad]),
  wrap: unary('i32.wrap_i64', 'i32', [0xa7]),
  add: binary('i64.add', 'i64', [0x7c]),
  shl: binary('i64.shl', 'i64', [0x86]),
  shrU: binary('i64.shr_u', 'i64', [0x88]),
  eq: binary('i64.eq', 'i32', [0x51]),
};

/** The address `base + bytes`, without an addition of 0. */
export const addConst = (base: E<'i32'>, bytes: number): E<'i32'> => (bytes === 0 ? base : i32.add(base, i32.const(bytes)));

export const select = <T extends Type>(a: E<T>, b: E<T>, condition: E<'i32'>): E<T> => ({
  type: a.type,
  name: 'select',
  code: [0x1b],
  operands: [a, b, condition],
});

export const memoryCopy = (to: E<'i32'>, from: E<'i32'>, bytes: E<'i32'>): Statement => ({
  type: 'void',
  name: 'memory.copy',
  code: [0xfc, 0x0a, 0, 0],
  operands: [to, from, bytes],
});

const v128Unary = { not: 0x4d } as const;
const v128Binary = { and: 0x4e, andnot: 0x4f, or: 0x50, xor: 0x51 } as const;

export const v128: Unary<typeof v128Unary> &
  Binary<typeof v128Binary> & {
    readonly load: Load<'v128'>;
    readonly store: Store<'v128'>;
    readonly load32Splat: Load<'v128'>;
    readonly load64Splat: Load<'v128'>;
    readonly load32Zero: Load<'v128'>;
    readonly load64Zero: Load<'v128'>;
    readonly load8Lane: LoadLane;
    readonly load16Lane: LoadLane;
    readonly load32Lane: LoadLane;
    readonly store8Lane: StoreLane;
    readonly store16Lane: StoreLane;
    readonly store32Lane: StoreLane;
    readonly store64Lane: StoreLane;
    readonly bitselect: (a: E<'v128'>, b: E<'v128'>, mask: E<'v128'>) => E<'v128'>;
    readonly anyTrue: (a: E<'v128'>) => E<'i32'>;
    /** Four 32-bit lanes. */
    readonly const: (lanes: readonly number[]) => E<'v128'>;
    readonly shuffle: (a: E<'v128'>, b: E<'v128'>, bytes: readonly number[]) => E<'v128'>;
  } = {
  ...family<Unary<typeof v128Unary>>('v128', v128Unary, unary128),
  ...family<Binary<typeof v128Binary>>('v128', v128Binary, binary128),
  load: load('v128.load', 'v128', simd(0x00)),
  store: store('v128.store', simd(0x0b)),
  load32Splat: load('v128.load32_splat', 'v128', simd(0x09)),
  load64Splat: load('v128.load64_splat', 'v128', simd(0x0a)),
  load32Zero: load('v128.load32_zero', 'v128', simd(0x5c)),
  load64Zero: load('v128.load64_zero', 'v128', simd(0x5d)),
  load8Lane: loadLane('v128.load8_lane', 0x54),
  load16Lane: loadLane('v128.load16_lane', 0x55),
  load32Lane: loadLane('v128.load32_lane', 0x56),
  store8Lane: storeLane('v128.store8_lane', 0x58),
  store16Lane: storeLane('v128.store16_lane', 0x59),
  store32Lane: storeLane('v128.store32_lane', 0x5a),
  store64Lane: storeLane('v128.store64_lane', 0x5b),
  bitselect: ternary128('v128.bitselect', 0x52),
  anyTrue: unary('v128.any_true', 'i32', simd(0x53)),
  const: lanes => ({
    type: 'v128',
    name: 'v128.const',
    code: [...simd(0x0c), ...lanes.flatMap(lane => [lane & 255, (lane >>> 8) & 255, (lane >>> 16) & 255, lane >>> 24])],
    text: `i32x4 ${lanes.map(lane => lane | 0).join(' ')}`,
    operands: [],
  }),
  shuffle: (a, b, bytes) => ({
    type: 'v128',
    name: 'i8x16.shuffle',
    code: [...simd(0x0d), ...bytes],
    text: bytes.join(' '),
    operands: [a, b],
  }),
};

/** The low 8 or 4 lanes, each as an unsigned integer of twice the width. */
export const extendLow8: Map128 = unary128('i16x8.extend_low_i8x16_u', 0x89);
export const extendLow16: Map128 = unary128('i32x4.extend_low_i16x8_u', 0xa9);
/** The low two 32-bit lanes, sign-extended: a 32-bit mask becomes a 64-bit one. */
export const extendLow32: Map128 = unary128('i64x2.extend_low_i32x4_s', 0xc7);

const i32x4Unary = { abs: 0xa0, neg: 0xa1 } as const;
// biome-ignore format: a line a family
const i32x4Binary = {
  eq: 0x37, ne: 0x38, ltS: 0x39, ltU: 0x3a, gtS: 0x3b, leS: 0x3d, geS: 0x3f, geU: 0x40, add: 0xae, sub: 0xb1, mul: 0xb5, minS: 0xb6, maxS: 0xb8,
} as const;
const i32x4Shift = { shl: 0xab, shrS: 0xac, shrU: 0xad } as const;

export const i32x4: Unary<typeof i32x4Unary> &
  Binary<typeof i32x4Binary> &
  Shift<typeof i32x4Shift> & {
    readonly splat: (a: E<'i32'>) => E<'v128'>;
    readonly extract: Extract<'i32'>;
    readonly replace: Replace<'i32'>;
    readonly truncSatF32: Map128;
    readonly truncSatF64: Map128;
    /** a where the mask is set, else b; each lane of the mask is all or nothing. */
    readonly relaxedLaneselect: (a: E<'v128'>, b: E<'v128'>, mask: E<'v128'>) => E<'v128'>;
  } = {
  ...family<Unary<typeof i32x4Unary>>('i32x4', i32x4Unary, unary128),
  ...family<Binary<typeof i32x4Binary>>('i32x4', i32x4Binary, binary128),
  ...family<Shift<typeof i32x4Shift>>('i32x4', i32x4Shift, (name, opcode) => binary(name, 'v128', simd(opcode))),
  splat: unary('i32x4.splat', 'v128', simd(0x11)),
  extract: extract('i32x4.extract_lane', 'i32', 0x1b),
  replace: replace('i32x4.replace_lane', 0x1c),
  truncSatF32: unary128('i32x4.trunc_sat_f32x4_s', 0xf8),
  truncSatF64: unary128('i32x4.trunc_sat_f64x2_s_zero', 0xfc),
  relaxedLaneselect: ternary128('i32x4.relaxed_laneselect', 0x10b),
};

const f32x4Unary = { ceil: 0x67, floor: 0x68, trunc: 0x69, nearest: 0x6a, abs: 0xe0, neg: 0xe1, sqrt: 0xe3 } as const;
// biome-ignore format: a line a family
const f32x4Binary = { eq: 0x41, ne: 0x42, lt: 0x43, gt: 0x44, le: 0x45, ge: 0x46, add: 0xe4, sub: 0xe5, mul: 0xe6, div: 0xe7, min: 0xe8, max: 0xe9, pmin: 0xea, pmax: 0xeb } as const;

export const f32x4: Unary<typeof f32x4Unary> &
  Binary<typeof f32x4Binary> & {
    readonly splat: (a: E<'f32'>) => E<'v128'>;
    readonly extract: Extract<'f32'>;
    readonly convertI32: Map128;
    readonly demoteF64: Map128;
    /** a b + c, rounded once or twice as the processor likes. */
    readonly relaxedMadd: (a: E<'v128'>, b: E<'v128'>, c: E<'v128'>) => E<'v128'>;
  } = {
  ...family<Unary<typeof f32x4Unary>>('f32x4', f32x4Unary, unary128),
  ...family<Binary<typeof f32x4Binary>>('f32x4', f32x4Binary, binary128),
  splat: unary('f32x4.splat', 'v128', simd(0x13)),
  extract: extract('f32x4.extract_lane', 'f32', 0x1f),
  convertI32: unary128('f32x4.convert_i32x4_s', 0xfa),
  demoteF64: unary128('f32x4.demote_f64x2_zero', 0x5e),
  relaxedMadd: ternary128('f32x4.relaxed_madd', 0x105),
};

const f64x2Unary = { ceil: 0x74, floor: 0x75, trunc: 0x7a, nearest: 0x94, abs: 0xec, neg: 0xed, sqrt: 0xef } as const;
// biome-ignore format: a line a family
const f64x2Binary = { eq: 0x47, ne: 0x48, lt: 0x49, gt: 0x4a, le: 0x4b, ge: 0x4c, add: 0xf0, sub: 0xf1, mul: 0xf2, div: 0xf3, min: 0xf4, max: 0xf5 } as const;

export const f64x2: Unary<typeof f64x2Unary> &
  Binary<typeof f64x2Binary> & {
    readonly splat: (a: E<'f64'>) => E<'v128'>;
    readonly extract: Extract<'f64'>;
    readonly convertLowI32: Map128;
    readonly promoteLowF32: Map128;
  } = {
  ...family<Unary<typeof f64x2Unary>>('f64x2', f64x2Unary, unary128),
  ...family<Binary<typeof f64x2Binary>>('f64x2', f64x2Binary, binary128),
  splat: unary('f64x2.splat', 'v128', simd(0x14)),
  extract: extract('f64x2.extract_lane', 'f64', 0x21),
  convertLowI32: unary128('f64x2.convert_low_i32x4_s', 0xfe),
  promoteLowF32: unary128('f64x2.promote_low_f32x4', 0x5f),
};

/** Scalar float64, for comparisons one by one. */
export const f64: {
  readonly load: Load<'f64'>;
  readonly loadF32: (address: E<'i32'>) => E<'f64'>;
  readonly convertI32: (a: E<'i32'>) => E<'f64'>;
  readonly eq: (a: E<'f64'>, b: E<'f64'>) => E<'i32'>;
  readonly lt: (a: E<'f64'>, b: E<'f64'>) => E<'i32'>;
} = {
  load: load('f64.load', 'f64', [0x2b]),
  loadF32: address => unary<'f32', 'f64'>('f64.promote_f32', 'f64', [0xbb])(load('f32.load', 'f32', [0x2a])(address)),
  convertI32: unary('f64.convert_i32_s', 'f64', [0xb7]),
  eq: binary('f64.eq', 'i32', [0x61]),
  lt: binary('f64.lt', 'i32', [0x63]),
};
