import { isJob } from '../../lib/jobs/modes.ts';
import { LABELS } from '../../lib/plan/names.ts';
import { specHash } from '../../lib/plan/spec-hash.ts';
import type { StoredNode, StoredService } from '../../lib/types/objects.ts';
import type { FakeContainer } from '../fakes/container.ts';
import { isBad } from './images.ts';
import type { SimWorld } from './world.ts';

export const isReady = ({ state, health }: FakeContainer): boolean => state === 'running' && (health === undefined || health === 'healthy');

/** Whether the service says that it was rolled back, from the very spec that it has, and stays so. */
export function isRolledBack({ spec, status }: StoredService): boolean {
  const { update } = status ?? {};
  return update?.state?.startsWith('rollback') === true && update.failedSpecHash === specHash(spec);
}

/** Hash of what its containers are to be made from: of its spec, or after an automatic rollback of the one before. */
export function wantedHash(service: StoredService): string {
  if (isJob(service.spec)) return service.status?.specHash ?? '';
  return isRolledBack(service) ? (service.status?.update?.specHash ?? '') : specHash(service.spec);
}

/** What is wrong with a rollback: only asked for, only after a failure that may be one, only to a spec that was there before. */
export function rollbackProblems(world: SimWorld, service: StoredService): string[] {
  if (!isRolledBack(service)) return [];
  const { name } = service.metadata;
  const earlier = world.specsOf(service).map((spec) => specHash(spec));
  const found: string[] = [];
  if (!world.specsOf(service).some((spec) => specHash(spec) === specHash(service.spec) && spec.update.failureAction === 'rollback'))
    found.push(`${name} was rolled back though its failureAction never said so`);
  if (!earlier.includes(wantedHash(service))) found.push(`${name} was rolled back to a spec that it never had`);
  if (world.profile.calm && !isBad(service.spec)) found.push(`${name} was rolled back though nothing was wrong with its spec`);
  return found;
}

/** Whether what it is to run can become ready. */
export function canBeReady(world: SimWorld, service: StoredService): boolean {
  const hash = wantedHash(service);
  const spec = world.specsOf(service).find((each) => specHash(each) === hash) ?? service.spec;
  return !isBad(spec);
}

/** Nodes where its tasks may be. */
export function eligibleNodes(world: SimWorld, { spec }: StoredService): StoredNode[] {
  return world.members().filter((node) => node.spec.availability !== 'drain' && meets(node, spec.placement?.constraints ?? []));
}

/** Slots that a global service has; undefined for one whose slots are numbers. */
export function nodesWanted(world: SimWorld, service: StoredService): string[] | undefined {
  return service.spec.mode.startsWith('global') ? eligibleNodes(world, service).map((node) => node.metadata.name) : undefined;
}

export function slotCount(world: SimWorld, service: StoredService): number {
  return nodesWanted(world, service)?.length ?? service.spec.replicas;
}

/** Whether the container is one that its service wants, as far as the container itself can tell. */
export function isWanted(world: SimWorld, container: FakeContainer): boolean {
  const labels = container.config.Labels;
  const service = world.service(labels[LABELS.service] ?? '');
  if (service === undefined || labels[LABELS.specHash] !== wantedHash(service)) return false;
  return nodesWanted(world, service)?.includes(labels[LABELS.slot] ?? '') ?? true;
}

/** The simulated users write `node.labels.zone==a` only; the product's own reading of it is not asked. */
function meets({ metadata }: StoredNode, constraints: readonly string[]): boolean {
  return constraints.every((text) => {
    const [, operator, value] = /^node\.labels\.zone(==|!=)(\w+)$/.exec(text) ?? [];
    return ((metadata.labels?.['zone'] ?? '') === value) === (operator === '==');
  });
}
