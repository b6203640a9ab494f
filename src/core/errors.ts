/** Base of every error that Gradus raises on purpose: what was asked, what came, what to do. */
export class GradusError extends Error {
  override readonly name: string = 'GradusError';
}

/** A shape that the operation cannot take. */
export class ShapeError extends GradusError {
  override readonly name: string = 'ShapeError';
}

/** An element type that the operation cannot take. */
export class DTypeError extends GradusError {
  override readonly name: string = 'DTypeError';
}

/** An index that lies outside of the axis it addresses. */
export class IndexError extends GradusError {
  override readonly name: string = 'IndexError';
}

/** A value that makes no sense: an unknown name, NaN in the data, an impossible option. */
export class ValueError extends GradusError {
  override readonly name: string = 'ValueError';
}

/** A file or a byte stream that is not what it claims to be. */
export class FormatError extends GradusError {
  override readonly name: string = 'FormatError';
}

/** A file or an address that cannot be read or written. */
export class FileError extends GradusError {
  override readonly name: string = 'FileError';
}

const errorClasses = { GradusError, ShapeError, DTypeError, IndexError, ValueError, FormatError, FileError };

/** An error of the class with this name, as another thread told of it; a GradusError for any other name. */
export const errorNamed = (name: string, message: string): GradusError =>
  new (errorClasses[name as keyof typeof errorClasses] ?? GradusError)(message);

/** `(2, 3)`, `(4,)`, `()`: a shape as NumPy prints it. */
export const formatShape = (shape: readonly number[]): string => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`);

/** The edit distance of two words (Levenshtein 1966). */
const editDistance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++)
      row.push(
        Math.min((previous[j] as number) + 1, (row[j - 1] as number) + 1, (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)),
      );
    previous = row;
  }
  return previous[b.length] as number;
};

/** The known name nearest to what was written, when it is near enough to be a slip of the pen. */
export const nearestName = (name: string, known: readonly string[]): string | undefined => {
  const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, '');
  let best: string | undefined;
  let distance = Infinity;
  for (const candidate of known) {
    const d = editDistance(plain(name), plain(candidate));
    if (d < distance) [best, distance] = [candidate, d];
  }
  return distance <= Math.max(2, name.length / 3) ? best : undefined;
};

/** The error for a name that is not in a table: names the nearest one, or lists all. */
export const unknownName = (what: string, name: string, known: readonly string[]): ValueError => {
  const nearest = nearestName(name, known);
  return new ValueError(
    `unknown ${what} '${name}'. ${nearest === undefined ? `Known: ${known.join(', ')}.` : `Did you mean '${nearest}'?`}`,
  );
};
