import type { Measured } from './measure.ts';

const trainings: Readonly<Record<string, string>> = {
  W1: 'XOR in fit',
  W2: 'MLP',
  W3: 'large MLP',
  W4: 'CNN',
  W5: 'LSTM',
  W6: 'GPT',
};
const peers = [
  { label: 'Gradus', starts: 'gradus', color: '#1f6feb' },
  { label: 'PyTorch', starts: 'PyTorch', color: '#d9822b' },
  { label: 'JAX', starts: 'JAX', color: '#8a63d2' },
  { label: 'jax-js', starts: 'jax-js', color: '#57a773' },
  { label: 'TensorFlow.js', starts: 'tfjs', color: '#b0b7c3' },
] as const;

const speed = ({ value, unit }: Measured): number => (/us|µs/.test(unit) ? 1 / value : value);

/** Speeds of training beside the best of PyTorch and JAX in the same run, on a logarithmic axis, as a picture. */
export const chart = (results: readonly Measured[], ownOf: (result: Measured) => Measured | undefined): string => {
  const rows = Object.entries(trainings).flatMap(([workload, name]) => {
    const all = results.filter(result => result.workload === workload && result.value > 0 && !result.peer.includes('128-bit'));
    const best = peers.map(({ starts, label, color }) => {
      const of = all.filter(({ peer }) => peer.startsWith(starts));
      const own = of[0] === undefined ? undefined : ownOf(of[0]);
      const speeds = starts === 'gradus' && own !== undefined ? [speed(own)] : of.map(speed);
      return { label, color, speed: Math.max(0, ...speeds) };
    });
    const native = Math.max(...best.slice(1, 3).map(entry => entry.speed));
    return native > 0 ? [{ name, bars: best.map(entry => ({ ...entry, ratio: entry.speed / native })) }] : [];
  });
  const [left, width, bar, gap] = [110, 520, 13, 16];
  const [low, high] = [0.001, 100];
  const x = (ratio: number): number => (Math.log10(Math.max(ratio, low) / low) / Math.log10(high / low)) * width;
  const parts: string[] = [];
  let y = 46;
  for (const { name, bars } of rows) {
    const shown = bars.filter(({ ratio }) => ratio > 0);
    parts.push(`<text x="${left - 10}" y="${y + (shown.length * bar) / 2 + 4}" text-anchor="end" font-weight="600">${name}</text>`);
    for (const { color, ratio } of shown) {
      parts.push(`<rect x="${left}" y="${y}" width="${x(ratio).toFixed(1)}" height="${bar - 2}" fill="${color}"/>`);
      const label = ratio >= 10 ? ratio.toFixed(0) : ratio >= 1 ? ratio.toFixed(1) : ratio.toPrecision(2);
      parts.push(`<text x="${(left + x(ratio) + 5).toFixed(1)}" y="${y + bar - 4}" font-size="10">${label}</text>`);
      y += bar;
    }
    y += gap;
  }
  const grid = [0.001, 0.01, 0.1, 1, 10, 100].map(
    value =>
      `<line x1="${left + x(value)}" y1="40" x2="${left + x(value)}" y2="${y - 6}" stroke="${value === 1 ? '#333' : '#ddd'}"/><text x="${left + x(value)}" y="${y + 8}" text-anchor="middle" font-size="10">${value}</text>`,
  );
  const legend = peers.map(
    ({ label, color }, index) =>
      `<rect x="${left + index * 105}" y="12" width="11" height="11" fill="${color}"/><text x="${left + index * 105 + 16}" y="22">${label}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 50} ${y + 30}" font-family="system-ui, sans-serif" font-size="12" fill="#222">
<title>Training speed of Gradus, PyTorch, JAX, jax-js and TensorFlow.js, beside the best of PyTorch and JAX</title>
<rect width="100%" height="100%" fill="#fff"/>
${[...legend, ...grid, ...parts].join('\n')}
<text x="${left + width / 2}" y="${y + 24}" text-anchor="middle" font-size="10">training speed; 1 is the best of PyTorch and JAX on the same two cores (logarithmic)</text>
</svg>
`;
};
