import type { ContainerInfo, ContainerInspectInfo, NetworkInspectInfo, Port } from 'dockerode';
import type { EngineEvent } from '../../ports/docker.ts';
import type { BoundPort, EngineInfo, ObservedContainer, ObservedNetwork } from '../../types/observation.ts';

const STATES = new Set<string>(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']);
const ENDED = new Set<string>(['exited', 'dead', 'restarting']);

function stateOf(text: string): ObservedContainer['state'] {
  return STATES.has(text) ? (text as ObservedContainer['state']) : 'dead';
}

/**
 * Reads the text that `docker ps` shows, as moby's State.String words it: `Up 3 minutes (healthy)`, `Up 1 second (health: starting)`,
 * `Exited (137) 2 hours ago`, `Restarting (1) 5 seconds ago`. A list tells health and exit code nowhere else.
 */
export function parseStatus(status: string): { health?: NonNullable<ObservedContainer['health']>; exitCode?: number } {
  const health = /^Up .*\((healthy|unhealthy|health: starting)\)/.exec(status)?.[1];
  const code = /^(?:Exited|Restarting|Dead) \((-?\d+)\)/.exec(status)?.[1];
  return {
    ...(health === undefined ? {} : { health: health === 'health: starting' ? 'starting' : (health as 'healthy' | 'unhealthy') }),
    ...(code === undefined ? {} : { exitCode: Number(code) }),
  };
}

/** One entry of `GET /containers/json`. */
export function parseListed(entry: ContainerInfo): ObservedContainer {
  const networks = entry.NetworkSettings?.Networks;
  return {
    id: entry.Id,
    // A linked container has more names, with a slash in between; its own has none.
    name: (entry.Names.find((name) => !name.slice(1).includes('/')) ?? entry.Names[0] ?? '').replace(/^\//, ''),
    image: entry.Image,
    labels: { ...entry.Labels },
    state: stateOf(entry.State),
    ...parseStatus(entry.Status),
    createdAt: entry.Created * 1000,
    ...addresses(networks),
    ...boundPorts(
      ((entry.Ports as Partial<Port>[] | null) ?? []).map(({ PrivatePort, PublicPort, Type }) => ({
        target: PrivatePort,
        published: PublicPort,
        protocol: Type,
      })),
    ),
  };
}

/** `GET /containers/ID/json`. */
export function parseInspected(found: ContainerInspectInfo): ObservedContainer {
  const { State: state } = found;
  const status = stateOf(state.Status);
  const health = parseHealth(state);
  const startedAt = parseTime(state.StartedAt);
  const finishedAt = status === 'running' ? undefined : parseTime(state.FinishedAt);
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    image: found.Config.Image,
    labels: { ...found.Config.Labels },
    state: status,
    oomKilled: state.OOMKilled,
    restartCount: found.RestartCount,
    createdAt: parseTime(found.Created) ?? 0,
    ...(health === undefined ? {} : { health }),
    // A container that could not be started stays `created`, with the code of why (126, 127, 128).
    ...(ENDED.has(status) || state.ExitCode !== 0 ? { exitCode: state.ExitCode } : {}),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...addresses(found.NetworkSettings.Networks),
    ...boundPorts(inspectedPorts(found.NetworkSettings.Ports)),
  };
}

/** The engine keeps `unhealthy` of a container that has ended; a list does not tell it, so neither do we. */
function parseHealth(state: ContainerInspectInfo['State']): ObservedContainer['health'] {
  const status = state.Health?.Status;
  if (!state.Running || state.Restarting) return undefined;
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : undefined;
}

/** The engine writes `0001-01-01T00:00:00Z` for never. */
function parseTime(text: string): number | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) || time <= 0 ? undefined : time;
}

type RawNetworks = Readonly<Record<string, { IPAddress?: string }>>;

function addresses(raw: RawNetworks | undefined): Pick<ObservedContainer, 'address' | 'networks'> {
  const networks = Object.fromEntries(Object.entries(raw ?? {}).map(([name, { IPAddress = '' }]) => [name, IPAddress]));
  const [address = ''] = Object.values(networks);
  return { ...(address === '' ? {} : { address }), ...(raw === undefined ? {} : { networks }) };
}

interface RawPort {
  target: number | undefined;
  published: number | undefined;
  protocol: string | undefined;
}

