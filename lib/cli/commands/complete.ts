import type { Command } from 'commander';
import { answerCompletion } from '../complete.ts';
import { printLine, type Io } from '../io.ts';

export function define(command: Command, io: Io): void {
  command
    .argument('[words...]')
    .allowUnknownOption()
    .action(async (words: string[]) => {
      for (const line of await answerCompletion(words, io)) printLine(io, line);
    });
}
