import { LABELS } from '../../lib/plan/names.ts';
import { specHash } from '../../lib/plan/spec-hash.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import type { FakeContainer } from '../fakes/container.ts';
import type { SimWorld } from './world.ts';

/** Whether the container fills its slot: it runs, and healthily; or it has ended in a way that its restart condition takes for done. */
function fills(container: FakeContainer, { spec }: StoredService): boolean {
  if (container.state === 'running') return container.health === undefined || container.health === 'healthy';
  return container.state === 'exited' && spec.restart.condition === 'on-failure' && container.exitCode === 0;
}

/** What differs between what is wanted and what is there, on the engines and in the store; empty: converged. */
export function differences(world: SimWorld): string[] {
  const services = world.store.snapshot().list('Service');
  const found: string[] = [];
  const rest = new Set(world.ours().map(({ container }) => container));
  for (const service of services) {
    const { name } = service.metadata;
    const held = [...rest].filter((container) => world.mayFill(container, service));
    const slots = new Set(held.map(({ config }) => config.Labels[LABELS.slot]));
    for (const container of held) rest.delete(container);
    if (slots.size !== world.slotCount(service)) found.push(`${name} has ${slots.size} slots of ${world.slotCount(service)}`);
    if (held.length !== slots.size) found.push(`${name} has ${held.length} containers in ${slots.size} slots`);
    for (const container of held)
      if (!fills(container, service)) found.push(`${container.name} is ${container.state} ${container.health ?? ''}`);
    found.push(...statusDifferences(world, service));
  }
  for (const container of rest) found.push(`${container.name} (${container.state}) is not wanted`);
  return found;
}

const LIVE: ReadonlySet<string | undefined> = new Set(['Running', 'Complete']);

function statusDifferences(world: SimWorld, { metadata, status, spec }: StoredService): string[] {
  const found: string[] = [];
  if (status?.observedGeneration !== metadata.generation) found.push(`the status of ${metadata.name} is of an older generation`);
  else if (status.state !== 'Ready') found.push(`${metadata.name} is ${status.state ?? ''}: ${status.message ?? ''}`);
  const live = world.store
    .snapshot()
    .list('Task')
    .filter(
      ({ spec: { service }, status: { state, retiredAt } = {} }) => service === metadata.name && retiredAt === undefined && LIVE.has(state),
    );
  const wanted = world.slotCount({ metadata, status, spec } as StoredService);
  const current = live.filter((task) => task.status?.state === 'Running' || task.spec.specHash === specHash(spec));
  if (current.length !== wanted) found.push(`${metadata.name} has ${current.length} live Task objects for ${wanted} slots`);
  return found;
}
