import type { Command, Option } from 'commander';
import { CATALOG } from './catalog.ts';
import { positionalCandidates, valueCandidates, type Candidate, type Candidates } from './candidates.ts';
import type { Io } from './io.ts';
import { buildProgram, loadCommand } from './program.ts';

/** Directives of cobra's completion protocol, which the scripts speak. */
const NO_SPACE = 2;
const NO_FILES = 4;

/** What could stand in place of the last word: `VALUE<tab>DESCRIPTION` lines, and a directive. */
export async function answerCompletion(words: readonly string[], io: Io): Promise<string[]> {
  const current = words.at(-1) ?? '';
  const { candidates, noSpace = false } = await candidatesFor(words.slice(0, -1), current, io);
  const fitting = candidates.filter(({ value }) => value.startsWith(current));
  return [...fitting.map(({ value, description = '' }) => `${value}\t${description}`), `:${NO_FILES + (noSpace ? NO_SPACE : 0)}`];
}

async function candidatesFor(before: readonly string[], current: string, io: Io): Promise<Candidates> {
  const program = buildProgram(io).command;
  const line = await readLine(program, before, io);
  if (line.pending !== undefined) return valueCandidates(line.pending, { ...line, current, io });
  if (current.startsWith('-')) {
    const [flag, value] = splitFlag(current);
    const option = line.command.options.find((each) => each.long === flag);
    if (value === undefined || option === undefined) return { candidates: flags(line.command) };
    const { candidates, noSpace = false } = await valueCandidates(option, { ...line, current: value, io });
    return { candidates: candidates.map((each) => ({ ...each, value: `${flag}=${each.value}` })), noSpace };
  }
  if (line.command === program) return { candidates: commands() };
  return positionalCandidates({ ...line, current, io });
}

export interface Line {
  command: Command;
  /** Words that are neither flags nor their values, without the command's own name. */
  operands: string[];
  /** The value of -n, for looking up names. */
  namespace: string | undefined;
  connection: { socket?: string; server?: string; token?: string };
  /** A flag that waits for its value. */
  pending?: Option;
}

/** Follows the words as far as they go: which command, which operands, which flag is open. */
async function readLine(program: Command, words: readonly string[], io: Io): Promise<Line> {
  const line: Line = { command: program, operands: [], namespace: undefined, connection: {} };
  let open: Option | undefined;
  for (const word of words) {
    if (open !== undefined) {
      note(line, open, word);
      open = undefined;
    } else if (word.startsWith('-')) {
      const [flag, value] = splitFlag(word);
      const option = line.command.options.find((each) => each.long === flag || each.short === flag);
      if (option !== undefined && value !== undefined) note(line, option, value);
      else if (option !== undefined && (option.required || option.optional)) open = option;
    } else {
      await enter(line, word, io);
    }
  }
  if (open !== undefined) line.pending = open;
  return line;
}

async function enter(line: Line, word: string, io: Io): Promise<void> {
  const next =
    line.operands.length > 0 ? undefined : line.command.commands.find((each) => each.name() === word || each.aliases().includes(word));
  if (next === undefined) {
    line.operands.push(word);
    return;
  }
  if (line.command.parent === null) await loadCommand(next, io);
  line.command = next;
}

function note(line: Line, option: Option, value: string): void {
  const name = option.attributeName();
  if (name === 'namespace') line.namespace = value;
  if (name === 'socket' || name === 'server' || name === 'token') line.connection[name] = value;
}

function splitFlag(word: string): [string, string | undefined] {
  const at = word.indexOf('=');
  return word.startsWith('--') && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word, undefined];
}

function flags(command: Command): Candidate[] {
  return command.options
    .filter((option) => !option.hidden)
    .map((option) => ({ value: option.long ?? option.flags, description: option.description }));
}

function commands(): Candidate[] {
  const shown = CATALOG.filter((entry) => entry.hidden !== true).map(({ name, summary }) => ({ value: name, description: summary }));
  return [...shown, { value: 'help', description: 'Show help for a command' }];
}
