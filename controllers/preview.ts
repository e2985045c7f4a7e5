import { scheduleOf } from '../lib/cron/plan.ts';
import { nextTime } from '../lib/cron/schedule.ts';
import { viewOf, workTarget } from '../lib/jobs/target.ts';
import type { ServicePlan } from '../lib/plan/service-plan.ts';
import { formatStep } from '../lib/plan/step.ts';
import { namespaceOf } from '../lib/plan/names.ts';
import { nodeNetworks, type PlanNetworks } from '../lib/plan/task-networks.ts';
import { unrecorded, viewTasks } from '../lib/plan/task-view.ts';
import { planWork } from '../lib/plan/work.ts';
import type { Store } from '../lib/ports/store.ts';
import type { Cluster } from '../lib/runtime/cluster.ts';
import type { LiveNodes } from '../lib/runtime/live-nodes.ts';
import type { TaskIndex } from '../lib/runtime/task-index.ts';
import { refKey, refOf, type StoredCronJob, type StoredManifest, type StoredNode, type StoredService } from '../lib/types/objects.ts';
import { isoTime } from '../lib/types/time.ts';
import { crowdedTasks } from './crowding.ts';
import { runsOf } from './cronjob.ts';
import { volumeKeepers } from './volume-keepers.ts';

export interface PreviewSubject {
  action: 'create' | 'configure' | 'unchanged' | 'delete';
  object: StoredManifest;
}

export interface PreviewLine {
  text: string;
  node?: string;
}

export interface PreviewOptions {
  store: Store;
  index: TaskIndex;
  cluster: Cluster;
  nodes: LiveNodes;
  clusterName: string;
  /** Milliseconds since the epoch. */
  now: number;
  /** Whether services are in networks. */
  dataPlane?: boolean;
}

/**
 * The steps that a change would cause, by the planner that will cause them. A rollout is shown whole, not only its first batch. Nothing
 * is stored and nothing is called.
 */
export function previewChanges(options: PreviewOptions, subjects: readonly PreviewSubject[]): PreviewLine[] {
  return subjects.flatMap((subject) => {
    if (subject.object.kind === 'Node') return previewNode(subject.action, subject.object);
    // What is made of a network is made for tasks, by their steps.
    if (subject.object.kind === 'Network') return [];
    if (subject.object.kind === 'CronJob') return previewCronJob(options, subject.action, subject.object);
    return describePlan(subject.object, planSubject(options, subject.action, subject.object));
  });
}

function previewNode(action: PreviewSubject['action'], node: StoredNode): PreviewLine[] {
  const { name } = node.metadata;
  if (action === 'create') return [{ node: name, text: 'connect' }];
  return action === 'delete' ? [{ node: name, text: 'disconnect, leaving its containers as they are' }] : [];
}

function previewCronJob(options: PreviewOptions, action: PreviewSubject['action'], cronJob: StoredCronJob): PreviewLine[] {
  if (action === 'delete')
    return runsOf(options.store.snapshot(), refOf(cronJob)).flatMap((run) => describePlan(run, planSubject(options, action, run)));
  const next = cronJob.spec.suspend ? undefined : nextTime(scheduleOf(cronJob), options.now);
  return action === 'unchanged' || next === undefined ? [] : [{ text: `run ${cronJob.metadata.name} at ${isoTime(next)}` }];
}

function planSubject(options: PreviewOptions, action: PreviewSubject['action'], subject: StoredService): ServicePlan {
  const key = refKey(refOf(subject));
  const seen = { records: options.index.ofService(key), containers: options.cluster.containersOf(key) };
  const target = workTarget(subject, {
    revision: (ref) => options.store.snapshot().get(ref),
    found: { labels: () => unrecorded(seen).map(({ container }) => container.labels), settling: false },
  });
  const spec = { ...target.service.spec, update: { ...target.service.spec.update, parallelism: 0 } };
  const { update: _update, ...status } = subject.status ?? {};
  const tasks = viewTasks({ ...seen, node: (name) => options.cluster.observation(name), ...viewOf(target) });
  return planWork({
    service: action === 'delete' ? undefined : { ...subject, spec, status },
    specHash: target.specHash,
    iteration: target.iteration?.number,
    cluster: options.clusterName,
    tasks,
    retired: options.index.historyOf(key),
    nodes: options.nodes.index(),
    crowded: crowdedTasks(key, tasks, { nodes: options.nodes.index(), index: options.index }),
    busy: new Map(),
    held: new Map(),
    settling: false,
    ...previewNetworks(options, subject),
    keeperOf: volumeKeepers(key, { index: options.index, snapshot: options.store.snapshot() }),
    salt: 'preview',
    rollout: { now: options.now, previous: undefined, failedSpecHash: target.failedSpecHash, failedSlots: new Set() },
  });
}

/** A network that is made only once the change is stored is not shown. */
function previewNetworks(options: PreviewOptions, subject: StoredService): { networks?: PlanNetworks } {
  if (options.dataPlane !== true) return {};
  const networks = options.store.snapshot().list('Network', { namespace: namespaceOf(subject) });
  const known = nodeNetworks(subject, networks, options.clusterName);
  const of: PlanNetworks['of'] = (node) => {
    const found = known(node);
    return 'waits' in found ? [] : found;
  };
  return { networks: { of, taken: () => new Set(), seen: () => new Set(), strays: options.index.straysOf(subject) } };
}

function describePlan(subject: StoredService, plan: ServicePlan): PreviewLine[] {
  const steps = plan.chains.flatMap((chain) => chain.steps.map((step) => ({ node: step.node, text: formatStep(step) })));
  const { name } = subject.metadata;
  return [...steps, ...plan.waiting.map((wait) => ({ text: `${name} slot ${wait.slot} waits: ${wait.reason}` }))];
}
