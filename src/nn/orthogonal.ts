/**
 * A random matrix (rows, columns), row-major, whose rows or columns (the fewer of them) are orthonormal: the Q of a matrix of normal
 * numbers, by the modified Gram-Schmidt process run twice, in float64. The result is uniform over such matrices (Haar), because
 * Gram-Schmidt's R has a positive diagonal (Mezzadri 2007, arXiv:math-ph/0609050).
 */
export const orthogonalMatrix = (rows: number, columns: number, normal: () => number): Float32Array => {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors = Array.from({ length: count }, () => Float64Array.from({ length }, normal));
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < length; i++) sum += (a[i] as number) * (b[i] as number);
    return sum;
  };
  vectors.forEach((vector, index) => {
    for (let pass = 0; pass < 2; pass++)
      for (let earlier = 0; earlier < index; earlier++) {
        const other = vectors[earlier] as Float64Array;
        const along = dot(vector, other);
        for (let i = 0; i < length; i++) vector[i] = (vector[i] as number) - along * (other[i] as number);
      }
    const norm = Math.sqrt(dot(vector, vector));
    for (let i = 0; i < length; i++) vector[i] = (vector[i] as number) / norm;
  });
  const matrix = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const vector = vectors[rows >= columns ? column : row] as Float64Array;
      matrix[row * columns + column] = vector[rows >= columns ? row : column] as number;
    }
  return matrix;
};
