import { planService, type ServicePlanInput } from '../lib/plan/service.ts';
import { specHash } from '../lib/plan/spec-hash.ts';
import type { TaskView } from '../lib/plan/task-view.ts';
import { service } from '../test/controllers/harness.ts';
import { facts } from '../test/schedule/support.ts';

const NODES = 1_000;
const TASKS_PER_NODE = 50;
const REPLICAS = 100;
const ROUNDS = 200;

function task(slot: number, node: string, hash: string): TaskView {
  const name = `web.${slot}.aaaaaa`;
  const spec = { service: 'web', serviceUid: 'uid-web', slot: String(slot), node, containerName: name, specHash: hash, image: 'i' };
  const metadata = { name, uid: name, generation: 1, resourceVersion: '1', creationTimestamp: '' };
  const isDead = slot === 8;
  return {
    name,
    namespace: 'default',
    spec,
    phase: isDead ? 'failed' : 'running',
    record: { apiVersion: 'dswarm/v1', kind: 'Task', metadata, spec, status: { state: 'Running' } },
    container: { id: name, name, image: 'i', labels: {}, state: isDead ? 'exited' : 'running', createdAt: 1 },
  };
}

function inputWithOneDead(): ServicePlanInput {
  const subject = service('web', { replicas: REPLICAS });
  const hash = specHash(subject.spec);
  const nodes = Array.from({ length: NODES }, (_, at) => facts(`node-${at}`, { tasks: TASKS_PER_NODE }));
  return {
    service: subject,
    specHash: hash,
    cluster: 'default',
    tasks: nodes.slice(0, REPLICAS).map((node, at) => task(at + 1, node.name, hash)),
    nodes,
    busy: new Map(),
    held: new Map(),
    settling: false,
    salt: '1',
    rollout: { now: 0, previous: undefined, failedSpecHash: undefined, failedSlots: new Set() },
  };
}

/** CPU milliseconds to plan after one container of 50,000 on 1,000 nodes died: its service has 100 of them. */
export function measureDeath(): number {
  const input = inputWithOneDead();
  if (planService(input).chains.length !== 1) throw new Error('expected one chain: the dead task is replaced');
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) planService(input);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / ROUNDS;
}
