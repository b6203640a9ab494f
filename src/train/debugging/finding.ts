import { GradusError } from '../../core/errors.ts';

/** What `fit({ debug })` found. */
export interface Finding {
  readonly kind: 'nonFinite' | 'deadUnits' | 'explodingGradient' | 'vanishingGradient';
  /** Both from 0. */
  readonly epoch: number;
  readonly step: number;
  /** The layer's name; undefined for the loss, inputs and targets. */
  readonly layer: string | undefined;
  /** Of which tensor: 'output', 'gradient', 'loss', 'x', 'y', 'sampleWeight', or a weight's name. */
  readonly tensor: string;
  /** In words, with what to do. */
  readonly text: string;
}

/** Ends a training that is debugged, at the first NaN or infinity. */
export class DebugError extends GradusError {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.text);
    this.finding = finding;
  }
}