/** `{"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "32768"}]}`; null where nothing is bound. */
function inspectedPorts(raw: Readonly<Record<string, readonly { HostPort: string }[] | null>> | null | undefined): RawPort[] {
  return Object.entries(raw ?? {}).flatMap(([key, bindings]) => {
    const [target, protocol] = key.split('/');
    return (bindings ?? []).map(({ HostPort }) => ({ target: Number(target), published: Number(HostPort), protocol }));
  });
}

/** The engine tells a port for each address that it is bound at, IPv4 and IPv6: one is enough. */
function boundPorts(raw: readonly RawPort[]): Pick<ObservedContainer, 'ports'> {
  const found = new Map<string, BoundPort>();
  for (const { target, published, protocol } of raw) {
    if (target === undefined || !published || (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp')) continue;
    found.set(`${target}/${published}/${protocol}`, { target, published, protocol });
  }
  if (found.size === 0) return {};
  const inOrder = (a: BoundPort, b: BoundPort): number => a.target - b.target || a.published - b.published;
  return { ports: [...found.values()].sort((a, b) => inOrder(a, b) || (a.protocol < b.protocol ? -1 : 1)) };
}

/** One entry of `GET /networks`, or `GET /networks/ID`. */
export function parseNetwork(raw: NetworkInspectInfo): ObservedNetwork {
  const pool = (raw.IPAM?.Config ?? []).find(({ Subnet = '' }) => Subnet.includes('.'));
  return {
    id: raw.Id,
    name: raw.Name,
    driver: raw.Driver,
    labels: { ...raw.Labels },
    options: { ...raw.Options },
    ...(pool?.Subnet === undefined ? {} : { subnet: pool.Subnet }),
    ...(pool?.IPRange === undefined ? {} : { range: pool.IPRange }),
    ...(pool?.Gateway === undefined ? {} : { gateway: pool.Gateway }),
    ...containerAddresses(raw.Containers),
  };
}

/** `{"ID": {"IPv4Address": "10.210.1.7/16"}}`. */
function containerAddresses(
  raw: Readonly<Record<string, { IPv4Address?: string }>> | null | undefined,
): Pick<ObservedNetwork, 'addresses'> {
  const addresses = Object.values(raw ?? {}).flatMap(({ IPv4Address = '' }) => IPv4Address.replace(/\/.*$/, '') || []);
  return addresses.length === 0 ? {} : { addresses: addresses.sort() };
}

/** `GET /info`. */
export interface RawInfo {
  ID?: string;
  Name?: string;
  ServerVersion?: string;
  OSType?: string;
  Architecture?: string;
  NCPU?: number;
  MemTotal?: number;
  Labels?: string[] | null;
  /** Built in; managed plugins are not among them. */
  Plugins?: { Log?: string[] | null };
}

/** An element of `GET /plugins`. */
export interface RawPlugin {
  Name?: string;
}

/** `GET /info` says `x86_64` where `GET /version` and images say `amd64`. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm', i686: '386' };

export function parseInfo(raw: RawInfo, logPlugins: readonly RawPlugin[], apiVersion: string): EngineInfo {
  const arch = raw.Architecture ?? '';
  return {
    id: raw.ID ?? '',
    hostname: raw.Name ?? '',
    version: raw.ServerVersion ?? '',
    apiVersion,
    os: raw.OSType ?? '',
    arch: ARCHITECTURES[arch] ?? arch,
    cpus: raw.NCPU ?? 0,
    memory: raw.MemTotal ?? 0,
    labels: Object.fromEntries((raw.Labels ?? []).map((label) => splitOnce(label, '='))),
    logDrivers: [...new Set([...(raw.Plugins?.Log ?? []), ...logPlugins.map(({ Name = '' }) => Name.replace(/:latest$/, ''))])].sort(),
  };
}

function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + by.length)];
}

interface RawEvent {
  Type?: string;
  Action?: string;
  Actor?: { ID?: string; Attributes?: Record<string, string> | null };
  time?: number;
  timeNano?: number;
}

/** Undefined if it is no event of an engine. */
export function parseEvent(raw: RawEvent): EngineEvent | undefined {
  if (typeof raw.Type !== 'string' || typeof raw.Action !== 'string' || typeof raw.Actor?.ID !== 'string') return undefined;
  const timeNano = raw.timeNano ?? (raw.time ?? 0) * 1e9;
  return { type: raw.Type, action: raw.Action, id: raw.Actor.ID, attributes: raw.Actor.Attributes ?? {}, timeNano };
}
