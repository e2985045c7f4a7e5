import type { Io } from './io.ts';

export const SHELLS: readonly string[] = ['bash', 'zsh', 'fish'];

/** The scripts are those of @bomb.sh/tab; it prints to the console by itself. */
export async function printScript(shell: string, io: Io): Promise<void> {
  const { script } = await import('@bomb.sh/tab');
  if (shell === 'bash') io.stdout.write(BASH_WORDS);
  script(shell, 'dswarm', 'dswarm');
}

/** What the script uses of the bash-completion package, for shells that have not loaded it. */
const BASH_WORDS = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        words=("\${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=\${COMP_WORDS[COMP_CWORD]}
        prev=\${COMP_WORDS[COMP_CWORD-1]}
    }
fi
`;
