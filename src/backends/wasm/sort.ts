import { storageBytes, storageOf } from '../../compiler/expression.ts';
import type { SortKernel } from '../../compiler/kernel.ts';
import type { Split } from '../../compiler/split.ts';
import { type Expression, FunctionBuilder, type FunctionCode, get, type Local, set } from './assembler.ts';
import { addConst, f64, i32 } from './instructions.ts';
import { chunkParameters } from './parallel.ts';

type I = Expression<'i32'>;

/**
 * The order of each line, by heap sort in place of the indices: ties go by index, so the order is total and the result stable.
 * NaN comes last either way. Parameters: addresses of the values and of the indices; or, where it is split, those of a chunk of lines.
 * Source: Williams 1964, "Algorithm 232: Heapsort".
 */
export const emitSort = (kernel: SortKernel, split: Split | undefined, name: string): FunctionCode => {
  const { outer, length, inner, descending, input } = kernel;
  const f = new FunctionBuilder(name);
  const { bases, from: firstLine, to: lastLine } = chunkParameters(f, 2, split, outer * inner);
  const [values, indices] = bases as [Local<'i32'>, Local<'i32'>];
  const storage = storageOf[input.dtype];
  const bytes = storageBytes[storage];
  const [line, from, into, root, child, end, other, going] = Array.from({ length: 8 }, () => f.local('i32')) as [
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
    Local<'i32'>,
  ];
  const slot = (index: I): I => i32.add(get(into), i32.mul(index, i32.const(4 * inner)));
  const valueAt = (index: I): Expression<'f64'> => {
    const address = i32.add(get(from), i32.mul(index, i32.const(bytes * inner)));
    if (storage === 'f64') return f64.load(address);
    if (storage === 'f32') return f64.loadF32(address);
    return f64.convertI32(storage === 'u8' ? i32.load8u(address) : i32.load(address));
  };
  /** Whether element p stands before element q. */
  const before = (p: I, q: I): I => {
    const [a, b] = [f.let(valueAt(p)), f.let(valueAt(q))];
    const [aIsNumber, bIsNumber] = [f64.eq(a, a), f64.eq(b, b)];
    const smaller = descending ? f64.lt(b, a) : f64.lt(a, b);
    const ordered = i32.or(smaller, i32.and(aIsNumber, i32.eqz(bIsNumber)));
    const tied = i32.or(f64.eq(a, b), i32.eqz(i32.or(aIsNumber, bIsNumber)));
    return i32.or(ordered, i32.and(tied, i32.ltS(p, q)));
  };
  const indexAt = (position: I): I => f.let(i32.load(slot(position)));
  /** Moves the element at `root` down to where both its children stand before it, among the first `end`. */
  const sift = (): void => {
    f.repeatWhile(() => {
      f.add(set(going, i32.const(0)));
      f.add(set(child, i32.add(i32.shl(get(root), i32.const(1)), i32.const(1))));
      f.when(i32.ltS(get(child), get(end)), () => {
        f.add(set(other, i32.add(get(child), i32.const(1))));
        f.when(i32.ltS(get(other), get(end)), () => {
          f.when(before(indexAt(get(child)), indexAt(get(other))), () => f.add(set(child, get(other))));
        });
        const [top, below] = [indexAt(get(root)), indexAt(get(child))];
        f.when(before(top, below), () => {
          f.add(i32.store(slot(get(root)), below), i32.store(slot(get(child)), top), set(root, get(child)), set(going, i32.const(1)));
        });
      });
      return get(going);
    });
  };
  if (outer * length * inner > 0) {
    f.add(set(line, firstLine));
    f.repeatWhile(() => {
      // Line (o, i) starts at o length inner + i.
      const start = f.let(
        i32.add(
          i32.mul(i32.sub(get(line), i32.remS(get(line), i32.const(inner))), i32.const(length)),
          i32.remS(get(line), i32.const(inner)),
        ),
      );
      f.add(set(from, i32.add(get(values), i32.mul(start, i32.const(bytes)))));
      f.add(set(into, i32.add(get(indices), i32.mul(start, i32.const(4)))));
      const position = f.local('i32');
      f.add(set(position, i32.const(0)));
      f.repeatWhile(() => {
        f.add(i32.store(slot(get(position)), get(position)), set(position, addConst(get(position), 1)));
        return i32.ltS(get(position), i32.const(length));
      });
      if (length > 1) {
        f.add(set(position, i32.const(length >> 1)), set(end, i32.const(length)));
        f.repeatWhile(() => {
          f.add(set(position, addConst(get(position), -1)), set(root, get(position)));
          sift();
          return get(position);
        });
        f.repeatWhile(() => {
          f.add(set(end, addConst(get(end), -1)));
          const [first, last] = [indexAt(i32.const(0)), indexAt(get(end))];
          f.add(i32.store(slot(i32.const(0)), last), i32.store(slot(get(end)), first), set(root, i32.const(0)));
          sift();
          return i32.gtS(get(end), i32.const(1));
        });
      }
      f.add(set(line, addConst(get(line), 1)));
      return i32.ltS(get(line), lastLine);
    });
  }
  return f.build();
};
