import { docker, type LabHost } from '../lab/fixture.ts';
import { notesWhile } from './engine-notes.ts';

const MANAGED = 'dswarm/managed=true';

/**
 * What the engines of some hosts list of our containers, running or not: a line each, in order, as the format of `docker ps` says.
 * `filters` are those of `docker ps`, on top.
 */
export async function listOurs(hosts: readonly LabHost[], format: string, ...filters: string[]): Promise<string[]> {
  const asked = [`label=${MANAGED}`, ...filters].flatMap((filter) => ['--filter', filter]);
  const lists = await Promise.all(hosts.map((host) => docker(host, 'ps', '-a', '--no-trunc', ...asked, '--format', format)));
  return lists.flatMap(linesOf).sort();
}

export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** How many of ours run there. */
export async function countRunning(hosts: readonly LabHost[]): Promise<number> {
  return (await listOurs(hosts, '{{.ID}}', 'status=running')).length;
}

const UP = {
  running: { filter: 'status=running', comes: 'start', events: ['start', 'die'] },
  healthy: { filter: 'health=healthy', comes: 'health_status: healthy', events: ['health_status', 'die'] },
} as const;

/** The fewest of our containers that were running, or healthy, at a time until the command has ended. */
export async function fewestWhile(hosts: readonly LabHost[], what: keyof typeof UP, command: () => Promise<unknown>): Promise<number> {
  const { filter, comes, events } = UP[what];
  const up = new Set<string>();
  const notes = await notesWhile({ hosts, label: MANAGED, events }, async () => {
    for (const id of await listOurs(hosts, '{{.ID}}', filter)) up.add(id);
    await command();
  });
  let fewest = up.size;
  for (const { id, action } of notes) {
    if (action === comes) up.add(id);
    else up.delete(id);
    fewest = Math.min(fewest, up.size);
  }
  return fewest;
}
