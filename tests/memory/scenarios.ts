// A program of its own, so that its memory is its own: `node tests/memory/scenarios.ts NAME` prints what it used, as JSON.

/** Every WebAssembly memory of this process, to see how far they grow. */
const memories: WebAssembly.Memory[] = [];
const PlainMemory = WebAssembly.Memory;
WebAssembly.Memory = class extends PlainMemory {
  constructor(descriptor: WebAssembly.MemoryDescriptor) {
    super(descriptor);
    memories.push(this);
  }
} as typeof WebAssembly.Memory;

const { grad, jit, layers, losses, ones, ready, sequential, tensor, valueAndGrad, zeros } = await import('../../src/index.ts');
type Tensor = import('../../src/index.ts').Tensor;

const megabyte = 2 ** 18; // float32 numbers
const wasmBytes = (): number => memories.reduce((total, memory) => total + memory.buffer.byteLength, 0);

interface Outcome {
  /** A number that shows that the work was done. */
  readonly value: number;
  /** Bytes of WebAssembly memory early in the loop. */
  readonly early?: number;
}

const scenarios: { readonly [name: string]: () => Promise<Outcome> } = {
  /** Nothing is read or awaited: no finaliser runs before the end. */
  async eagerLoop() {
    let w = zeros([megabyte]);
    const g = ones([megabyte]);
    for (let step = 0; step < 20_000; step++) w = w.sub(g.mul(0.1));
    return { value: await w.at(0).item() };
  },
  async createReadDrop() {
    const values = new Float32Array(megabyte).fill(1);
    let value = 0;
    for (let i = 0; i < 3000; i++) value += (await tensor(values).add(i).data())[0] as number;
    return { value };
  },
  async createDrop() {
    const values = new Float32Array(megabyte).fill(1);
    let last = tensor(values);
    for (let i = 0; i < 3000; i++) last = tensor(values);
    return { value: await last.at(0).item() };
  },
  async computeDrop() {
    const values = new Float32Array(megabyte).fill(1);
    const kept = tensor(values);
    let value = 0;
    for (let i = 0; i < 1000; i++)
      value = await kept
        .mul(1 / (i + 1))
        .exp()
        .min()
        .item();
    return { value };
  },
  async donatedSteps() {
    const step = jit((w: Tensor, x: Tensor) => w.mul(0.5).add(x), { donate: [0] });
    let w = zeros([megabyte]);
    const x = ones([megabyte]);
    let early = 0;
    for (let i = 0; i < 2000; i++) {
      w = step(w, x);
      if (i === 50) early = wasmBytes();
    }
    return { value: await w.at(0).item(), early };
  },
  async undonatedSteps() {
    const step = jit((w: Tensor, x: Tensor) => w.mul(0.5).add(x));
    let w = zeros([megabyte]);
    const x = ones([megabyte]);
    for (let i = 0; i < 2000; i++) {
      w = step(w, x);
      if (i % 10 === 0) await ready(w);
    }
    return { value: await w.at(0).item() };
  },
  async modelSteps() {
    const net = sequential([layers.conv2d(8, 3, { activation: 'relu' }), layers.flatten(), layers.dense(10)], {
      inputShape: [16, 16, 3],
      seed: 1,
    });
    const loss = losses.meanSquaredError();
    const x = ones([16, 16, 16, 3]);
    const y = zeros([16, 10]);
    const lossOf = valueAndGrad((weights: typeof net.weights) => loss(y, net.apply(weights, x)) as Tensor);
    let { weights } = net;
    let [early, value] = [0, 0];
    for (let i = 0; i < Number(process.argv[3] ?? 200); i++) {
      const [current, gradients] = lossOf(weights);
      const update = (w: unknown, g: unknown): unknown =>
        w instanceof Object && 'sub' in w
          ? (w as Tensor).sub((g as Tensor).mul(0.01))
          : Array.isArray(w)
            ? w.map((part, index) => update(part, (g as unknown[])[index]))
            : Object.fromEntries(
                Object.entries(w as object).map(([key, part]) => [key, update(part, (g as Record<string, unknown>)[key])]),
              );
      weights = update(weights, gradients) as typeof weights;
      await ready(weights);
      value = await current.item();
      if (i === 40) early = wasmBytes();
    }
    return { value, early };
  },
  async gradientLoop() {
    let w = ones([1000]);
    const derivative = grad((v: Tensor) => v.square().mul(0.5).sum());
    for (let i = 0; i < 3000; i++) w = w.sub(derivative(w).mul(0.001));
    return { value: await w.at(0).item() };
  },
};

const name = process.argv[2] as string;
const outcome = await (scenarios[name] as () => Promise<Outcome>)();
console.log(JSON.stringify({ ...outcome, residentPeak: process.resourceUsage().maxRSS * 1024, wasm: wasmBytes() }));
