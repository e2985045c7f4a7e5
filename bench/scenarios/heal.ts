import type { LabHost } from '../../test/lab/fixture.ts';
import type { Contender } from '../contender.ts';
import { rest, type Engines } from '../engines.ts';

export type Blow = 'kill' | 'crash';

/**
 * Milliseconds from a `docker kill` or a process crash until a container of the service runs in its place.
 * Only containers that have run for over 10 s are hit: after less, the engine's restart policy doubles its delay.
 */
export async function measureHeal(engines: Engines, contender: Contender, options: { service: string; blow: Blow }): Promise<number> {
  const label = contender.label(options.service);
  const { host, id } = await oldest(engines, label);
  const since = performance.now();
  await (options.blow === 'kill' ? engines.client(host).getContainer(id).kill() : engines.crash(host, id));
  const [start] = await engines.starts(label, 1, since);
  await rest(500);
  return (start?.at ?? Number.NaN) - since;
}

async function oldest(engines: Engines, label: string): Promise<{ host: LabHost; id: string }> {
  const found = await Promise.all(
    engines.hosts.map(async (host) => {
      const containers = await engines.client(host).listContainers({ filters: { label: [label] } });
      const details = await Promise.all(containers.map(({ Id: id }) => engines.client(host).getContainer(id).inspect()));
      return details.map((each) => ({ host, id: each.Id, startedAt: Date.parse(each.State.StartedAt) }));
    }),
  );
  const victim = found.flat().sort((a, b) => a.startedAt - b.startedAt)[0];
  if (victim === undefined) throw new Error(`no container with ${label} runs`);
  await rest(Math.max(0, victim.startedAt + 10_500 - Date.now()));
  return victim;
}
