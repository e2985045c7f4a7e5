import type { LogFrame } from '../client/answers.ts';
import { painter, type Colour } from './colour.ts';
import { printLine, printNote, type Io } from './io.ts';

const COLOURS: readonly Colour[] = ['cyan', 'yellow', 'green', 'magenta', 'blue'];

/** Prints lines of several tasks, each behind its task and node in a colour of its own, in line with the others. */
export function createLogPrinter(io: Io, options: { prefix: boolean }): (frame: LogFrame) => void {
  const paint = painter(io);
  const colours = new Map<string, Colour>();
  let width = 0;
  return (frame) => {
    const name = `${frame.task}@${frame.node}`;
    if (frame.error !== undefined) {
      printNote(io, `${name}: ${frame.error}`);
      return;
    }
    if (!options.prefix) {
      printLine(io, frame.line);
      return;
    }
    const colour = colours.get(frame.task) ?? COLOURS[colours.size % COLOURS.length] ?? 'cyan';
    colours.set(frame.task, colour);
    width = Math.max(width, name.length);
    printLine(io, `${paint(colour, `${name.padEnd(width)} |`)} ${frame.line}`);
  };
}
