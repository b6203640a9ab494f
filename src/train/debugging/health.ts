import type { Finding } from './finding.ts';

/** Steps in a row for which something must hold before it is told. */
const patience = 10;
/** A gradient is called exploding when it is so many times the usual one, and larger than 1. */
const explosion = 1000;
/** A gradient is called vanishing when it is so many times smaller than the largest one, for weights of one size. */
const vanishing = 1e-6;

/** How large the gradient of a layer's weights is at a step. */
export interface LayerSizes {
  readonly layer: string;
  /** The root of the mean square of the gradient. */
  readonly gradient: number;
}

/** What a relu gave at a step: for each unit, whether it was 0 for every row. */
export interface ReluSilence {
  readonly layer: string;
  readonly isSilent: ArrayLike<number>;
}

const short = (value: number): string => String(Number(value.toPrecision(3)));

/** Looks at the health of a training from step to step: units that are always 0, gradients that explode or vanish. Each is told once. */
export class Health {
  readonly #tell: (finding: Finding) => void;
  readonly #silent = new Map<string, { steps: Int32Array; told: number }>();
  readonly #norms: number[] = [];
  readonly #faint = new Map<string, number>();
  #hasExploded = false;
  #hasVanished = false;

  constructor(tell: (finding: Finding) => void) {
    this.#tell = tell;
  }

  /** The norm of all gradients at the first steps, to compare with. */
  get usualNorm(): number | undefined {
    const sorted = [...this.#norms].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }

  see(epoch: number, step: number, relus: readonly ReluSilence[], layers: readonly LayerSizes[]): void {
    for (const relu of relus) this.#seeRelu(epoch, step, relu);
    this.#seeNorm(epoch, step, layers);
    this.#seeFaint(epoch, step, layers);
  }

  #seeRelu(epoch: number, step: number, { layer, isSilent }: ReluSilence): void {
    const known = this.#silent.get(layer) ?? { steps: new Int32Array(isSilent.length), told: 0 };
    this.#silent.set(layer, known);
    let dead = 0;
    for (let unit = 0; unit < isSilent.length; unit++) {
      known.steps[unit] = isSilent[unit] === 0 ? 0 : (known.steps[unit] as number) + 1;
      if ((known.steps[unit] as number) >= patience) dead++;
    }
    if (dead <= known.told * 2) return;
    known.told = dead;
    this.#tell({
      ...{ kind: 'deadUnits', epoch, step, layer, tensor: 'output' },
      text: `${dead} of ${isSilent.length} units of layer '${layer}' have been 0 for every row for ${patience} steps: no gradient reaches them, and they learn no more. Make the learning rate smaller, begin with larger weights or biases ('heNormal'), or take leakyRelu, elu or gelu.`,
    });
  }

  #seeNorm(epoch: number, step: number, layers: readonly LayerSizes[]): void {
    const norm = Math.hypot(...layers.map(({ gradient }) => gradient));
    const usual = this.usualNorm;
    if (this.#norms.length < 20) this.#norms.push(norm);
    if (this.#hasExploded || usual === undefined || norm <= 1 || norm <= explosion * usual) return;
    this.#hasExploded = true;
    const largest = layers.reduce((a, b) => (b.gradient > a.gradient ? b : a));
    this.#tell({
      ...{ kind: 'explodingGradient', epoch, step, layer: largest.layer, tensor: 'gradient' },
      text: `gradients explode: in epoch ${epoch + 1}, step ${step + 1} they are ${short(norm / usual)} times as large as at the beginning, most of all in layer '${largest.layer}'. Clip them (clipNorm: 1), make the learning rate smaller, or normalise (layers.layerNormalization).`,
    });
  }

  /** `layers` from the last to the first: the one nearest to the input that is reached by too little is told, once. */
  #seeFaint(epoch: number, step: number, layers: readonly LayerSizes[]): void {
    if (this.#hasVanished) return;
    const largest = layers.reduce<LayerSizes | undefined>((a, b) => (a === undefined || b.gradient > a.gradient ? b : a), undefined);
    if (largest === undefined) return;
    for (const { layer, gradient } of layers.toReversed()) {
      const count = gradient < vanishing * largest.gradient ? (this.#faint.get(layer) ?? 0) + 1 : 0;
      this.#faint.set(layer, count);
      if (count < patience || this.#hasVanished) continue;
      this.#hasVanished = true;
      const ratio =
        gradient === 0 ? 'it is 0' : `it is ${short(largest.gradient / gradient)} times smaller than that of layer '${largest.layer}'`;
      this.#tell({
        ...{ kind: 'vanishingGradient', epoch, step, layer, tensor: 'gradient' },
        text: `the gradient of layer '${layer}' vanishes: for ${patience} steps ${ratio}. The layer hardly learns. Take relu or gelu in place of sigmoid and tanh, normalise between layers, or add paths around them (layers.add).`,
      });
    }
  }
}
