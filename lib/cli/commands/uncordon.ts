import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { defineNodeChange, UNCORDON } from '../node-change.ts';

export function define(command: Command, io: Io): void {
  defineNodeChange(command, io, {
    change: UNCORDON,
    help: '\nSets availability: active. Nothing moves back by itself.\n\nExamples:\n  dswarm uncordon h2',
  });
}
