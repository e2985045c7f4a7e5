import { hasCode, DswarmError } from '../errors/error.ts';
import type { Step } from '../plan/step.ts';
import type { Docker } from '../ports/docker.ts';
import { isOurs, readOwned } from './guard.ts';
import { readLastLog } from './last-log.ts';
import type { ImagePulls } from './image-pulls.ts';
import type { EngineNetworks } from './networks.ts';

export interface StepContext {
  cluster: string;
  docker: (node: string) => Docker;
  pulls: ImagePulls;
  networks: EngineNetworks;
  signal: AbortSignal;
  /** Container made or found by the chain's create step. */
  created: string | undefined;
  /** Runs a start within the host's limit of concurrent starts: a start costs the host CPU, and dozens at once far more each. */
  starting: (node: string, call: () => Promise<void>) => Promise<void>;
  /** Tells a container to stop; rejects where the end that it has come to before counts. */
  stopping: (step: Extract<Step, { op: 'stop' }>, call: () => Promise<boolean>) => Promise<void>;
  /** Nothing is left of a container. */
  removed: (id: string) => void;
  /** A call that changes an engine is about to be made. */
  mutating: (node: string, op: string) => void;
  /** Resolves once no new connection reaches the task NAMESPACE/NAME, or nothing more can be done for that. */
  withdraw: (task: string) => Promise<void>;
  /** The last lines of a container that is about to be removed. */
  lastLog: (task: string, text: string) => void;
}

/** Runs one step; every step may be repeated without harm. Gives the id of the container it touched. */
export async function runStep(step: Step, context: StepContext): Promise<string | undefined> {
  switch (step.op) {
    case 'pull':
      await context.pulls.ensure(step, context.signal);
      return undefined;
    case 'network':
      await context.networks.ensure(step.node, step.network);
      return undefined;
    case 'create':
      return create(step, context);
    case 'start':
      return start(step, context);
    case 'withdraw':
      await context.withdraw(`${step.namespace}/${step.task}`);
      return undefined;
    case 'stop':
      return stop(step, context);
    case 'remove':
      return remove(step, context);
    default: {
      const never: never = step;
      return never;
    }
  }
}

async function create(step: Extract<Step, { op: 'create' }>, context: StepContext): Promise<string> {
  const id = await createContainer(step, context);
  for (const [network, endpoint] of Object.entries(step.connect ?? {})) {
    context.mutating(step.node, 'connect');
    await context.docker(step.node).connectNetwork(network, id, endpoint);
  }
  return id;
}

async function createContainer(step: Extract<Step, { op: 'create' }>, context: StepContext): Promise<string> {
  const docker = context.docker(step.node);
  const { containerName } = step.task.spec;
  try {
    context.mutating(step.node, 'create');
    return (await docker.createContainer(containerName, step.config)).id;
  } catch (error) {
    if (!hasCode(error, 'DSW_DOCKER_CONFLICT')) throw error;
    // The name is taken: by this very task, when an earlier answer was lost (invariant 8), or by somebody else's container.
    const holder = await docker.inspectContainer(containerName);
    if (holder !== undefined && isOurs(holder, { node: step.node, cluster: context.cluster, task: step.task.name })) return holder.id;
    throw new DswarmError(
      'DSW_NAME_CONFLICT',
      `the container name ${containerName} is taken by a container that is not this task; it is left alone`,
      {
        where: step.node,
        cause: error,
      },
    );
  }
}

async function start(step: Extract<Step, { op: 'start' }>, context: StepContext): Promise<string> {
  const id = step.id ?? context.created;
  if (id === undefined) throw new Error(`bug: nothing to start for ${step.name}`);
  await context.starting(step.node, async () => {
    context.mutating(step.node, 'start');
    await context.docker(step.node).startContainer(id);
  });
  return id;
}

async function stop(step: Extract<Step, { op: 'stop' }>, context: StepContext): Promise<string> {
  const docker = context.docker(step.node);
  const container = await readOwned(docker, step.id, { node: step.node, cluster: context.cluster, task: step.task });
  if (container === undefined) return step.id;
  context.mutating(step.node, 'stop');
  await context.stopping(step, () => docker.stopContainer(step.id, step.graceSeconds));
  return step.id;
}

async function remove(step: Extract<Step, { op: 'remove' }>, context: StepContext): Promise<string> {
  const docker = context.docker(step.node);
  const container = await readOwned(docker, step.id, { node: step.node, cluster: context.cluster, task: step.task });
  if (container === undefined) return gone(step, context);
  if (step.keepLog === true) context.lastLog(step.task, await readLastLog(docker, step.id, context.signal));
  context.mutating(step.node, 'remove');
  await docker.removeContainer(step.id, { force: true });
  return gone(step, context);
}

function gone({ id }: Extract<Step, { op: 'remove' }>, context: StepContext): string {
  context.removed(id);
  return id;
}
