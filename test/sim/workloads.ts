import type { CronJobSpec, ServiceSpec } from '../../lib/types/generated.ts';
import { ROLLOUT_PAUSED_ANNOTATION } from '../../lib/types/objects.ts';
import { cronJob } from '../controllers/cron-world.ts';
import { service } from '../controllers/harness.ts';
import { job } from '../controllers/job-world.ts';
import { BAD, IMAGES, WORK } from './images.ts';
import type { SimWorld } from './world.ts';

type Step = (world: SimWorld) => Promise<void>;

/** What users do, one step after another; what the last step wants is what there is to be in the end. */
export interface Workload {
  name: string;
  hosts?: number;
  steps: Step[];
}

const { update, rollback } = service('web').spec;
const continued = { ...update, failureAction: 'continue' as const };
const startFirst = { ...continued, order: 'start-first' as const };
const test = ['CMD', '/hello', 'check'];
const healthcheck = { test, interval: '1s', timeout: '1s', retries: 1, startPeriod: '0s', startInterval: '1s', disable: false };
const soon = { monitor: '2s', progressDeadline: '20s' };
const automatic = {
  healthcheck,
  update: { ...update, ...soon, failureAction: 'rollback' as const },
  rollback: { ...rollback, ...soon, failureAction: 'continue' as const },
};

const web = (replicas: number, more: Partial<ServiceSpec> = {}): Step => {
  const spec = { replicas, update: continued, ...more };
  return (world) => world.apply(service('web', spec));
};
/** What was asked for before is there, whatever call of it was disturbed: only then is there something to go back to. */
const rest: Step = (world) => world.clock.advance(15_000);
const remove: Step = (world) => world.delete('web');
const removeNode =
  (name: string): Step =>
  (world) =>
    world.removeNode(name);
const setNode =
  (name: string, availability: 'active' | 'drain', zone = 'a'): Step =>
  (world) =>
    world.apply(world.newNode(name, zone, { availability }));

/** Holds the rollout, or lets it go on. */
const hold =
  (isHeld: boolean): Step =>
  async (world) => {
    const existing = world.service('web');
    if (existing === undefined) throw new Error('there is no service to hold');
    const annotations: Record<string, string> = isHeld ? { [ROLLOUT_PAUSED_ANNOTATION]: 'true' } : {};
    await world.apply({ ...existing, metadata: { ...existing.metadata, annotations } });
  };

const work = (spec: Partial<ServiceSpec>): Step => {
  const restart = { condition: 'on-failure' as const, delay: '1s' };
  return (world) => world.apply(job({ image: WORK.ok, restart, ...spec }, 'batch'));
};
const removeWork: Step = (world) => world.delete('batch');
const tick = (more: Partial<CronJobSpec>): Step => {
  const serviceTemplate = { spec: job({ image: WORK.ok }).spec };
  return (world) => world.apply(cronJob({ schedule: '*/10 * * * * *', serviceTemplate, ...more }));
};

/** Services in networks, which the planes of all nodes lead to. */
export const SERVED: readonly Workload[] = [
  { name: 'a rollout behind planes', steps: [web(2), web(2, { image: IMAGES[1], healthcheck, update: startFirst })] },
  { name: 'a scale down behind planes', steps: [web(3), web(1)] },
  { name: 'a drain behind planes', steps: [web(2), setNode('h1', 'drain')] },
];

/** Work that is to be done once. */
export const JOBS: readonly Workload[] = [
  { name: 'a job', steps: [work({ replicas: 3, maxConcurrent: 2 }), rest] },
  { name: 'a job run again', steps: [work({ replicas: 2 }), rest, work({ replicas: 2, forceUpdate: 1 })] },
  { name: 'a job changed on its way', steps: [work({ replicas: 3, maxConcurrent: 1 }), work({ replicas: 2, maxConcurrent: 1 })] },
  {
    name: 'a job that fails',
    steps: [work({ replicas: 2, image: WORK.fail, restart: { condition: 'on-failure', delay: '1s', maxAttempts: 1 } })],
  },
  { name: 'a global job, one of its hosts drained', steps: [work({ mode: 'global-job' }), setNode('h1', 'drain')] },
  { name: 'a job deleted', steps: [work({ replicas: 3, maxConcurrent: 1 }), removeWork] },
  { name: 'runs at set times', steps: [tick({}), rest, tick({ suspend: true })] },
  { name: 'runs at set times, one after the other', steps: [tick({ concurrencyPolicy: 'Forbid' }), rest, tick({ suspend: true })] },
];

export const WORKLOADS: readonly Workload[] = [
  { name: 'create', steps: [web(2)] },
  { name: 'scale up and down', steps: [web(1), web(3), web(1)] },
  { name: 'rollout, stop first', steps: [web(2), web(2, { image: IMAGES[1] })] },
  { name: 'rollout, start first', steps: [web(2, { update: startFirst }), web(2, { image: IMAGES[1], update: startFirst })] },
  { name: 'rollout and back', steps: [web(2), web(2, { image: IMAGES[1] }), web(2)] },
  { name: 'rollback by itself', steps: [web(2, automatic), rest, web(2, { ...automatic, image: BAD.sick })] },
  { name: 'drain', steps: [web(3), setNode('h1', 'drain')] },
  { name: 'drain and back, in a rollout', steps: [web(2), web(2, { image: IMAGES[1] }), setNode('h1', 'drain'), setNode('h1', 'active')] },
  { name: 'delete', steps: [web(2), remove] },
];

/** Those in which one thing comes in the middle of another. */
export const MIXED: readonly Workload[] = [
  {
    name: 'rollback of a rollback',
    steps: [web(2, automatic), rest, web(2, { ...automatic, image: BAD.sick }), web(2, { ...automatic, image: IMAGES[1] })],
  },
  { name: 'rollout held and let go', steps: [web(2), web(2, { image: IMAGES[1] }), hold(true), web(2), hold(false)] },
  { name: 'delete in a rollout', steps: [web(3), web(3, { image: IMAGES[1] }), remove] },
  { name: 'delete and make again', steps: [web(2), web(2, { image: IMAGES[1] }), remove, web(2, { update: startFirst })] },
  { name: 'one of its hosts removed and added', steps: [web(3), removeNode('h1'), setNode('h1', 'active')] },
  { name: 'global, drained and back', steps: [web(1, { mode: 'global' }), setNode('h1', 'drain'), setNode('h1', 'active')] },
];
