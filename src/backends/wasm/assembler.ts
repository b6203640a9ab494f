/** Types of WebAssembly values; `void` for statements. */
export type Type = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'void';

/** An instruction with its operands: leaves one value of its type (none for `void`). Names and opcodes are the specification's. */
export interface Expression<T extends Type = Type> {
  readonly type: T;
  readonly name: string;
  /** Opcode and immediates. */
  readonly code: readonly number[];
  readonly operands: readonly Expression[];
  /** Immediates, as text. */
  readonly text?: string;
  /** Statements of `block`, `loop` and `if`; they end with `end`. */
  readonly body?: readonly Statement[];
  readonly otherwise?: readonly Statement[];
}

export type Statement = Expression<'void'>;

export interface Local<T extends Type = Type> {
  readonly index: number;
  readonly type: T;
  /** Its value: made once, since it is used often. */
  readonly value: Expression<T>;
}

const none: readonly Expression[] = [];

const withIndex = (opcode: number, index: number): readonly number[] => (index < 128 ? [opcode, index] : [opcode, ...unsigned(index)]);

const localOf = <T extends Type>(index: number, type: T): Local<T> => ({
  index,
  type,
  value: { type, name: 'local.get', code: withIndex(0x20, index), text: String(index), operands: none },
});

export interface FunctionCode {
  readonly name: string;
  readonly parameters: readonly Type[];
  readonly result: Type;
  readonly locals: readonly Type[];
  readonly body: readonly Expression[];
}

export interface Import {
  readonly name: string;
  readonly parameters: readonly Type[];
  readonly result: Type;
}

export interface ModuleCode {
  /** Imported from module `e`, before the functions in the index space. */
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionCode[];
  /** Exported under their own names. */
  readonly exports: readonly string[];
  /** Names of functions that are called by their place in this list: they all have one signature. */
  readonly table?: readonly string[];
  /** The memory is shared between threads. */
  readonly shared?: boolean;
}

const oneByte: readonly (readonly number[])[] = Array.from({ length: 128 }, (_, value) => [value]);

/** Unsigned LEB128. */
export const unsigned = (value: number): readonly number[] => {
  if (value < 128) return oneByte[value] as readonly number[];
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
};

/** Signed LEB128 of a 32-bit integer. */
export const signed = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 0x80);
  }
};

const typeCodes: Readonly<Record<Type, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b, void: 0x40 };

/** Collects the parameters, locals and statements of one function. */
export class FunctionBuilder {
  readonly name: string;
  readonly parameters: Type[] = [];
  readonly result: Type;
  readonly locals: Type[] = [];
  private readonly blocks: Expression[][] = [[]];
  private readonly entry: Expression[] = [];
  private readonly constants = new Map<string, Expression<'v128'>>();

  constructor(name: string, result: Type = 'void') {
    this.name = name;
    this.result = result;
  }

  parameter<T extends Type>(type: T): Local<T> {
    this.parameters.push(type);
    return localOf(this.parameters.length - 1, type);
  }

  /** A new local; all parameters must have been declared. */
  local<T extends Type>(type: T): Local<T> {
    this.locals.push(type);
    return localOf(this.parameters.length + this.locals.length - 1, type);
  }

  add(...statements: Expression[]): void {
    (this.blocks[this.blocks.length - 1] as Expression[]).push(...statements);
  }

  /** Names a value, so that it is computed once. */
  let<T extends Type>(value: Expression<T>): Expression<T> {
    const local = this.local(value.type);
    this.add(set(local, value));
    return get(local);
  }

  /** A constant that is made once, when the function begins: inside of a loop V8 makes it again in every round, by six instructions. */
  constant(value: Expression<'v128'>): Expression<'v128'> {
    const key = value.code.join();
    let known = this.constants.get(key);
    if (known === undefined) {
      const local = this.local('v128');
      this.entry.push(set(local, value));
      known = get(local);
      this.constants.set(key, known);
    }
    return known;
  }

  /** The statements that `emit` adds, apart from the function's own. */
  capture(emit: () => void): Expression[] {
    this.blocks.push([]);
    emit();
    return this.blocks.pop() as Expression[];
  }

  /** Runs `emit`'s statements again as long as the condition that it returns holds. */
  repeatWhile(emit: () => Expression<'i32'>): void {
    const body = this.capture(() => {
      const again = emit();
      this.add({ type: 'void', name: 'br_if', code: [0x0d, 0], text: '0', operands: [again] });
    });
    this.add({ type: 'void', name: 'loop', code: [0x03, 0x40], operands: [], body: body as Statement[] });
  }

