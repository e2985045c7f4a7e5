import type { ContainerConfig } from '../../lib/ports/docker.ts';
import type { BoundPort, ObservedContainer } from '../../lib/types/observation.ts';
import type { FakeEndpoint } from './networks.ts';

/** One container of the fake engine. */
export interface FakeContainer {
  id: string;
  name: string;
  config: ContainerConfig;
  state: ObservedContainer['state'];
  health?: NonNullable<ObservedContainer['health']> | undefined;
  exitCode: number;
  oomKilled: boolean;
  restartCount: number;
  createdAt: number;
  startedAt?: number | undefined;
  finishedAt?: number | undefined;
  networks: Record<string, FakeEndpoint>;
  /** Bound while it runs. */
  ports?: BoundPort[];
  /** Stopped or killed by hand: the engine's restart policy leaves it alone. */
  stoppedByHand: boolean;
  /** Next delay of the engine's restart policy: 100 ms, doubled up to a minute. */
  restartDelay: number;
  /** Cancels what is due to happen to it: a restart, a health result. */
  cancel: (() => void)[];
}

const ENDED = new Set(['exited', 'dead', 'restarting']);

/** As an inspection tells it. */
export function inspected(container: FakeContainer): ObservedContainer {
  return {
    ...listed(container),
    oomKilled: container.oomKilled,
    restartCount: container.restartCount,
    ...(container.startedAt === undefined ? {} : { startedAt: container.startedAt }),
    ...(container.finishedAt === undefined ? {} : { finishedAt: container.finishedAt }),
  };
}

/** As a list tells it: without times of start and end, OOM flag and restart count. */
export function listed(container: FakeContainer): ObservedContainer {
  return {
    id: container.id,
    name: container.name,
    image: container.config.Image,
    labels: { ...container.config.Labels },
    state: container.state,
    createdAt: container.createdAt,
    ...(container.health === undefined ? {} : { health: container.health }),
    ...(ENDED.has(container.state) ? { exitCode: container.exitCode } : {}),
    ...addresses(container),
    ...((container.ports ?? []).length === 0 ? {} : { ports: [...(container.ports ?? [])] }),
  };
}

function addresses({ networks }: FakeContainer): Pick<ObservedContainer, 'address' | 'networks'> {
  const all = Object.fromEntries(Object.entries(networks).map(([name, { address }]) => [name, address]));
  const [address = ''] = Object.values(all);
  return { ...(address === '' ? {} : { address }), networks: all };
}

/** Whether the engine's policy starts a container again that has ended by itself (moby restartmanager). */
export function restarts(container: FakeContainer): boolean {
  const { Name: policy, MaximumRetryCount: limit = 0 } = container.config.HostConfig.RestartPolicy;
  if (container.stoppedByHand) return false;
  if (policy === 'always' || policy === 'unless-stopped') return true;
  return policy === 'on-failure' && container.exitCode !== 0 && (limit === 0 || container.restartCount < limit);
}

const STABLE_AFTER = 10_000;

/** How long the engine waits before it starts it again, having run for so many ms; the next time twice as long. */
export function takeDelay(container: FakeContainer, ranFor: number): number {
  if (ranFor > STABLE_AFTER) container.restartDelay = 100;
  const delay = container.restartDelay;
  container.restartDelay = Math.min(delay * 2, 60_000);
  return delay;
}

/** Whether it comes up with the engine: `always` even when it was stopped by hand, the others only if it was not. */
export function startsWithEngine(container: FakeContainer, wasRunning: boolean): boolean {
  const policy = container.config.HostConfig.RestartPolicy.Name;
  if (container.state === 'removing') return false;
  if (policy === 'always') return container.startedAt !== undefined;
  return wasRunning && restarts(container);
}

/** Why the container cannot start: somebody else has a host port that it wants, another running container or a process. */
export function takenPort(container: FakeContainer, all: Iterable<FakeContainer>, held: ReadonlySet<string>): string | undefined {
  const others = boundBeside(container, all);
  const taken = hostPorts(container)
    .filter(({ published }) => published !== 0)
    .map(portName)
    .find((port) => held.has(port) || others.has(port));
  return taken === undefined ? undefined : `Bind for 0.0.0.0:${taken} failed: port is already allocated`;
}

/** Where no number is asked for it gets one of the kernel's own range. */
export function bindPorts(container: FakeContainer, all: Iterable<FakeContainer>): void {
  const others = boundBeside(container, all);
  container.ports = hostPorts(container).map((port) => {
    let { published } = port;
    if (published === 0) for (published = 32_768; others.has(portName({ ...port, published }));) published += 1;
    others.add(portName({ ...port, published }));
    return { ...port, published };
  });
}

function boundBeside(container: FakeContainer, all: Iterable<FakeContainer>): Set<string> {
  return new Set([...all].flatMap((other) => (other === container ? [] : (other.ports ?? []).map(portName))));
}

const portName = ({ published, protocol }: BoundPort): string => `${published}/${protocol}`;

/** Host ports that it asks for; 0: any. */
function hostPorts({ config }: FakeContainer): BoundPort[] {
  return Object.entries(config.HostConfig.PortBindings ?? {}).flatMap(([key, list]) => {
    const [target, protocol] = key.split('/') as [string, BoundPort['protocol']];
    return list.map(({ HostPort }) => ({ target: Number(target), published: Number(HostPort), protocol }));
  });
}

/** What events tell of it. */
export function attributes(container: FakeContainer): Record<string, string> {
  return { ...container.config.Labels, name: container.name, image: container.config.Image };
}

export function matches(container: FakeContainer, filter: { labels?: string[]; ids?: string[] }): boolean {
  if (filter.ids !== undefined && !filter.ids.includes(container.id)) return false;
  return hasLabels(container.config.Labels, filter.labels ?? []);
}

/** Each wanted one is `key` or `key=value`. */
export function hasLabels(labels: Readonly<Record<string, string>>, wanted: readonly string[]): boolean {
  return wanted.every((label) => {
    const [key = '', ...value] = label.split('=');
    const own = labels[key];
    return own !== undefined && (value.length === 0 || own === value.join('='));
  });
}

/** Whether it has a healthcheck. */
export function isChecked({ config }: FakeContainer): boolean {
  const test = config.Healthcheck?.Test ?? [];
  return test.length > 0 && test[0] !== 'NONE';
}

/** It runs from now on; what was due to happen to it is off. */
export function begin(container: FakeContainer, now: number): void {
  for (const cancel of container.cancel.splice(0)) cancel();
  container.state = 'running';
  container.exitCode = 0;
  container.oomKilled = false;
  container.startedAt = now;
  container.finishedAt = undefined;
}

/** It runs no more. */
export function settle(container: FakeContainer, code: number): void {
  for (const cancel of container.cancel.splice(0)) cancel();
  container.state = 'exited';
  container.exitCode = code;
  container.health = undefined;
  container.ports = [];
  for (const end of Object.values(container.networks)) end.address = '';
}

export function whyNotRemoved({ id, state }: FakeContainer, force: boolean): string | undefined {
  if (state === 'removing') return `removal of container ${id} is already in progress`;
  if (force || (state !== 'running' && state !== 'restarting')) return undefined;
  return `You cannot remove a running container ${id}. Stop the container before attempting removal or force remove`;
}
