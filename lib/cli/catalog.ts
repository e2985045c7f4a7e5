import type { Command } from 'commander';
import type { Io } from './io.ts';

/** A command's own file: its options and its action. Loaded only when the command is called, which keeps the others quick. */
export interface CommandModule {
  define(command: Command, io: Io): void;
}

export interface Entry {
  name: string;
  aliases?: string[];
  group: string;
  summary: string;
  hidden?: boolean;
  /** Exit code of errors, if not 1. */
  failureCode?: number;
  load(): Promise<CommandModule>;
}

const BASIC = 'Basic commands:';
const LOOK = 'Looking into it:';
const CLUSTER = 'Nodes and sources:';
const RUN = 'Controller:';
const OTHER = 'Other commands:';

/** Every command, in the order of the help. */
export const CATALOG: readonly Entry[] = [
  { name: 'apply', group: BASIC, summary: 'Create or change objects from manifests', load: () => import('./commands/apply.ts') },
  { name: 'get', group: BASIC, summary: 'List objects', load: () => import('./commands/get.ts') },
  {
    name: 'describe',
    group: BASIC,
    summary: 'Show an object with its conditions, tasks and events',
    load: () => import('./commands/describe.ts'),
  },
  { name: 'scale', group: BASIC, summary: 'Set the number of replicas', load: () => import('./commands/scale.ts') },
  {
    name: 'rollout',
    group: BASIC,
    summary: 'Follow a rollout, hold it, repeat it, or go back',
    load: () => import('./commands/rollout.ts'),
  },
  { name: 'delete', group: BASIC, summary: 'Delete objects and their containers', load: () => import('./commands/delete.ts') },
  {
    name: 'diff',
    group: BASIC,
    summary: 'Show what apply would change, and the steps on which nodes',
    failureCode: 2,
    load: () => import('./commands/diff.ts'),
  },
  { name: 'validate', group: BASIC, summary: 'Check manifests; needs no controller', load: () => import('./commands/validate.ts') },
  { name: 'ps', group: LOOK, summary: 'List the tasks of services, and those before them', load: () => import('./commands/ps.ts') },
  { name: 'logs', group: LOOK, summary: 'Print the output of a service or a task', load: () => import('./commands/logs.ts') },
  { name: 'exec', group: LOOK, summary: 'Run a command in a container', load: () => import('./commands/exec.ts') },
  { name: 'events', group: LOOK, summary: 'List events', load: () => import('./commands/events.ts') },
  { name: 'wait', group: LOOK, summary: 'Wait for a condition', load: () => import('./commands/wait.ts') },
  { name: 'explain', group: LOOK, summary: 'Show the fields of a kind; needs no controller', load: () => import('./commands/explain.ts') },
  { name: 'node', aliases: ['nodes'], group: CLUSTER, summary: 'Add, list and remove nodes', load: () => import('./commands/node.ts') },
  { name: 'drain', group: CLUSTER, summary: 'Move the tasks of nodes to others', load: () => import('./commands/drain.ts') },
  { name: 'cordon', group: CLUSTER, summary: 'Give nodes no new tasks', load: () => import('./commands/cordon.ts') },
  { name: 'uncordon', group: CLUSTER, summary: 'Give nodes tasks again', load: () => import('./commands/uncordon.ts') },
  { name: 'promote', group: CLUSTER, summary: 'Make nodes managers', load: () => import('./commands/promote.ts') },
  { name: 'demote', group: CLUSTER, summary: 'Make nodes workers', load: () => import('./commands/demote.ts') },
  { name: 'net', group: CLUSTER, summary: 'Try out the data plane', load: () => import('./commands/net.ts') },
  {
    name: 'source',
    aliases: ['sources'],
    group: CLUSTER,
    summary: 'Confirm deletions that a source holds back',
    load: () => import('./commands/source.ts'),
  },
  { name: 'controller', group: RUN, summary: 'Run the controller', load: () => import('./commands/controller.ts') },
  {
    name: 'kubeconfig',
    group: RUN,
    summary: "Print a kubeconfig for the controller's TCP listener",
    load: () => import('./commands/kubeconfig.ts'),
  },
  {
    name: 'api-resources',
    group: OTHER,
    summary: 'List the kinds that the controller serves',
    load: () => import('./commands/api-resources.ts'),
  },
  {
    name: 'completion',
    group: OTHER,
    summary: 'Print a completion script for bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
  { name: 'version', group: OTHER, summary: 'Print the versions of client and controller', load: () => import('./commands/version.ts') },
  { name: 'complete', group: OTHER, summary: 'Answer a completion script', hidden: true, load: () => import('./commands/complete.ts') },
];

export function findEntry(name: string): Entry | undefined {
  return CATALOG.find((entry) => entry.name === name || entry.aliases?.includes(name) === true);
}
