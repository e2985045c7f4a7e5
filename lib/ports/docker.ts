import type { Duplex, Readable } from 'node:stream';
import type { EngineInfo, ObservedContainer, ObservedNetwork } from '../types/observation.ts';

/** Body of `POST /containers/create` (Docker Engine API 1.41); only the fields that dswarm sets. */
export interface ContainerConfig {
  Image: string;
  Labels: Record<string, string>;
  Hostname?: string;
  User?: string;
  Tty?: boolean;
  Env?: string[];
  Entrypoint?: string[];
  Cmd?: string[];
  WorkingDir?: string;
  StopSignal?: string;
  /** Seconds. */
  StopTimeout?: number;
  ExposedPorts?: Record<string, object>;
  /** Durations in nanoseconds. */
  Healthcheck?: { Test: string[]; Interval?: number; Timeout?: number; Retries?: number; StartPeriod?: number; StartInterval?: number };
  HostConfig: HostConfig;
  /** Only the first network may stand here: engines before API 1.44 take no more. */
  NetworkingConfig?: { EndpointsConfig: Record<string, EndpointConfig> };
}

/** How a container stands in a network. */
export interface EndpointConfig {
  IPAMConfig?: { IPv4Address?: string };
}

/** A bridge network. */
export interface NetworkConfig {
  name: string;
  labels: Record<string, string>;
  /** What its containers take for their own link. */
  subnet: string;
  /** The part of it that the engine gives addresses of, where it is not asked for one. */
  range: string;
  gateway: string;
  /** The bridge driver's own options. */
  options: Record<string, string>;
}

export interface HostConfig {
  RestartPolicy: { Name: 'no' | 'always' | 'unless-stopped' | 'on-failure'; MaximumRetryCount?: number };
  Init?: boolean;
  ReadonlyRootfs?: boolean;
  CapAdd?: string[];
  CapDrop?: string[];
  Ulimits?: { Name: string; Soft: number; Hard: number }[];
  Sysctls?: Record<string, string>;
  Devices?: { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[];
  Privileged?: boolean;
  Dns?: string[];
  DnsSearch?: string[];
  ExtraHosts?: string[];
  LogConfig?: { Type: string; Config: Record<string, string> };
  PortBindings?: Record<string, { HostPort: string; HostIp?: string }[]>;
  Mounts?: { Type: 'volume' | 'bind' | 'tmpfs'; Source?: string; Target: string; ReadOnly?: boolean }[];
  /** Limits: CPUs in billionths, memory in bytes. */
  NanoCpus?: number;
  Memory?: number;
  PidsLimit?: number;
  /** Reservation in bytes. */
  MemoryReservation?: number;
  NetworkMode?: string;
}

export interface EngineEvent {
  /** `container`, `volume`, ... */
  type: string;
  /** `create`, `start`, `die`, `destroy`, `health_status: healthy`, ... */
  action: string;
  /** Id of what it is about; of a volume its name. */
  id: string;
  attributes: Readonly<Record<string, string>>;
  /** Nanoseconds since the epoch, as the engine's clock tells. */
  timeNano: number;
}

export interface LogOptions {
  follow: boolean;
  /** Lines from the end; undefined: all. */
  tail?: number | undefined;
  /** Milliseconds since the epoch. */
  since?: number | undefined;
  timestamps: boolean;
  signal?: AbortSignal | undefined;
}

export interface LogChunk {
  stream: 'stdout' | 'stderr';
  data: Buffer;
}

export interface ExecOptions {
  command: string[];
  tty: boolean;
  stdin: boolean;
}

export interface ExecSession {
  /** With a tty: raw both ways. Without: stdin in, the engine's multiplexed frames out (8-byte header: stream, length). */
  stream: Duplex;
  resize(columns: number, rows: number): Promise<void>;
  /** The command's exit code, once the stream has ended. */
  exitCode(): Promise<number>;
}

export interface ImageInfo {
  /** `sha256:...` */
  id: string;
  /** What it is made for, such as amd64; empty where the image does not say. */
  arch: string;
}

/**
 * One Docker engine. Every call has a deadline and rejects with a DswarmError: DSW_DOCKER_NOT_FOUND (404), DSW_DOCKER_CONFLICT (409),
 * DSW_DOCKER_REFUSED (other 4xx and 5xx, with the engine's words), DSW_DOCKER_TIMEOUT, DSW_HOST_UNREACHABLE. After the last two a
 * mutation may have been applied all the same (invariant 8).
 */
export interface Docker {
  ping(): Promise<void>;
  info(): Promise<EngineInfo>;
  /** All containers, running or not, that carry every given label (key or key=value); or those with the given ids. */
  listContainers(filter: { labels?: string[]; ids?: string[] }): Promise<ObservedContainer[]>;
  /** By id or name. Undefined if there is none. With exit code, OOM flag and restart count, which a list does not tell. */
  inspectContainer(id: string): Promise<ObservedContainer | undefined>;
  /** Ends with an error or without one when the stream does; the caller resubscribes. `ready` is called once the engine listens for us. */
  events(options: { signal: AbortSignal; ready?: () => void }): AsyncIterable<EngineEvent>;
  /** Undefined if the engine does not have it. */
  image(reference: string): Promise<ImageInfo | undefined>;
  /** Pulls; resolves when done. Progress lines as the engine words them. */
  pullImage(reference: string, options?: { signal?: AbortSignal; progress?: (line: string) => void }): Promise<void>;
  /** Loads images from a `docker save` tar. */
  loadImage(tar: Readable): Promise<void>;
  createContainer(name: string, config: ContainerConfig): Promise<{ id: string; warnings: string[] }>;
  startContainer(id: string): Promise<void>;
  /** Sends the stop signal, kills after the grace period; resolves when it has ended. False: it had ended already, and was sent nothing. */
  stopContainer(id: string, graceSeconds: number): Promise<boolean>;
  /** Force kills first. Already gone is success. Anonymous volumes go too. */
  removeContainer(id: string, options: { force: boolean }): Promise<void>;
  /** Names of the volumes of the driver local, anonymous ones too. */
  listVolumes(): Promise<string[]>;
  /** With its data. Already gone is success; one that a container mounts is DSW_DOCKER_REFUSED or DSW_DOCKER_CONFLICT. */
  removeVolume(name: string): Promise<void>;
  /** All networks, or those that carry every given label. */
  listNetworks(filter: { labels?: string[] }): Promise<ObservedNetwork[]>;
  /** By id or name. Undefined if there is none. */
  inspectNetwork(name: string): Promise<ObservedNetwork | undefined>;
  /** A name in use is DSW_DOCKER_CONFLICT; a subnet or bridge in use DSW_DOCKER_REFUSED. */
  createNetwork(config: NetworkConfig): Promise<{ id: string }>;
  /** Already gone is success; one that containers are in is DSW_DOCKER_REFUSED. */
  removeNetwork(id: string): Promise<void>;
  /** Puts a container into a further network; it may run or not. Already in it is success. */
  connectNetwork(network: string, container: string, endpoint: EndpointConfig): Promise<void>;
  logs(id: string, options: LogOptions): AsyncIterable<LogChunk>;
  exec(id: string, options: ExecOptions): Promise<ExecSession>;
}