  when(condition: Expression<'i32'>, emit: () => void, otherwise?: () => void): void {
    const body = this.capture(emit) as Statement[];
    const rest = otherwise === undefined ? undefined : (this.capture(otherwise) as Statement[]);
    this.add({
      type: 'void',
      name: 'if',
      code: [0x04, 0x40],
      operands: [condition],
      body,
      ...(rest === undefined ? {} : { otherwise: rest }),
    });
  }

  build(): FunctionCode {
    const body = [...this.entry, ...(this.blocks[0] as Expression[])];
    return { name: this.name, parameters: this.parameters, result: this.result, locals: this.locals, body };
  }
}

export const get = <T extends Type>(local: Local<T>): Expression<T> => local.value;

export const set = <T extends Type>(local: Local<T>, value: Expression<T>): Statement => ({
  type: 'void',
  name: 'local.set',
  code: withIndex(0x21, local.index),
  text: String(local.index),
  operands: [value],
});

/** Calls by index: imports first, then functions in order. */
export const call = <T extends Type>(type: T, index: number, operands: readonly Expression[]): Expression<T> => ({
  type,
  name: 'call',
  code: [0x10, ...unsigned(index)],
  text: String(index),
  operands,
});

/** Calls a function by its place in the module's table. */
export const callIndirect = (place: Expression<'i32'>, operands: readonly Expression[]): Statement => ({
  type: 'void',
  name: 'call_indirect',
  // The signature of those in the table is type 0.
  code: [0x11, 0, 0],
  operands: [...operands, place],
});

/** A byte array that grows. */
class Bytes {
  private data = new Uint8Array(1024);
  length = 0;

  push(byte: number): void {
    if (this.length === this.data.length) this.grow(1);
    this.data[this.length++] = byte;
  }

  append(bytes: ArrayLike<number>): void {
    if (this.length + bytes.length > this.data.length) this.grow(bytes.length);
    for (let i = 0; i < bytes.length; i++) this.data[this.length + i] = bytes[i] as number;
    this.length += bytes.length;
  }

  private grow(by: number): void {
    const larger = new Uint8Array(Math.max(2 * this.data.length, this.length + by));
    larger.set(this.data);
    this.data = larger;
  }

  view(): Uint8Array {
    return this.data.subarray(0, this.length);
  }
}

/** By index: each expression of a program comes by here, mostly before V8 has optimised the code, when an iterator allocates. */
const encodeAll = (expressions: readonly Expression[], out: Bytes): void => {
  for (let i = 0; i < expressions.length; i++) {
    const { operands, code, body, otherwise } = expressions[i] as Expression;
    if (operands.length > 0) encodeAll(operands, out);
    out.append(code);
    if (body === undefined) continue;
    encodeAll(body, out);
    if (otherwise !== undefined) {
      out.push(0x05);
      encodeAll(otherwise, out);
    }
    out.push(0x0b);
  }
};

const encodedFunctions = new WeakMap<FunctionCode, Uint8Array>();

/** The bytes of a function's body, encoded once. */
export const encodeFunction = (code: FunctionCode): Uint8Array => {
  const known = encodedFunctions.get(code);
  if (known !== undefined) return known;
  const { locals, body } = code;
  const out = new Bytes();
  const runs: [Type, number][] = [];
  for (const type of locals) {
    const last = runs[runs.length - 1];
    if (last !== undefined && last[0] === type) last[1]++;
    else runs.push([type, 1]);
  }
  out.append(unsigned(runs.length));
  for (const [type, count] of runs) out.append([...unsigned(count), typeCodes[type]]);
  encodeAll(body, out);
  out.push(0x0b);
  encodedFunctions.set(code, out.view());
  return out.view();
};

/** A name in the module: ASCII only. */
const text = (name: string): number[] => [...unsigned(name.length), ...Array.from(name, letter => letter.charCodeAt(0))];

const functionType = (parameters: readonly Type[], result: Type): number[] => [
  0x60,
  ...unsigned(parameters.length),
  ...parameters.map(type => typeCodes[type]),
  ...(result === 'void' ? [0] : [1, typeCodes[result]]),
];

