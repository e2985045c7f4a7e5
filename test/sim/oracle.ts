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
    const hash = specHash(service.spec);
    for (const slot of world.slotsOf(service)) {
      const held = [...rest].filter(
        ({ config: { Labels } }) => Labels[LABELS.service] === service.metadata.name && Labels[LABELS.slot] === slot,
      );
      for (const container of held) rest.delete(container);
      const [only] = held;
      if (held.length !== 1 || only === undefined) found.push(`${service.metadata.name}.${slot} has ${held.length} containers`);
      else if (only.config.Labels[LABELS.specHash] !== hash) found.push(`${only.name} has another spec`);
      else if (!fills(only, service)) found.push(`${only.name} is ${only.state} ${only.health ?? ''}`);
    }
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
  const wanted = world.slotsOf({ metadata, status, spec } as StoredService).length;
  const current = live.filter((task) => task.status?.state === 'Running' || task.spec.specHash === specHash(spec));
  if (current.length !== wanted) found.push(`${metadata.name} has ${current.length} live Task objects for ${wanted} slots`);
  return found;
}
