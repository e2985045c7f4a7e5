import type { DemoHosts } from './hosts.ts';
import { DemoError, poll, say } from './shell.ts';
import { listTasks, type TaskView } from './view.ts';

/** Kills a container behind the controller's back, and times by the engines how long its place stays empty. */
export async function showHealing(hosts: DemoHosts, service: string): Promise<void> {
  const victim = runningTask(service);
  const label = (key: string, value: string): string[] => ['--filter', `label=dswarm/${key}=${value}`];
  // The replacement mostly lands where the victim was; that engine is asked first.
  const nodes = new Set([victim.spec.node, ...listTasks().map((task) => task.spec.node)]);
  const runsAgain = (node: string): boolean =>
    hosts
      .docker(node, ['ps', '-q', '--no-trunc', ...label('service', service), ...label('slot', victim.spec.slot)])
      .split('\n')
      .some((id) => id !== '' && id !== victim.status?.containerId);
  say(`$ docker kill ${victim.spec.containerName}      # on ${victim.spec.node}, behind dswarm's back`);
  const started = performance.now();
  hosts.docker(victim.spec.node, ['kill', victim.spec.containerName]);
  await poll(() => ([...nodes].some(runsAgain) ? true : undefined), {
    every: 20,
    timeout: 60_000,
    what: `${victim.spec.containerName} is replaced`,
  });
  say(`  replaced by a running container after ${Math.round(performance.now() - started)} ms`);
}

export function runningTask(service: string): TaskView {
  const task = listTasks().find((each) => each.spec.service === service && each.status?.state === 'Running');
  if (task === undefined) throw new DemoError(`no task of ${service} runs`);
  return task;
}
