import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { defineNodeChange, CORDON } from '../node-change.ts';

export function define(command: Command, io: Io): void {
  defineNodeChange(command, io, {
    change: CORDON,
    help: '\nSets availability: pause. The node keeps the tasks that it has.\n\nExamples:\n  dswarm cordon h2',
  });
}
