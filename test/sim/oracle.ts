import { isJob } from '../../lib/jobs/modes.ts';
import { LABELS } from '../../lib/plan/names.ts';
import { groupBySlot } from '../../lib/plan/slots.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import type { FakeContainer } from '../fakes/container.ts';
import { eligibleNodes, isReady, isRolledBack, nodesWanted, rollbackProblems, slotCount, wantedHash } from './wanted.ts';
import type { SimWorld } from './world.ts';

interface Placed {
  node: string;
  container: FakeContainer;
  spec: { slot: string };
}

/** Whether the container fills its slot: it runs, and healthily; or it has ended in a way that its restart condition takes for done. */
function fills(container: FakeContainer, { spec }: StoredService): boolean {
  return isReady(container) || (container.state === 'exited' && spec.restart.condition === 'on-failure' && container.exitCode === 0);
}

/** What differs between what is wanted and what is there, on the engines and in the store; empty: converged. */
export function differences(world: SimWorld): string[] {
  const services = world.services();
  const names = new Set(services.map(({ metadata }) => metadata.name));
  const placed = world.ours().map((each): Placed => ({ ...each, spec: { slot: each.container.config.Labels[LABELS.slot] ?? '' } }));
  const serviceOf = ({ container }: Placed): string => container.config.Labels[LABELS.service] ?? '';
  return [
    ...services.filter(({ spec }) => isJob(spec)).flatMap((service) => world.monitor.jobs.differences(service)),
    ...services
      .filter(({ spec }) => !isJob(spec))
      .flatMap((service) => [
        ...containerDifferences(
          world,
          service,
          placed.filter((each) => serviceOf(each) === service.metadata.name),
        ),
        ...statusDifferences(world, service),
        ...rollbackProblems(world, service),
      ]),
    ...placed
      .filter((each) => !names.has(serviceOf(each)) && !world.wasLeft(each.container))
      .map(({ container }) => `${container.name} (${container.state}) of a deleted service is there`),
    ...leftRecords(world, names),
    ...(world.planes?.differences() ?? []),
  ];
}

function containerDifferences(world: SimWorld, service: StoredService, placed: readonly Placed[]): string[] {
  const { name } = service.metadata;
  const bySlot = groupBySlot(placed);
  const nodes = nodesWanted(world, service);
  const wanted = slotCount(world, service);
  const found = bySlot.size === wanted ? [] : [`${name} has ${bySlot.size} slots with containers, not ${wanted}`];
  for (const [slot, held] of bySlot) {
    if (held.length > 1) found.push(`${name}.${slot} has ${held.length} containers`);
    if (nodes !== undefined && !nodes.includes(slot)) found.push(`${name}.${slot} is not wanted`);
  }
  return [...found, ...placed.flatMap((each) => placeDifferences(world, service, each))];
}

function placeDifferences(world: SimWorld, service: StoredService, { container, node, spec }: Placed): string[] {
  const found: string[] = [];
  if (container.config.Labels[LABELS.specHash] !== wantedHash(service)) found.push(`${container.name} has another spec`);
  else if (!fills(container, service)) found.push(`${container.name} is ${container.state} ${container.health ?? ''}`);
  if (!eligibleNodes(world, service).some((each) => each.metadata.name === node))
    found.push(`${container.name} is on ${node}, where it may not stay`);
  if (service.spec.mode === 'global' && spec.slot !== node) found.push(`${container.name} is on ${node}`);
  return found;
}

const LIVE: ReadonlySet<string | undefined> = new Set(['Running', 'Complete']);

function statusDifferences(world: SimWorld, service: StoredService): string[] {
  const { metadata, status } = service;
  const found: string[] = [];
  if (status?.observedGeneration !== metadata.generation) found.push(`the status of ${metadata.name} is of an older generation`);
  else if (!saysItIsDone(service)) found.push(`${metadata.name} is ${status.state ?? ''}: ${status.message ?? ''}`);
  const tasks = world.store
    .snapshot()
    .list('Task')
    .filter((task) => task.spec.service === metadata.name && task.status?.retiredAt === undefined);
  const live = tasks.filter((task) => LIVE.has(task.status?.state)).length;
  const wanted = slotCount(world, service);
  if (live !== wanted || tasks.length !== wanted)
    found.push(`${metadata.name} has ${tasks.length} Task objects, ${live} of them live, for ${wanted} slots`);
  return found;
}

function saysItIsDone(service: StoredService): boolean {
  const { state, update } = service.status ?? {};
  return isRolledBack(service) ? state === 'Stalled' && update?.state === 'rollback_completed' : state === 'Ready';
}

function leftRecords(world: SimWorld, services: ReadonlySet<string>): string[] {
  const snapshot = world.store.snapshot();
  const records = [...snapshot.list('Task').filter((task) => task.status?.retiredAt === undefined), ...snapshot.list('Revision')];
  return records
    .filter(({ spec }) => !services.has(spec.service))
    .map(({ kind, metadata }) => `${kind} ${metadata.name} of a deleted service is left`);
}
