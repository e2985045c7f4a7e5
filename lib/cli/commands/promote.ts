import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { defineNodeChange, PROMOTE } from '../node-change.ts';

export function define(command: Command, io: Io): void {
  defineNodeChange(command, io, {
    change: PROMOTE,
    help: '\nSets role: manager, which placement constraints (node.role==manager) see.\n\nExamples:\n  dswarm promote h2',
  });
}
