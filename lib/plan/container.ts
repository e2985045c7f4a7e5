import { parseDuration } from '../manifest/duration.ts';
import { parseCpus, parseSize } from '../manifest/quantity.ts';
import { isControllers } from '../restart/policy.ts';
import { defined } from '../types/defined.ts';
import type { ContainerConfig, HostConfig } from '../ports/docker.ts';
import type { Healthcheck, Port, ServiceSpec } from '../types/generated.ts';
import { identityLabels, type TaskIdentity } from './names.ts';

/** The engine's create body for a task of a service (Docker Engine API, ContainerCreate). */
export function renderContainer(spec: ServiceSpec, identity: TaskIdentity): ContainerConfig {
  return defined({
    Image: spec.image,
    Labels: { ...spec.labels, ...identityLabels(identity) },
    Hostname: spec.hostname,
    User: spec.user,
    Tty: spec.tty ? true : undefined,
    Env: spec.env === undefined ? undefined : Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    Entrypoint: spec.entrypoint,
    Cmd: spec.command,
    WorkingDir: spec.workingDir,
    StopSignal: spec.stopSignal,
    StopTimeout: graceSeconds(spec),
    ExposedPorts: exposedPorts(spec.ports),
    Healthcheck: renderHealthcheck(spec.healthcheck),
    HostConfig: renderHostConfig(spec),
  });
}

/** Whole seconds, rounded up: the engine counts no finer. */
export function graceSeconds(spec: ServiceSpec): number {
  return Math.ceil(parseDuration(spec.stopGracePeriod) / 1000);
}

function renderHostConfig(spec: ServiceSpec): HostConfig {
  return defined({
    RestartPolicy: engineRestart(spec),
    Init: spec.init,
    ReadonlyRootfs: spec.readOnly ? true : undefined,
    CapAdd: spec.capAdd,
    CapDrop: spec.capDrop,
    Ulimits: renderUlimits(spec),
    Sysctls: spec.sysctls,
    Devices: spec.devices?.map(renderDevice),
    Privileged: spec.privileged ? true : undefined,
    Dns: spec.dns,
    DnsSearch: spec.dnsSearch,
    LogConfig: spec.logging === undefined ? undefined : { Type: spec.logging.driver, Config: { ...spec.logging.options } },
    PortBindings: portBindings(spec.ports),
    Mounts: spec.volumes?.map((mount) =>
      defined({ Type: mount.type, Source: mount.source, Target: mount.target, ReadOnly: mount.readOnly ? true : undefined }),
    ),
    ...renderHosts(spec),
    ...renderLimits(spec),
  });
}

function renderHosts({ extraHosts }: ServiceSpec): Pick<HostConfig, 'ExtraHosts'> {
  return extraHosts === undefined ? {} : { ExtraHosts: Object.entries(extraHosts).map(([host, address]) => `${host}:${address}`) };
}

function renderLimits({ resources }: ServiceSpec): Pick<HostConfig, 'NanoCpus' | 'Memory' | 'MemoryReservation' | 'PidsLimit'> {
  const limits = resources?.limits;
  const reserved = resources?.reservations?.memory;
  return defined({
    NanoCpus: limits?.cpus === undefined ? undefined : Math.round(parseCpus(limits.cpus) * 1e9),
    Memory: limits?.memory === undefined ? undefined : parseSize(limits.memory),
    MemoryReservation: reserved === undefined ? undefined : parseSize(reserved),
    PidsLimit: limits?.pids,
  });
}

/**
 * The engine restarts what it can, so crashes and reboots heal with the controller down (invariant 13). `unless-stopped` and not `always`:
 * a task that the controller has stopped must not come back with the host. What the engine's policy cannot express, the controller does.
 */
function engineRestart(spec: ServiceSpec): HostConfig['RestartPolicy'] {
  if (isControllers(spec.restart)) return { Name: 'no' };
  switch (spec.restart.condition) {
    case 'any':
      return { Name: 'unless-stopped' };
    case 'on-failure':
      return { Name: 'on-failure' };
    case 'none':
      return { Name: 'no' };
  }
}

function renderHealthcheck(check: Healthcheck | undefined): ContainerConfig['Healthcheck'] {
  if (check === undefined) return undefined;
  if (check.disable) return { Test: ['NONE'] };
  return defined({
    Test: check.test ?? [],
    Interval: nanoseconds(check.interval),
    Timeout: nanoseconds(check.timeout),
    Retries: check.retries,
    StartPeriod: nanoseconds(check.startPeriod),
    StartInterval: nanoseconds(check.startInterval),
  });
}

function nanoseconds(duration: string): number {
  return parseDuration(duration) * 1e6;
}

function renderUlimits(spec: ServiceSpec): HostConfig['Ulimits'] {
  if (spec.ulimits === undefined) return undefined;
  return Object.entries(spec.ulimits).map(([name, limit]) =>
    typeof limit === 'number' ? { Name: name, Soft: limit, Hard: limit } : { Name: name, Soft: limit.soft, Hard: limit.hard },
  );
}

function renderDevice(device: string): { PathOnHost: string; PathInContainer: string; CgroupPermissions: string } {
  const [host, inside, permissions] = device.split(':') as [string, string | undefined, string | undefined];
  return { PathOnHost: host, PathInContainer: inside ?? host, CgroupPermissions: permissions ?? 'rwm' };
}

const portKey = (port: Port): string => `${port.target}/${port.protocol}`;

function exposedPorts(ports: readonly Port[] | undefined): ContainerConfig['ExposedPorts'] {
  const bound = hostPorts(ports);
  return bound.length === 0 ? undefined : Object.fromEntries(bound.map((port) => [portKey(port), {}]));
}

/** Those that are bound on the task's own node. Ports of mode ingress are the data plane's, and shape no container. */
function hostPorts(ports: readonly Port[] | undefined): Port[] {
  return (ports ?? []).filter((port) => port.mode === 'host');
}

/** Where no number is asked for the engine chooses one. */
function portBindings(ports: readonly Port[] | undefined): HostConfig['PortBindings'] {
  const bound = hostPorts(ports);
  if (bound.length === 0) return undefined;
  const bindings: Record<string, { HostPort: string }[]> = {};
  for (const port of bound) (bindings[portKey(port)] ??= []).push({ HostPort: port.published === undefined ? '' : String(port.published) });
  return bindings;
}
