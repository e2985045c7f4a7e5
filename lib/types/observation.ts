/** What the engine says of one container (Engine API list and inspect). */
export interface ObservedContainer {
  id: string;
  /** Without the leading slash. */
  name: string;
  image: string;
  labels: Readonly<Record<string, string>>;
  state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';
  /** Absent where there is no healthcheck. */
  health?: 'starting' | 'healthy' | 'unhealthy';
  exitCode?: number;
  oomKilled?: boolean;
  restartCount?: number;
  /** Milliseconds since the epoch. */
  createdAt: number;
  startedAt?: number;
  finishedAt?: number;
  /** The engine lists it and does not answer when it is asked about it. */
  silent?: true;
  /** Address on its first network. */
  address?: string;
  /** Its networks by the engine's name, with its address in each; empty while it does not run. */
  networks?: Readonly<Record<string, string>>;
  /** Ports of its host that are bound for it; absent: none. */
  ports?: readonly BoundPort[];
}

/** A container, and the node that it was seen on. */
export interface PlacedContainer {
  node: string;
  container: ObservedContainer;
}

export interface BoundPort {
  /** In the container. */
  target: number;
  /** On the host. */
  published: number;
  protocol: 'tcp' | 'udp' | 'sctp';
}

/** What the engine says of one network. */
export interface ObservedNetwork {
  id: string;
  name: string;
  driver: string;
  labels: Readonly<Record<string, string>>;
  options: Readonly<Record<string, string>>;
  /** Of the first IPv4 pool; absent: none. */
  subnet?: string;
  /** Of which the engine gives addresses; absent: of all of the subnet. */
  range?: string;
  gateway?: string;
  /** Of the containers that run in it, whoever made them; absent: there are none, or it was listed, which does not tell. */
  addresses?: readonly string[];
}

export interface EngineInfo {
  /** The engine's own id: two hosts that answer the same one are the same host. */
  id: string;
  hostname: string;
  version: string;
  apiVersion: string;
  os: string;
  arch: string;
  cpus: number;
  /** Bytes. */
  memory: number;
  labels: Readonly<Record<string, string>>;
  /** Log drivers that it has, plugins included; empty: it does not tell. In order. */
  logDrivers: readonly string[];
}

export type NodeState = 'Ready' | 'Unknown' | 'Down' | 'Untrusted';

/** What a node was last seen to run, and when. Containers are those labelled as ours. */
export interface NodeObservation {
  node: string;
  state: NodeState;
  /** Why, for a person. */
  message: string;
  /** Since when the state holds, ms since the epoch. */
  since: number;
  /** The same on the clock that never jumps. */
  sinceMonotonic: number;
  /** Whether the node was Ready at any time in this run of the controller. */
  wasReady: boolean;
  /** Whether it is Ready again after a failure that this run has seen. */
  recovered: boolean;
  /** When the node last answered, ms since the epoch; undefined: never in this run. */
  lastSeen?: number;
  /** Whether the first try to reach it has ended, well or not. */
  tried: boolean;
  /** Whether a full list was read since the last connect: only then is a missing container known to be gone. */
  listed: boolean;
  engine?: EngineInfo;
  /** All networks of the engine; undefined: not known. */
  networks?: readonly ObservedNetwork[];
  /** Names of its volumes, in order, without anonymous ones; undefined: not known. */
  volumes?: readonly string[];
  containers: ReadonlyMap<string, ObservedContainer>;
  /** Ids of those that an event told have ended or are unhealthy, and that were not read since. */
  doubted: ReadonlySet<string>;
}
