import { docker, type LabHost } from '../lab/fixture.ts';

const MANAGED = 'label=dswarm/managed=true';

/**
 * What the engines of some hosts list of our containers, running or not: a line each, in order, as the format of `docker ps` says.
 * `filters` are those of `docker ps`, on top.
 */
export async function listOurs(hosts: readonly LabHost[], format: string, ...filters: string[]): Promise<string[]> {
  const asked = [MANAGED, ...filters].flatMap((filter) => ['--filter', filter]);
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