/** The bytes of a module. */
export const encodeModule = ({ imports, functions, exports, table = [], shared = false }: ModuleCode): Uint8Array<ArrayBuffer> => {
  const out = new Bytes();
  out.append([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const types: number[][] = [];
  const keys = new Map<string, number>();
  const typeOf = ({ parameters, result }: Import | FunctionCode): number => {
    const type = functionType(parameters, result);
    const key = type.join();
    const known = keys.get(key);
    if (known !== undefined) return known;
    keys.set(key, types.length);
    types.push(type);
    return types.length - 1;
  };
  const section = (id: number, parts: readonly ArrayLike<number>[]): void => {
    const body = new Bytes();
    body.append(unsigned(parts.length));
    for (const item of parts) body.append(item);
    out.push(id);
    out.append(unsigned(body.length));
    out.append(body.view());
  };
  const indexOf = (name: string): number => imports.length + functions.findIndex(item => item.name === name);
  const places = table.map(indexOf);
  if (places.length > 0) typeOf(functions[(places[0] as number) - imports.length] as FunctionCode);
  const importTypes = imports.map(typeOf);
  const functionTypes = functions.map(typeOf);
  section(1, types);
  const memory = [...text('e'), ...text('memory'), 2, ...(shared ? [3, 1, ...unsigned(65536)] : [0, 1])];
  section(2, [memory, ...imports.map((item, index) => [...text('e'), ...text(item.name), 0, ...unsigned(importTypes[index] as number)])]);
  section(3, functionTypes.map(unsigned));
  if (places.length > 0) section(4, [[0x70, 0, ...unsigned(places.length)]]);
  section(
    7,
    exports.map(name => [...text(name), 0, ...unsigned(indexOf(name))]),
  );
  if (places.length > 0) section(9, [[0, 0x41, 0, 0x0b, ...unsigned(places.length), ...places.flatMap(unsigned)]]);
  section(
    10,
    functions.map(item => {
      const code = encodeFunction(item);
      const size = unsigned(code.length);
      const sized = new Uint8Array(size.length + code.length);
      sized.set(size);
      sized.set(code, size.length);
      return sized;
    }),
  );
  // The name section, for profilers and stack traces.
  const names = [...imports, ...functions].map(({ name }, index) => [...unsigned(index), ...text(name)]);
  const list = [...unsigned(names.length), ...names.flat()];
  const custom = [...text('name'), 1, ...unsigned(list.length), ...list];
  out.push(0);
  out.append(unsigned(custom.length));
  out.append(custom);
  return out.view().slice();
};

/** A module as text, for humans. */
export const printModule = ({ imports, functions, table = [], shared = false }: ModuleCode): string => {
  const lines = [`(module (import "e" "memory" (memory 1${shared ? ' 65536 shared' : ''}))`];
  const signature = (parameters: readonly Type[], result: Type): string =>
    `${parameters.map(type => ` (param ${type})`).join('')}${result === 'void' ? '' : ` (result ${result})`}`;
  for (const { name, parameters, result } of imports)
    lines.push(`  (import "e" "${name}" (func $${name}${signature(parameters, result)}))`);
  if (table.length > 0) lines.push(`  (table funcref (elem${table.map(name => ` $${name}`).join('')}))`);
  const inline = ({ name, text: immediates, operands }: Expression): string =>
    `(${name}${immediates === undefined ? '' : ` ${immediates}`}${operands.map(operand => ` ${inline(operand)}`).join('')})`;
  const print = (statement: Expression, indent: string): void => {
    if (statement.body === undefined) lines.push(indent + inline(statement));
    else {
      lines.push(`${indent}(${statement.name}${statement.operands.map(operand => ` ${inline(operand)}`).join('')}`);
      const isIf = statement.name === 'if';
      if (isIf) lines.push(`${indent} (then`);
      for (const inner of statement.body) print(inner, `${indent}  `);
      if (isIf) lines.push(`${indent} )`);
      if (statement.otherwise !== undefined) {
        lines.push(`${indent} (else`);
        for (const inner of statement.otherwise) print(inner, `${indent}  `);
        lines.push(`${indent} )`);
      }
      lines.push(`${indent})`);
    }
  };
  for (const { name, parameters, result, locals, body } of functions) {
    lines.push(`  (func $${name}${signature(parameters, result)}${locals.map(type => ` (local ${type})`).join('')}`);
    for (const statement of body) print(statement, '    ');
    lines.push('  )');
  }
  return `${lines.join('\n')})`;
};
