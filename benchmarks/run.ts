// npm run bench -- [W1 … W8 denormals] [--peers FOLDER] [--python PATH] [--write]
// FOLDER: a writable copy of the peers' scripts with their packages installed. One process a workload, one at a time.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { chart } from './chart.ts';
import { specifications } from './data.ts';
import type { Measured } from './measure.ts';

const args = process.argv.slice(2);
const option = (name: string): string | undefined => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const [peers, python] = [option('--peers'), option('--python')];
const named = args.filter(arg => /^(W\d|denormals)$/.test(arg));
const workloads = named.length > 0 ? named : [...Object.keys(specifications), 'W7', 'W8', 'denormals'];

/** Runs a command and collects its RESULT lines. */
const run = (command: string, parameters: readonly string[], cwd: string): Measured[] => {
  const { stdout, stderr, status } = spawnSync(command, parameters, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, BUDGET_MS: '5000', WARM_MS: '800' },
  });
  const found = stdout
    .split('\n')
    .filter(line => line.startsWith('RESULT '))
    .map(line => JSON.parse(line.slice(7)) as Measured);
  if (found.length === 0)
    process.stderr.write(`${command} ${parameters.join(' ')}: exit code ${status}\n${stderr.split('\n').slice(0, 6).join('\n')}\n`);
  return found;
};

const here = new URL('..', import.meta.url).pathname;
const own = (workload: string, ...flags: string[]): Measured[] =>
  run(process.execPath, ['benchmarks/workload.ts', workload, ...flags], here);
const has = (folder: string): boolean => peers !== undefined && existsSync(join(peers, folder, 'node_modules'));
const inPeers = (folder: string, ...parameters: string[]): Measured[] =>
  has(folder) ? run(process.execPath, parameters, join(peers as string, folder)) : [];
const inPython = (peer: string, ...parameters: string[]): Measured[] =>
  peers === undefined || python === undefined
    ? []
    : run(python, parameters, join(peers, 'py')).map(result => ({
        ...result,
        peer: `${peer}, ${parameters[2]} thread${parameters[2] === '1' ? '' : 's'}`,
      }));
process.env.KERAS_BACKEND ??= 'jax';

// What is measured is the package as it is installed: its first result in particular.
spawnSync(process.execPath, ['tools/build.ts'], { cwd: here, stdio: 'inherit' });
// One process ahead, so that the compiled code of the library is stored: see docs/architecture.md, "Start".
own('W2');
const results: Measured[] = [];
for (const workload of workloads) {
  process.stderr.write(`${workload} …\n`);
  if (workload === 'denormals' || workload === 'W1') results.push(...own(workload));
  else for (const flags of [['1'], ['2'], ['1', '--narrow'], ['2', '--narrow']]) results.push(...own(workload, '--threads', ...flags));
  if (workload === 'denormals') continue;
  results.push(...inPeers('jax', 'bench.mjs', workload, 'single', workload > 'W4' ? 'onehot' : 'gather'));
  if (workload !== 'W4') results.push(...inPeers('tfjs-wasm', 'bench.mjs', workload, 'simd', workload > 'W4' ? 'onehot' : 'gather'));
  if (workload === 'W1' || workload === 'W2') results.push(...inPeers('brain', 'bench.mjs', workload));
  if (workload >= 'W7') results.push(...inPeers('ort', 'bench.mjs', workload, '2'));
  for (const threads of ['1', '2'])
    results.push(...inPython('PyTorch', 'torch_bench.py', workload, threads, ...(workload < 'W7' ? ['fused'] : [])));
  results.push(...inPython('JAX', 'jax_bench.py', workload, '2'));
  if (workload < 'W7') results.push(...inPython('Keras on JAX', 'keras_bench.py', workload, '2'));
}

const shown = (value: number | null): string =>
  value === null || value === undefined ? 'failed' : value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
const unitOf = ({ unit }: Measured): string => unit.replace('us', 'µs');
const better = (unit: string): boolean => !/µs/.test(unit);
const metricOf = (result: Measured): string =>
  result.workload === 'W7'
    ? `product ${/\d+$/.exec(result.metric)?.[0]}`
    : result.workload === 'W8'
      ? `latency ${/mlp/i.test(result.metric) ? 'MLP' : 'CNN'}`
      : result.metric;
/** Gradus with the threads of the peers: two, and one for W1, whose program is too small to be shared. */
const ownOf = (result: Measured): Measured | undefined =>
  results.find(
    other =>
      other.peer === (result.workload === 'W1' ? 'gradus, 1 thread' : 'gradus, 2 threads') &&
      other.workload === result.workload &&
      (result.workload < 'W7' || metricOf(other) === metricOf(result)),
  );
const ratioOf = (result: Measured): string => {
  const found = ownOf(result);
  if (found === undefined || found === result || !result.value) return '';
  return (better(unitOf(result)) ? found.value / result.value : result.value / found.value).toFixed(2);
};
const lines = [
  '| workload | what | who | result | Gradus, 2 threads, is … times as fast | memory, MB | first result, ms |',
  '| --- | --- | --- | ---: | ---: | ---: | ---: |',
];
for (const result of results) {
  const metric = metricOf(result);
  const what = specifications[result.workload]?.name ?? metric;
  const ratio = ratioOf(result);
  const memory = result.memoryMB ?? (result as unknown as { rss_mb?: number }).rss_mb;
  const first = result.firstMs ?? (result as unknown as { firstStepMs?: number }).firstStepMs;
  lines.push(
    `| ${result.workload} | ${what} | ${result.peer} | ${shown(result.value)} ${unitOf(result)} | ${ratio} | ${memory === undefined ? '' : Math.round(memory)} | ${first === undefined ? '' : Math.round(first)} |`,
  );
}
const [cpu] = os.cpus();
const flags =
  /^flags.*$/m.exec(existsSync('/proc/cpuinfo') ? spawnSync('cat', ['/proc/cpuinfo'], { encoding: 'utf8' }).stdout : '')?.[0] ?? '';
const wide = ['avx2', 'fma', 'avx512f'].filter(flag => flags.includes(flag)).join(', ');
const text = `# Results

Made by \`npm run bench -- ${args.join(' ')}\` on ${new Date().toISOString().slice(0, 10)}: ${cpu?.model}, ${os.cpus().length} cores (${wide}), Node ${process.version}, V8 ${process.versions.v8}.
Medians of five windows of about a second; one process a workload, one at a time. "128-bit" is Gradus without paired vectors, as in every browser.

${lines.join('\n')}
`;
process.stdout.write(`${lines.join('\n')}\n`);
if (args.includes('--write')) {
  writeFileSync(new URL('RESULTS.md', import.meta.url), text);
  writeFileSync(new URL('results.svg', import.meta.url), chart(results, ownOf));
}
