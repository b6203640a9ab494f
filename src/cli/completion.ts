import { unknownName } from '../index.ts';
import type { Output } from './output.ts';
import { namedData } from './tasks/open.ts';
import { type Command, options, UsageError } from './usage.ts';

const shells = ['bash', 'zsh', 'fish'] as const;

const scripts = (commands: readonly string[]): Readonly<Record<(typeof shells)[number], string>> => {
  const data = [...namedData, 'mnist', 'fashion-mnist'].sort();
  const flags = Object.keys(options).map(name => `--${name}`);
  const words = (list: readonly string[]): string => list.join(' ');
  const bash = `_gradus() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "${words(commands)}" -- "$word"))
  elif [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "${words(flags)}" -- "$word"))
  elif [ "\${COMP_WORDS[1]}" = completion ]; then COMPREPLY=($(compgen -W "${words(shells)}" -- "$word"))
  else COMPREPLY=($(compgen -f -W "${words(data)}" -- "$word")); fi
}
complete -o filenames -F _gradus gradus`;
  return {
    bash,
    zsh: `autoload -U +X bashcompinit && bashcompinit\n${bash}`,
    fish: [
      `complete -c gradus -n __fish_use_subcommand -f -a "${words(commands)}"`,
      `complete -c gradus -n "__fish_seen_subcommand_from train evaluate" -a "${words(data)}"`,
      `complete -c gradus -n "__fish_seen_subcommand_from completion" -f -a "${words(shells)}"`,
      ...Object.entries(options).map(([name, { type }]) => `complete -c gradus -l ${name}${type === 'string' ? ' -r' : ''}`),
    ].join('\n'),
  };
};

/** A script that completes commands, options, files and names of data sets: `eval "$(gradus completion bash)"`. */
export const completion =
  (commands: readonly string[]) =>
  async ({ operands }: Command, output: Output): Promise<void> => {
    const [shell, ...more] = operands;
    if (shell === undefined || more.length > 0) throw new UsageError(`gradus completion takes a shell: ${shells.join(', ')}.`);
    if (!shells.includes(shell as 'bash')) throw new UsageError(unknownName('shell', shell, shells).message);
    output.say(scripts(commands)[shell as 'bash']);
  };
