import { defined } from '../types/defined.ts';
import type { TaskSpec } from '../types/generated.ts';
import type { StoredService } from '../types/objects.ts';
import type { NodeFacts } from '../schedule/node-facts.ts';
import { renderContainer } from './container.ts';
import { runnableArchs } from './platform.ts';
import type { Chain, Step, TaskAssignment } from './step.ts';
import { preferLively, wasToGo, type TaskView } from './task-view.ts';
import { attachTo, type NodeNetwork } from './task-networks.ts';
import { expandSpec } from './templates.ts';

const DEFAULT_GRACE_SECONDS = 10;

export const isRunning = (task: TaskView): boolean =>
  task.container !== undefined && ['running', 'paused', 'restarting'].includes(task.container.state);

/** Its last words are worth keeping. */
const hasFailed = (task: TaskView): boolean => task.phase === 'failed' || task.phase === 'unhealthy';

export function graceOf({ spec }: TaskView): number {
  return spec.stopGraceSeconds ?? DEFAULT_GRACE_SECONDS;
}

/** What a job's task does before it is told to stop is its own doing. One that was to go before may have been told. */
const isSpared = ({ spec, record }: TaskView): boolean => spec.iteration !== undefined && !wasToGo(record);

function stopStep(task: TaskView, id: string): Step {
  const { node, containerName: name } = task.spec;
  return { op: 'stop', node, task: task.name, name, id, graceSeconds: graceOf(task), ...(isSpared(task) ? { spares: true } : {}) };
}

/** Clients of a task that is in no network of ours come by no table. */
function withdrawSteps(task: TaskView, id: string): Step[] {
  if ((task.spec.networks ?? []).length === 0) return [];
  return [{ op: 'withdraw', node: task.spec.node, task: task.name, namespace: task.namespace, name: task.spec.containerName, id }];
}

function stopSteps(tasks: readonly TaskView[]): Step[] {
  return tasks.flatMap((task) => {
    if (task.container === undefined || !isRunning(task)) return [];
    const { id } = task.container;
    return [...withdrawSteps(task, id), stopStep(task, id)];
  });
}

function removeSteps(tasks: readonly TaskView[]): Step[] {
  return tasks.flatMap((task): Step[] =>
    task.container === undefined
      ? []
      : [
          {
            op: 'remove',
            node: task.spec.node,
            task: task.name,
            name: task.spec.containerName,
            id: task.container.id,
            ...(hasFailed(task) ? { keepLog: true } : {}),
          },
        ],
  );
}

/** Stops and removes; undefined where none of them has a container to act on. */
export function removalChain(slot: string, tasks: readonly TaskView[], reason: string): Chain | undefined {
  const steps = tasks
    .filter((task) => !['unknown', 'orphaned', 'removing'].includes(task.phase))
    .flatMap((task) => [...stopSteps([task]), ...removeSteps([task])]);
  return steps.length === 0 ? undefined : { slot, reason, steps };
}

export interface FillInput {
  service: StoredService;
  cluster: string;
  target: TaskAssignment;
  /** Where it is to run; absent: not known any more. */
  node: NodeFacts | undefined;
  /** The target's networks as its node has them; none: the engine's own bridge. */
  networks?: readonly NodeNetwork[];
  /** What the target's node has of it already. */
  existing?: TaskView | undefined;
  /** Tasks that leave the slot: the reachable ones. */
  outgoing: readonly TaskView[];
  /** start-first whatever the service says: what runs goes only once the new one is ready. */
  startFirst?: boolean;
  /** Everything but the start: it waits for its time. */
  prepareOnly?: boolean;
  reason: string;
}

/** One serves until the new one is ready. Beside it there may be what an update that was superseded had started: both would be one too many. */
function liveliest(tasks: readonly TaskView[]): TaskView | undefined {
  return [...tasks].sort(preferLively)[0];
}

/**
 * Fills a slot. The new container is pulled and created before the old one stops (invariant 9), unless it needs the old one's name.
 * start-first leaves a running old one alone here: it goes once the new one is ready.
 */
export function fillChain(input: FillInput): Chain {
  const { target, existing, service } = input;
  const { node, containerName } = target.spec;
  const inTheWay = input.outgoing.filter(
    (task) => existing?.container === undefined && task.spec.node === node && task.spec.containerName === containerName,
  );
  const others = input.outgoing.filter((task) => !inTheWay.includes(task));
  const startFirst = input.startFirst === true || service.spec.update.order === 'start-first';
  const serving = startFirst ? liveliest(others.filter(isRunning)) : undefined;
  const leaving = others.filter((task) => task !== serving);
  // A start that was sent for one may still be on its way (invariant 8): it must find nothing there.
  const unstarted = leaving.filter((task) => task.container?.state === 'created');
  const start: Step = {
    op: 'start',
    node,
    task: target.name,
    name: containerName,
    ...(existing?.container === undefined ? {} : { id: existing.container.id }),
  };
  const steps = [
    ...(existing?.container === undefined ? createSteps(input, inTheWay) : []),
    ...stopSteps(leaving),
    ...removeSteps(unstarted),
    ...(input.prepareOnly === true ? [] : [start]),
    ...removeSteps(leaving.filter((task) => !unstarted.includes(task))),
  ];
  const { slot, specHash, hostPorts, addresses } = target.spec;
  return { slot, reason: input.reason, specHash, target: defined({ hostPorts, addresses }), steps };
}

function pullStep({ spec }: StoredService, { node, image }: Pick<TaskSpec, 'node' | 'image'>, facts: NodeFacts | undefined): Step {
  const archs = runnableArchs(facts);
  return { op: 'pull', node, image, policy: spec.pullPolicy, ...(archs === undefined ? {} : { archs }) };
}

/** Takes away what a new task cannot be made beside, once it can be (invariant 9): the pass after it fills the slot. */
export function clearingChain(
  input: Pick<FillInput, 'service' | 'outgoing' | 'reason'> & { slot: string; node: NodeFacts },
): Chain | undefined {
  const { service, slot, outgoing, node, reason } = input;
  const chain = removalChain(slot, outgoing, reason);
  return chain === undefined
    ? undefined
    : { ...chain, steps: [pullStep(service, { node: node.name, image: service.spec.image }, node), ...chain.steps] };
}

function createSteps({ target, service, cluster, node, networks = [] }: FillInput, inTheWay: readonly TaskView[]): Step[] {
  const spec = expandSpec({ service, task: target, node });
  const config = renderContainer(spec, { cluster, namespace: target.namespace, task: target.name, spec: target.spec });
  const attached = attachTo(config, networks, target.spec.addresses ?? {});
  return [
    pullStep(service, target.spec, node),
    ...stopSteps(inTheWay),
    ...removeSteps(inTheWay),
    ...networks.map(({ engine }): Step => ({ op: 'network', node: target.spec.node, network: engine })),
    { op: 'create', node: target.spec.node, task: target, ...attached },
  ];
}
