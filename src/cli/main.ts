#!/usr/bin/env node
import { unknownName } from '../index.ts';
import { compare } from './compare.ts';
import { completion } from './completion.ts';
import { evaluate } from './evaluate.ts';
import { exportWeights } from './export.ts';
import { doctor, summary } from './inspect.ts';
import { generate } from './language.ts';
import { standardOutput } from './output.ts';
import { predict } from './predict.ts';
import { train } from './train.ts';
import { type Command, parseCommand, UsageError, usage } from './usage.ts';

const names = ['train', 'evaluate', 'predict', 'generate', 'compare', 'summary', 'export', 'doctor', 'completion'];
const commands = { train, evaluate, predict, generate, compare, summary, export: exportWeights, doctor, completion: completion(names) };

/** Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. */
const main = async (args: readonly string[]): Promise<number> => {
  // Whoever reads the output may stop reading: `gradus predict … | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('interrupted')));
  let json = args.includes('--json');
  try {
    const command: Command = parseCommand(args);
    json = command.json;
    if (command.help || command.name === '') {
      process.stdout.write(`${usage}\n`);
      return command.help ? 0 : 2;
    }
    const run = Object.hasOwn(commands, command.name) ? commands[command.name as keyof typeof commands] : undefined;
    if (run === undefined) throw new UsageError(unknownName('command', command.name, Object.keys(commands)).message);
    await run(command, standardOutput(json), controller.signal);
    return 0;
  } catch (error) {
    if (controller.signal.aborted) {
      process.stderr.write('\nInterrupted.\n');
      return 130;
    }
    process.stderr.write(`gradus: ${(error as Error).message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
};

main(process.argv.slice(2)).then(code => {
  process.exitCode = code;
});
