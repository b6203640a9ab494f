// The workloads' networks, written with tensors as the peers' scripts write them.
import { layers, type Model, scan, sequential, type Tensor, where, zeros } from 'gradus';

export type Weights = Record<string, Tensor>;

const of = (p: Weights, name: string): Tensor => {
  const found = p[name];
  if (found === undefined) throw new Error(`no weight ${name}`);
  return found;
};

const dense = (x: Tensor, p: Weights, w: string, b: string): Tensor => x.matmul(of(p, w)).add(of(p, b));

const layerNormalization = (x: Tensor, gamma: Tensor, beta: Tensor): Tensor => {
  const centred = x.sub(x.mean(-1, { keepDims: true }));
  return centred
    .mul(centred.square().mean(-1, { keepDims: true }).add(1e-5).rsqrt())
    .mul(gamma)
    .add(beta);
};

const lstm = (p: Weights, x: Tensor): Tensor => {
  const [batch, time] = x.shape as [number, number];
  const inputs = of(p, 'emb').gather(x, 0).matmul(of(p, 'wx')).add(of(p, 'b')).permute([1, 0, 2]);
  const zero = zeros([batch, 128]);
  const [, outputs] = scan(
    ([h, c]: readonly [Tensor, Tensor], at: Tensor) => {
      const [i, f, g, o] = at.add(h.matmul(of(p, 'wh'))).split(4, 1) as [Tensor, Tensor, Tensor, Tensor];
      const cell = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
      const hidden = o.sigmoid().mul(cell.tanh());
      return [[hidden, cell] as const, hidden] as const;
    },
    [zero, zero] as const,
    inputs,
  );
  return dense(outputs.permute([1, 0, 2]).reshape([batch * time, 128]), p, 'wo', 'bo');
};

const gelu = (x: Tensor): Tensor => x.gelu({ approximate: true });

const gpt = (p: Weights, x: Tensor, mask: Tensor): Tensor => {
  const [batch, time] = x.shape as [number, number];
  const [width, heads] = [128, 4];
  const rows = batch * time;
  let h = of(p, 'tok').gather(x, 0).add(of(p, 'pos')).reshape([rows, width]);
  for (let l = 0; l < 4; l++) {
    const name = (part: string): string => `l${l}_${part}`;
    const normalized = layerNormalization(h, of(p, name('ln1g')), of(p, name('ln1b')));
    const parts = dense(normalized, p, name('wqkv'), name('bqkv')).split(3, 1) as [Tensor, Tensor, Tensor];
    const [q, k, v] = parts.map(part => part.reshape([batch, time, heads, width / heads]).permute([0, 2, 1, 3])) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const scores = q.matmul(k.permute([0, 1, 3, 2])).mul(1 / Math.sqrt(width / heads)); // (batch, heads, time, time)
    const attended = where(mask, scores, -1e9).softmax().matmul(v).permute([0, 2, 1, 3]).reshape([rows, width]);
    h = h.add(dense(attended, p, name('wproj'), name('bproj')));
    const inner = gelu(dense(layerNormalization(h, of(p, name('ln2g')), of(p, name('ln2b'))), p, name('wfc'), name('bfc')));
    h = h.add(dense(inner, p, name('wout'), name('bout')));
  }
  return layerNormalization(h, of(p, 'lnfg'), of(p, 'lnfb')).matmul(of(p, 'head'));
};

/** Logits of each workload's network. */
export const networks: Readonly<Record<string, (p: Weights, x: Tensor, mask: Tensor) => Tensor>> = {
  W2: (p, x) => dense(dense(x, p, 'w1', 'b1').relu(), p, 'w2', 'b2'),
  W3: (p, x) => dense(dense(dense(x, p, 'w1', 'b1').relu(), p, 'w2', 'b2').relu(), p, 'w3', 'b3'),
  W5: lstm,
  W6: gpt,
};

/** W4 as layers: the flat weights come in the order of the parameters. */
export const convolutionalNetwork = (): Model =>
  sequential(
    [
      layers.conv2d(32, 3, { activation: 'relu' }),
      layers.conv2d(64, 3, { activation: 'relu' }),
      layers.maxPool2d(2),
      layers.flatten(),
      layers.dense(128, { activation: 'relu' }),
      layers.dense(10),
    ],
    { inputShape: [28, 28, 1], seed: 0 },
  );
