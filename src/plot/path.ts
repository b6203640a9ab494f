import { place } from './svg.ts';

/** A place in a picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * At most four points for each column of pixels, which look like all of them: the first, the lowest, the highest and the last of those
 * that follow each other within one column.
 *
 * Source: Jugel et al. 2014, "M4: a visualization-oriented time series data aggregation".
 */
const thinned = (points: readonly Point[]): readonly Point[] => {
  const kept: Point[] = [];
  for (let start = 0; start < points.length; ) {
    const column = Math.round((points[start] as Point).x);
    let [end, low, high] = [start, start, start];
    while (end < points.length && Math.round((points[end] as Point).x) === column) {
      if ((points[end] as Point).y < (points[low] as Point).y) low = end;
      if ((points[end] as Point).y > (points[high] as Point).y) high = end;
      end++;
    }
    const chosen = [...new Set([start, low, high, end - 1])].sort((a, b) => a - b);
    for (const index of chosen) kept.push(points[index] as Point);
    start = end;
  }
  return kept;
};

/** A picture has a few hundred columns: longer lines are thinned. */
const mostPoints = 600;

/** The path through points, as `d` of a path has it. */
export const pathThrough = (points: readonly Point[]): string =>
  (points.length > mostPoints ? thinned(points) : points)
    .map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${place(x)} ${place(y)}`)
    .join('');

/** The runs of points between those that have no place. */
export const runsOf = (points: readonly (Point | undefined)[]): Point[][] => {
  const runs: Point[][] = [[]];
  for (const point of points)
    if (point !== undefined) (runs.at(-1) as Point[]).push(point);
    else if ((runs.at(-1) as Point[]).length > 0) runs.push([]);
  return runs.filter(run => run.length > 0);
};
