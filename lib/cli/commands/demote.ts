import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { defineNodeChange, DEMOTE } from '../node-change.ts';

export function define(command: Command, io: Io): void {
  defineNodeChange(command, io, {
    change: DEMOTE,
    help: '\nSets role: worker, which placement constraints (node.role==worker) see.\n\nExamples:\n  dswarm demote h2',
  });
}
