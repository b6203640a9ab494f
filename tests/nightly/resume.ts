/**
 * Kills a training at 50 random moments (SIGKILL: half of them from outside after a random time, half at a random step or file operation)
 * and compares weights, history and logs bit for bit with those of a training that was not killed.
 *
 *     node tests/nightly/resume.ts [kill points] [seed]
 */
import { HostRandom, hostKey } from '../../src/nn/hostRandom.ts';
import { type Kill, type Outcome, type RunMode, trainKilled } from '../support/resumeRuns.ts';

const [points = '50', seed = '1'] = process.argv.slice(2);
const random = new HostRandom(hostKey(Number(seed)));
const modes: readonly RunMode[] = [
  { numerics: 'reproducible', data: 'rows' },
  { numerics: 'reproducible', data: 'batches' },
  { numerics: 'fast', data: 'rows' },
  { numerics: 'fast', data: 'batches' },
];

const endOf = ({ result, logs }: Outcome): string => JSON.stringify({ result, logs });

const straight = new Map<RunMode, Outcome>();
const durations = new Map<RunMode, number>();
for (const mode of modes) {
  const start = performance.now();
  straight.set(mode, await trainKilled(mode, []));
  durations.set(mode, performance.now() - start);
}
let [killed, wrong] = [0, 0];
for (let round = 0; killed < Number(points); round++) {
  const mode = modes[round % modes.length] as RunMode;
  const whole = straight.get(mode) as Outcome;
  const kills = Array.from({ length: 1 + Math.floor(random.uniform() * 3) }, (_, index): Kill => {
    const part = random.uniform();
    // Most of a process is its beginning; later ones have less left to do.
    if ((round + index) % 2 === 0) return { afterMilliseconds: 200 + part * ((durations.get(mode) as number) - 300) };
    return { atEvent: 1 + Math.floor((part * whole.events) / (index + 1)) };
  });
  const outcome = await trainKilled(mode, kills);
  killed += outcome.killed;
  const isEqual = endOf(outcome) === endOf(whole);
  if (!isEqual) wrong++;
  console.log(
    `${isEqual ? 'equal' : 'DIFFERENT'}  ${mode.numerics}, ${mode.data}: killed ${outcome.killed} times of ${JSON.stringify(kills)}`,
  );
}
console.log(`${killed} kill points, ${wrong} trainings that ended otherwise`);
process.exitCode = wrong === 0 ? 0 : 1;
