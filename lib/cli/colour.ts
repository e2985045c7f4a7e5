import { styleText } from 'node:util';
import type { Io } from './io.ts';

export type Colour = 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'gray' | 'bold';
export type Paint = (colour: Colour, text: string) => string;

/** Colours only on a terminal, and not with NO_COLOR (no-color.org) or TERM=dumb. */
export function painter(io: Io): Paint {
  const colourless = io.stdout.isTTY !== true || (io.env.NO_COLOR ?? '') !== '' || io.env.TERM === 'dumb';
  return (colour, text) => (colourless || text === '' ? text : styleText(colour, text, { validateStream: false }));
}
