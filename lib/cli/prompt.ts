import { createInterface } from 'node:readline/promises';
import { DswarmError } from '../errors/error.ts';
import type { Io } from './io.ts';

export interface Question {
  text: string;
  /** --yes was given. */
  yes: boolean;
  /** What to do where nobody can be asked. */
  hint: string;
}

/** Asks y/N on the terminal; where there is none, only --yes counts. Refuses rather than guesses. */
export async function confirm(io: Io, question: Question): Promise<boolean> {
  if (question.yes) return true;
  if (io.stdin.isTTY !== true) {
    throw new DswarmError('DSW_CLI_CONFIRM', 'cannot ask for confirmation: standard input is no terminal', { hint: question.hint });
  }
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  // Ctrl-C and Ctrl-D leave a question without an answer: that is no yes.
  const closed = new Promise<undefined>((resolve) => {
    lines.once('close', () => {
      resolve(undefined);
    });
  });
  try {
    const answer = await Promise.race([lines.question(`${question.text} [y/N] `, { signal: io.signal }), closed]);
    if (answer === undefined) io.stderr.write('\n');
    return /^y(es)?$/i.test(answer?.trim() ?? '');
  } finally {
    lines.close();
  }
}
