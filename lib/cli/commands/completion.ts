import type { Command } from 'commander';
import { printScript, SHELLS } from '../complete-script.ts';
import type { Io } from '../io.ts';
import { usage } from '../resources.ts';

export function define(command: Command, io: Io): void {
  command
    .usage(SHELLS.join('|'))
    .argument('<shell>', SHELLS.join(', '))
    .addHelpText(
      'after',
      `
Examples:
  source <(dswarm completion bash)                                        # this shell
  dswarm completion bash > /etc/bash_completion.d/dswarm                  # all shells
  dswarm completion zsh > "\${fpath[1]}/_dswarm"
  dswarm completion fish > ~/.config/fish/completions/dswarm.fish`,
    )
    .action(async (shell: string) => {
      if (!SHELLS.includes(shell))
        throw usage(`there is no completion for ${JSON.stringify(shell)}`, `The shells are ${SHELLS.join(', ')}.`);
      await printScript(shell, io);
    });
}
