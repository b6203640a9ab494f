/** What `fit({ debug })` found. */
export interface Finding {
  readonly kind: 'nonFinite' | 'deadUnits' | 'explodingGradient' | 'vanishingGradient';
  /** Both from 0. */
  readonly epoch: number;
  readonly step: number;
  /** The layer's name; undefined for the loss, inputs and targets. */
  readonly layer: string | undefined;
  /** Of which tensor: 'output', 'gradient', 'loss', 'x', 'y', or the name of a weight. */
  readonly tensor: string;
  /** In words, with what to do. */
  readonly text: string;
}
