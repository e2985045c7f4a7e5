/* Generated from schemas/ by `make gen`. Do not edit. */

/**
 * A DNS label (RFC 1123): at most 63 of a-z, 0-9 and -, beginning and ending with a letter or digit.
 */
export type Name = string;
/**
 * A label value: at most 63 of A-Z, a-z, 0-9, -, _ and .
 */
export type LabelValue = string;
/**
 * CPUs such as 0.5, 2 or 500m.
 */
export type Cpus = number | string;
/**
 * A size such as 512Mi, 1Gi, 64m or plain bytes.
 */
export type Size = number | string;
/**
 * What is true of the object now, as in Kubernetes.
 */
export type Conditions = Condition[];

export interface Kinds {
  CronJob: CronJob;
  Event: Event;
  Network: Network;
  Node: Node;
  Revision: Revision;
  Service: Service;
  Source: Source;
  Task: Task;
}
/**
 * A job that is run at set times. Each run is a Service of its own, named after its time, and owned by the CronJob; so its own name has at most 52 characters.
 */
export interface CronJob {
  /**
   * The API version of this object; dswarm/v1.
   */
  apiVersion: 'dswarm/v1';
  /**
   * The kind of this object.
   */
  kind: 'CronJob';
  metadata: ObjectMeta;
  spec: CronJobSpec;
  status?: CronJobStatus;
}
/**
 * Name, labels and bookkeeping of an object, as in Kubernetes.
 */
export interface ObjectMeta {
  name: Name;
  /**
   * A DNS label (RFC 1123): at most 63 of a-z, 0-9 and -, beginning and ending with a letter or digit.
   */
  namespace?: string;
  labels?: Labels;
  annotations?: Annotations;
  /**
   * Identity over time, set by the controller.
   */
  uid?: string;
  /**
   * Counts changes of spec, set by the controller.
   */
  generation?: number;
  /**
   * Counts all changes; for compare-and-set, set by the controller.
   */
  resourceVersion?: string;
  /**
   * When the object was first stored (RFC 3339), set by the controller.
   */
  creationTimestamp?: string | null;
  /**
   * When deletion was asked for (RFC 3339), set by the controller.
   */
  deletionTimestamp?: string | null;
  /**
   * What must be cleaned up before the object goes; set by the controller.
   */
  finalizers?: string[];
  /**
   * Which client owns which fields (server-side apply), set by the controller.
   */
  managedFields?: {
    [k: string]: unknown;
  }[];
  /**
   * Not supported: give a name.
   */
  generateName?: string;
  /**
   * Ignored.
   */
  selfLink?: string;
}
/**
 * Keys and values to select objects by.
 */
export interface Labels {
  [k: string]: LabelValue;
}
/**
 * Keys and values that are not for selecting; tools keep notes here.
 */
export interface Annotations {
  [k: string]: string;
}
/**
 * When what is run.
 */
export interface CronJobSpec {
  /**
   * Minute, hour, day of month, month, day of week, as in crontab(5): "30 2 * * *"; with six fields the first is the second. Or @hourly, @daily, @weekly, @monthly, @yearly.
   */
  schedule: string;
  /**
   * Whose clock the schedule is read by, as the IANA database names it: Europe/Madrid.
   */
  timeZone: string;
  /**
   * What a time leads to while a run goes on. Allow: another run. Forbid: none, until that has ended. Replace: that goes, and another begins.
   */
  concurrencyPolicy: 'Allow' | 'Forbid' | 'Replace';
  /**
   * How late a run may begin, after the controller was down or an earlier run went on. Absent: however late; of all missed times only the last is made up for.
   */
  startingDeadline?: string;
  /**
   * Begin no runs. Those that go on do so.
   */
  suspend: boolean;
  /**
   * How many runs that completed are kept, with their containers.
   */
  successfulJobsHistoryLimit: number;
  /**
   * How many runs that failed are kept, with their containers.
   */
  failedJobsHistoryLimit: number;
  serviceTemplate: ServiceTemplate;
}
/**
 * The Service that a run is.
 */
export interface ServiceTemplate {
  metadata?: TemplateMeta;
  spec: ServiceSpec;
}
/**
 * What each run has beside its name.
 */
export interface TemplateMeta {
  labels?: Labels;
  annotations?: Annotations;
}
/**
 * What should run.
 */
export interface ServiceSpec {
  /**
   * replicated: a number of tasks. global: one task on each node. replicated-job, global-job: the same, run to completion. Cannot be changed.
   */
  mode: 'replicated' | 'global' | 'replicated-job' | 'global-job';
  /**
   * How many tasks are to run (replicated), or to complete (replicated-job).
   */
  replicas: number;
  /**
   * replicated-job: how many tasks run at a time. Absent: replicas.
   */
  maxConcurrent?: number;
  /**
   * The container image, such as nginx:1.27 or registry/name@sha256:...
   */
  image: string;
  /**
   * When the image is pulled.
   */
  pullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /**
   * Replaces the image's entrypoint.
   */
  entrypoint?: string[];
  /**
   * Replaces the image's command (arguments to the entrypoint).
   */
  command?: string[];
  env?: Env;
  /**
   * Working directory in the container.
   */
  workingDir?: string;
  /**
   * User, or user:group, by name or id.
   */
  user?: string;
  /**
   * The container's host name.
   */
  hostname?: string;
  labels?: ContainerLabels;
  /**
   * Run an init as process 1 that reaps zombies and forwards signals.
   */
  init?: boolean;
  /**
   * Give the container a terminal.
   */
  tty: boolean;
  /**
   * Mount the container's root file system read-only.
   */
  readOnly: boolean;
  /**
   * Signal that asks the container to stop. Absent: the image's, else SIGTERM.
   */
  stopSignal?: string;
  /**
   * How long after the stop signal the container is killed.
   */
  stopGracePeriod: string;
  /**
   * Capabilities to add.
   */
  capAdd?: string[];
  /**
   * Capabilities to drop.
   */
  capDrop?: string[];
  ulimits?: Ulimits;
  sysctls?: Sysctls;
  /**
   * Host devices: /dev/x, or /dev/x:/dev/y:rwm.
   */
  devices?: string[];
  /**
   * Run with all privileges of the host.
   */
  privileged: boolean;
  /**
   * Name servers.
   */
  dns?: string[];
  /**
   * Search domains.
   */
  dnsSearch?: string[];
  extraHosts?: ExtraHosts;
  logging?: Logging;
  /**
   * Ports to publish.
   */
  ports?: Port[];
  /**
   * vip: the service's name resolves to one virtual address. dnsrr: to the addresses of its tasks.
   */
  endpointMode: 'vip' | 'dnsrr';
  /**
   * Networks to join. Absent: the namespace's default network.
   */
  networks?: NetworkAttachment[];
  /**
   * Storage to mount.
   */
  volumes?: Mount[];
  /**
   * Secrets to give to the container.
   */
  secrets?: SecretReference[];
  /**
   * Configs to give to the container.
   */
  configs?: ConfigReference[];
  healthcheck?: Healthcheck;
  resources?: Resources;
  placement?: Placement;
  update: UpdateConfig;
  rollback: RollbackConfig;
  restart: Restart;
  failover?: Failover;
  /**
   * Bump to replace all tasks.
   */
  forceUpdate: number;
  /**
   * Reconcile nothing while true.
   */
  suspend: boolean;
}
/**
 * Environment variables.
 */
export interface Env {
  [k: string]: string;
}
/**
 * Labels put on the containers.
 */
export interface ContainerLabels {
  [k: string]: string;
}
/**
 * Limits by name: a number, or soft and hard.
 */
export interface Ulimits {
  [k: string]: number | Ulimit;
}
export interface Ulimit {
  /**
   * Soft limit.
   */
  soft: number;
  /**
   * Hard limit.
   */
  hard: number;
}
/**
 * Namespaced kernel parameters.
 */
export interface Sysctls {
  [k: string]: string;
}
/**
 * Host names and their addresses, added to /etc/hosts.
 */
export interface ExtraHosts {
  [k: string]: string;
}
/**
 * Where the container's output goes.
 */
export interface Logging {
  /**
   * Log driver.
   */
  driver: string;
  options?: LoggingOptions;
}
/**
 * Options of the log driver.
 */
export interface LoggingOptions {
  [k: string]: string;
}
/**
 * A port to publish.
 */
export interface Port {
  /**
   * Port in the container.
   */
  target: number;
  /**
   * Port on the nodes. Absent: mode ingress takes one out of 30000-32767, kept for the service's life; for mode host the engine chooses one for each task.
   */
  published?: number;
  /**
   * Protocol.
   */
  protocol: 'tcp' | 'udp' | 'sctp';
  /**
   * ingress: on every node, balanced over all tasks. host: on the task's own node.
   */
  mode: 'ingress' | 'host';
  /**
   * For mode ingress. cluster (if absent): every node passes connections on to all tasks. local: only to its own tasks, which see the client's address.
   */
  ingress?: 'cluster' | 'local';
}
/**
 * A network to join.
 */
export interface NetworkAttachment {
  name: Name;
  /**
   * More names on that network.
   */
  aliases?: Name[];
}
/**
 * Storage to mount into the container.
 */
export interface Mount {
  /**
   * volume: a named volume of the node's engine. bind: a path of the node. tmpfs: memory.
   */
  type: 'volume' | 'bind' | 'tmpfs';
  /**
   * Volume name, or path on the node. A task that writes a named volume goes where that volume is, and stays there.
   */
  source?: string;
  /**
   * Absolute path in the container.
   */
  target: string;
  /**
   * Mount read-only.
   */
  readOnly: boolean;
}
/**
 * A Secret to give to the container.
 */
export interface SecretReference {
  /**
   * A DNS label (RFC 1123): at most 63 of a-z, 0-9 and -, beginning and ending with a letter or digit.
   */
  name: string;
  /**
   * File name (under /run/secrets) or absolute path in the container.
   */
  target?: string;
  /**
   * File mode, decimal or octal.
   */
  mode: number;
  /**
   * Owner's user id.
   */
  uid: string;
  /**
   * Owner's group id.
   */
  gid: string;
}
/**
 * A Config to give to the container.
 */
export interface ConfigReference {
  /**
   * A DNS label (RFC 1123): at most 63 of a-z, 0-9 and -, beginning and ending with a letter or digit.
   */
  name: string;
  /**
   * Absolute path in the container.
   */
  target?: string;
  /**
   * File mode, decimal or octal.
   */
  mode: number;
  /**
   * Owner's user id.
   */
  uid: string;
  /**
   * Owner's group id.
   */
  gid: string;
}
/**
 * How to tell whether the container is healthy. Running means healthy where there is a healthcheck.
 */
export interface Healthcheck {
  /**
   * [CMD, program, ...], [CMD-SHELL, command], or [NONE].
   */
  test?: string[];
  /**
   * Time between checks.
   */
  interval: string;
  /**
   * How long a check may take.
   */
  timeout: string;
  /**
   * Failures in a row that make it unhealthy.
   */
  retries: number;
  /**
   * Time to start up in, when failures do not count.
   */
  startPeriod: string;
  /**
   * Time between checks during startPeriod (engines 25 and later).
   */
  startInterval: string;
  /**
   * Switch off the image's own healthcheck.
   */
  disable: boolean;
}
/**
 * What the container may use, and what is kept for it.
 */
export interface Resources {
  limits?: ResourceLimits;
  reservations?: ResourceReservations;
}
/**
 * What the container may use at most.
 */
export interface ResourceLimits {
  cpus?: Cpus;
  memory?: Size;
  /**
   * Processes and threads.
   */
  pids?: number;
}
/**
 * What the node must have free.
 */
export interface ResourceReservations {
  cpus?: Cpus;
  memory?: Size;
}
/**
 * Which nodes may run the tasks.
 */
export interface Placement {
  /**
   * Conditions a node must meet, such as node.labels.zone==a.
   */
  constraints?: string[];
  /**
   * How to spread, the most important first.
   */
  preferences?: PlacementPreference[];
  /**
   * How many tasks one node may run; 0: any number.
   */
  maxReplicasPerNode: number;
  /**
   * Whether tasks move to a node that joins or returns, one at a time, its replacement ready first, while all are ready. Tasks that keep data in volumes stay. Absent: never.
   */
  rebalance?: 'never' | 'onNodeReady';
}
/**
 * How to spread the tasks.
 */
export interface PlacementPreference {
  /**
   * node.labels.X or engine.labels.X to spread over.
   */
  spread: string;
}
/**
 * How a changed spec is rolled out.
 */
export interface UpdateConfig {
  /**
   * How many tasks are replaced at a time; 0: all at once.
   */
  parallelism: number;
  /**
   * Time between one batch and the next.
   */
  delay: string;
  /**
   * How long a replaced task is watched for failure before it counts as good.
   */
  monitor: string;
  /**
   * Share of replaced tasks that may fail before failureAction is taken.
   */
  maxFailureRatio: number;
  /**
   * What to do when too many replaced tasks fail.
   */
  failureAction: 'pause' | 'continue' | 'rollback';
  /**
   * stop-first: the old task stops before the new one starts. start-first: the old one stops once the new one is healthy.
   */
  order: 'stop-first' | 'start-first';
  /**
   * How long a rollout may make no progress before it counts as failed.
   */
  progressDeadline: string;
}
/**
 * How a rollback is rolled out.
 */
export interface RollbackConfig {
  /**
   * How many tasks are replaced at a time; 0: all at once.
   */
  parallelism: number;
  /**
   * Time between one batch and the next.
   */
  delay: string;
  /**
   * How long a replaced task is watched for failure before it counts as good.
   */
  monitor: string;
  /**
   * Share of replaced tasks that may fail before failureAction is taken.
   */
  maxFailureRatio: number;
  /**
   * What to do when too many replaced tasks fail.
   */
  failureAction: 'pause' | 'continue';
  /**
   * stop-first: the old task stops before the new one starts. start-first: the old one stops once the new one is healthy.
   */
  order: 'stop-first' | 'start-first';
  /**
   * How long a rollout may make no progress before it counts as failed.
   */
  progressDeadline: string;
}
/**
 * What happens when a task ends; jobs take any for on-failure. With delay, maxAttempts or window the controller restarts; else the engine does.
 */
export interface Restart {
  /**
   * any: always. on-failure: unless it exited with 0. none: never.
   */
  condition: 'any' | 'on-failure' | 'none';
  /**
   * Time before a restart, always the same. Absent: none before the first, then 10s doubling to 5m while tasks go on failing.
   */
  delay?: string;
  /**
   * How many restarts at most; 0: any number.
   */
  maxAttempts?: number;
  /**
   * Time over which maxAttempts is counted; 0s: for ever.
   */
  window?: string;
}
/**
 * When tasks of an unreachable node are replaced.
 */
export interface Failover {
  /**
   * How long ago a node gave its last sign of life before its tasks are replaced. A silent host is noticed within 5 s, one whose engine alone is silent within 11 s: no sooner.
   */
  after: string;
}
/**
 * What was run, and what is next.
 */
export interface CronJobStatus {
  /**
   * The metadata.generation this status was made from.
   */
  observedGeneration?: number;
  conditions?: Conditions;
  /**
   * One word for a table: Scheduled, Suspended, Stalled.
   */
  state?: string;
  /**
   * Why the state is what it is, for a person.
   */
  message?: string;
  /**
   * How many runs go on.
   */
  active?: number;
  /**
   * The last time that was served by a run.
   */
  lastScheduleTime?: string;
  /**
   * When a run last completed.
   */
  lastSuccessfulTime?: string;
  /**
   * When the next run is due. Absent: never, or suspended.
   */
  nextScheduleTime?: string;
  /**
   * Time zone and schedule that scheduledSince is about.
   */
  schedule?: string;
  /**
   * Times up to this one are not asked for: the schedule came with it, or they were missed and are too late.
   */
  scheduledSince?: string;
  /**
   * The runs that are kept, newest first.
   */
  runs?: CronJobRun[];
}
export interface Condition {
  /**
   * What the condition tells about. NetworkReady, DiskPressure and PIDPressure are of Nodes.
   */
  type: 'Ready' | 'NetworkReady' | 'Complete' | 'Failed' | 'Progressing' | 'Stalled' | 'DiskPressure' | 'PIDPressure';
  /**
   * Whether it holds.
   */
  status: 'True' | 'False' | 'Unknown';
  /**
   * One CamelCase word.
   */
  reason: string;
  /**
   * A sentence for a person.
   */
  message: string;
  /**
   * When status last changed.
   */
  lastTransitionTime: string;
  /**
   * The metadata.generation it was made from.
   */
  observedGeneration?: number;
}
export interface CronJobRun {
  /**
   * Name of its Service.
   */
  name: string;
  /**
   * The time that it serves.
   */
  scheduledAt: string;
  /**
   * Whether it goes on, or how it ended.
   */
  state: 'active' | 'complete' | 'failed';
}
/**
 * Something that happened to an object, as Kubernetes events tell it. Also served as core v1 events for kubectl describe.
 */
export interface Event {
  /**
   * The API version of this object; dswarm/v1.
   */
  apiVersion: 'dswarm/v1';
  /**
   * The kind of this object.
   */
  kind: 'Event';
  metadata: ObjectMeta;
  involvedObject: ObjectReference;
  /**
   * One CamelCase word.
   */
  reason: string;
  /**
   * A sentence for a person.
   */
  message: string;
  /**
   * Normal or Warning.
   */
  type: 'Normal' | 'Warning';
  /**
   * How often it happened.
   */
  count?: number;
  /**
   * When it first happened.
   */
  firstTimestamp?: string;
  /**
   * When it last happened.
   */
  lastTimestamp?: string;
  source?: EventSource;
}
/**
 * The object it happened to.
 */
export interface ObjectReference {
  /**
   * Its API version.
   */
  apiVersion?: string;
  /**
   * Its kind.
   */
  kind: string;
  /**
   * Its namespace.
   */
  namespace?: string;
  /**
   * Its name.
   */
  name: string;
  /**
   * Its uid.
   */
  uid?: string;
  /**
   * kind/name, for tables.
   */
  ref?: string;
}
/**
 * Who tells.
 */
export interface EventSource {
  /**
   * The controller that tells.
   */
  component?: string;
  /**
   * The node concerned.
   */
  host?: string;
}
/**
 * A network that the tasks of a namespace share, over all nodes. Each namespace has one named default while its services need it.
 */
export interface Network {
  /**
   * The API version of this object; dswarm/v1.
   */
  apiVersion: 'dswarm/v1';
  /**
   * The kind of this object.
   */
  kind: 'Network';
  metadata: ObjectMeta;
  spec: NetworkSpec;
  status?: NetworkStatus;
}
/**
 * How the network is made. Fixed once it has its addresses.
 */
export interface NetworkSpec {
  /**
   * mesh: one network over all nodes. bridge: each node's part is an island.
   */
  driver: 'mesh' | 'bridge';
  /**
   * Private IPv4 subnet of /16 or larger, such as 10.60.0.0/16. Absent: a free /16 of 10.208.0.0/12.
   */
  subnet?: string;
  /**
   * No way out of the network, and none in. Engines call it dswarminternal_NAMESPACE_NAME, others dswarm_NAMESPACE_NAME.
   */
  internal: boolean;
  /**
   * Containers that are not dswarm's may be connected to it on a node. Not supported yet.
   */
  attachable: boolean;
  /**
   * How traffic goes from node to node. wireguard: encrypted. vxlan: in clear, for a LAN that is trusted.
   */
  backend: 'wireguard' | 'vxlan';
}
/**
 * The addresses that were given. Written by the controller only.
 */
export interface NetworkStatus {
  /**
   * The metadata.generation this status was made from.
   */
  observedGeneration?: number;
  conditions?: Conditions;
  /**
   * Ready: every node has its part. Degraded: it has addresses, and some of its nodes or services have none, or are in the way of others. Pending: it has none yet. Terminating: it goes with its last task.
   */
  state?: 'Ready' | 'Degraded' | 'Pending' | 'Terminating';
  /**
   * Why the state is what it is, for a person.
   */
  message?: string;
  /**
   * All of its addresses.
   */
  subnet?: string;
  /**
   * The part that virtual addresses of services are taken from.
   */
  vipSubnet?: string;
  /**
   * Name of its bridge on every node.
   */
  bridge?: string;
  /**
   * The part of each node, by name of the node.
   */
  nodes?: NetworkNode[];
  /**
   * Virtual addresses, by name of the service.
   */
  addresses?: NetworkAddress[];
}
/**
 * One node's part.
 */
export interface NetworkNode {
  /**
   * Name of the node.
   */
  node: string;
  /**
   * Addresses of the tasks there.
   */
  subnet: string;
  /**
   * Address of the bridge there: router and name server.
   */
  gateway: string;
}
/**
 * A service's virtual address.
 */
export interface NetworkAddress {
  /**
   * Name of the service.
   */
  service: string;
  /**
   * Its address, kept for its life.
   */
  address: string;
}
/**
 * One Docker host. Nothing runs on it but Docker, sshd and containers; the controller reaches its engine over SSH or a local socket.
 */
export interface Node {
  /**
   * The API version of this object; dswarm/v1.
   */
  apiVersion: 'dswarm/v1';
  /**
   * The kind of this object.
   */
  kind: 'Node';
  metadata: ObjectMeta;
  spec: NodeSpec;
  status?: NodeStatus;
}
/**
 * How the host is reached, and what may be scheduled on it.
 */
export interface NodeSpec {
  ssh?: NodeSsh;
  docker: NodeDocker;
  /**
   * active: may get tasks. pause: keeps its tasks and gets no new ones. drain: its tasks move to other nodes.
   */
  availability: 'active' | 'pause' | 'drain';
  /**
   * The node's role in the cluster.
   */
  role: 'worker' | 'manager';
  /**
   * Address for traffic between containers of different nodes. Absent: ssh.host.
   */
  address?: string;
  /**
   * Whether other nodes can send to that address. false: it is behind NAT; it calls them, and they answer; another such node is reached by one that both call. Absent: true.
   */
  inbound?: boolean;
}
/**
 * How to reach the host over SSH. Absent: a local engine, reached by docker.socket.
 */
export interface NodeSsh {
  /**
   * Host name or IP address of the host's sshd.
   */
  host: string;
  /**
   * TCP port of the host's sshd.
   */
  port: number;
  /**
   * User to log in as. Absent: the user that runs the controller.
   */
  user?: string;
  /**
   * Private key file. Absent: ssh-agent, then the usual files in ~/.ssh.
   */
  identityFile?: string;
  /**
   * Pinned host key as in a public key file (type and base64). Absent: the key must stand in known_hosts.
   */
  hostKey?: string;
  /**
   * Host to jump through: another Node's name, or [user@]host[:port]. Its host key is verified too.
   */
  proxyJump?: string;
}
/**
 * Where the Docker engine listens on the host.
 */
export interface NodeDocker {
  /**
   * Path of the engine's unix socket on the host, or tcp://HOST:PORT.
   */
  socket: string;
}
/**
 * What was last seen of the host. Written by the controller only.
 */
export interface NodeStatus {
  /**
   * The metadata.generation this status was made from.
   */
  observedGeneration?: number;
  conditions?: Conditions;
  /**
   * Ready: reachable. Unknown: not reachable now; its tasks may well run. Down: not reachable for 15 s and more. Untrusted: its host key changed or is not known, or its engine is another node's; a person must act, and nothing is moved.
   */
  state?: 'Ready' | 'Unknown' | 'Down' | 'Untrusted';
  /**
   * Why the state is what it is, for a person.
   */
  message?: string;
  engine?: NodeEngine;
  platform?: NodePlatform;
  /**
   * The host's own name, as its engine tells it.
   */
  hostname?: string;
  capacity?: NodeCapacity;
  /**
   * Data-plane address in force.
   */
  address?: string;
  /**
   * Subnets of the engine's networks that are not dswarm's: no network of dswarm may overlap them.
   */
  subnets?: NodeSubnet[];
  /**
   * Routes of the host to private addresses, as far as they are in the way: no network of dswarm may overlap them. Absent: not known yet.
   */
  routes?: string[];
  plane?: NodePlane;
  /**
   * Containers of dswarm running there when last seen.
   */
  tasks?: number;
  /**
   * Since when the host does not answer; absent while it does. Survives a restart of the controller.
   */
  unreachableSince?: string;
  /**
   * Moved: tasks were moved away as the host did not answer for too long. Settling: it is back since, and gets no new tasks until it was Ready for 30 s without a break.
   */
  failover?: 'Moved' | 'Settling';
  /**
   * When the host last answered.
   */
  lastSeen?: string;
}
/**
 * The host's Docker engine.
 */
export interface NodeEngine {
  /**
   * Engine version.
   */
  version?: string;
  /**
   * Newest Engine API version it answers.
   */
  apiVersion?: string;
}
/**
 * The host's platform.
 */
export interface NodePlatform {
  /**
   * Operating system, as in GOOS.
   */
  os?: string;
  /**
   * Architecture, as in GOARCH.
   */
  arch?: string;
}
/**
 * What the host has.
 */
export interface NodeCapacity {
  /**
   * CPUs.
   */
  cpus?: number;
  /**
   * Memory in bytes.
   */
  memory?: number;
}
/**
 * A subnet of another network.
 */
export interface NodeSubnet {
  /**
   * Name of the engine's network.
   */
  network: string;
  /**
   * Its subnet.
   */
  subnet: string;
}
/**
 * Its data plane. Absent: it has none.
 */
export interface NodePlane {
  /**
   * Public key of its end of the tunnels; the private one never leaves the node.
   */
  publicKey?: string;
  /**
   * Newest state of the cluster's endpoints that it has acknowledged; 0 for none.
   */
  generation: number;
  /**
   * How it is, for a person.
   */
  message: string;
}
/**
 * What a service's containers were made from at one generation, kept for rollbacks. Made by the controller, read-only for users.
 */
export interface Revision {
  /**
   * The API version of this object; dswarm/v1.
   */
  apiVersion: 'dswarm/v1';
  /**
   * The kind of this object.
   */
  kind: 'Revision';
  metadata: ObjectMeta;
  spec: RevisionSpec;
}
/**
 * The part of the service's spec that shapes its containers.
 */
export interface RevisionSpec {
  /**
   * Name of its service, in the same namespace.
   */
  service: string;
  /**
   * The service's uid.
   */
  serviceUid: string;
  /**
   * Its number: the service's metadata.generation at which it came.
   */
  revision: number;
  /**
   * Hash of its container-shaping fields; tasks made from it carry it.
   */
  specHash: string;
  /**
   * The image.
   */
  image: string;
  /**
   * The container-shaping fields of the service's spec as they were. Replicas, placement and update settings are not among them.
   */
  template: {
    [k: string]: unknown;
  };
}
/**
 * What should run: an image, how many of it, where, and how it is updated. The field names are those of Docker's compose and Swarm.
 */
export interface Service {
  /**
   * The API version of this object; dswarm/v1.
   */
  apiVersion: 'dswarm/v1';
  /**
   * The kind of this object.
   */
  kind: 'Service';
  metadata: ObjectMeta;
  spec: ServiceSpec;
  status?: ServiceStatus;
}
/**
 * What runs. Written by the controller only.
 */
export interface ServiceStatus {
  /**
   * The metadata.generation this status was made from.
   */
  observedGeneration?: number;
  conditions?: Conditions;
  /**
   * One word for a table: Ready, Progressing, Pending (no node can take its tasks), Blocked (it has not been given what it asks for: a network, a port), Stalled, Suspended, Unknown; of a job Running, Complete and Failed too, and never Ready.
   */
  state?: string;
  /**
   * Ready tasks, those on their way out included, out of wanted ones: 2/3, or 4/2 while it is scaled down; 3/3 (max 2 per node); of a job with those completed: 2/2 (4/10 completed).
   */
  summary?: string;
  /**
   * Why the state is what it is, for a person.
   */
  message?: string;
  /**
   * Tasks that exist.
   */
  replicas?: number;
  /**
   * Tasks that should run.
   */
  desired?: number;
  /**
   * Tasks that run and are healthy.
   */
  ready?: number;
  /**
   * Tasks that run the current spec.
   */
  updated?: number;
  /**
   * Tasks that are ready on a reachable node.
   */
  available?: number;
  /**
   * Tasks on nodes that cannot be reached now.
   */
  unknown?: number;
  /**
   * The hash of the container-shaping part of the spec.
   */
  specHash?: string;
  /**
   * Label selector of the tasks, for the scale subresource.
   */
  selector?: string;
  /**
   * While a task cannot be placed: why each node is refused, the first 20.
   */
  refusals?: NodeRefusal[];
  image?: ServiceImage;
  /**
   * Ports as published. What the engine chooses for a task in mode host is in the status of the task.
   */
  ports?: PublishedPort[];
  /**
   * Why not all ports that the spec asks for are published. Absent: they are.
   */
  portsMessage?: string;
  /**
   * The same for people, as docker service ls has it: *:30080->80/tcp.
   */
  portSummary?: string;
  endpoint?: Endpoint;
  update?: UpdateStatus;
  job?: JobStatus;
  /**
   * Number of the Revision that the tasks run or are rolled to.
   */
  revision?: number;
  /**
   * Number of the Revision that a rollback leads to: the last one that was rolled out whole.
   */
  previousRevision?: number;
  /**
   * The Revisions that are kept, oldest first.
   */
  revisions?: RevisionRef[];
}
/**
 * Why one node is refused.
 */
export interface NodeRefusal {
  /**
   * The node.
   */
  node: string;
  /**
   * Why it cannot take a task.
   */
  reason: string;
}
/**
 * The image in use.
 */
export interface ServiceImage {
  /**
   * Its digest.
   */
  digest?: string;
}
/**
 * A port as published.
 */
export interface PublishedPort {
  /**
   * Port in the container.
   */
  target: number;
  /**
   * Port on the nodes.
   */
  published: number;
  /**
   * Protocol.
   */
  protocol: 'tcp' | 'udp' | 'sctp';
  /**
   * ingress or host.
   */
  mode: 'ingress' | 'host';
}
/**
 * What the service's name resolves to.
 */
export interface Endpoint {
  /**
   * vip: one virtual address a network. dnsrr: the addresses of the tasks.
   */
  mode: 'vip' | 'dnsrr';
  /**
   * Virtual addresses by network.
   */
  addresses: EndpointAddress[];
}
/**
 * A virtual address.
 */
export interface EndpointAddress {
  /**
   * Name of the network.
   */
  network: string;
  /**
   * The address, kept for the life of the service.
   */
  address: string;
}
/**
 * The rollout under way, or the last one.
 */
export interface UpdateStatus {
  /**
   * updating, paused, completed, rollback_started, rollback_paused, rollback_completed.
   */
  state?: string;
  /**
   * When it began.
   */
  startedAt?: string;
  /**
   * When it ended.
   */
  completedAt?: string;
  /**
   * What happened, in Docker Swarm's words.
   */
  message?: string;
  /**
   * Why it was paused or rolled back; stays when the rollback is complete.
   */
  cause?: string;
  /**
   * Hash of the spec that it rolls out.
   */
  specHash?: string;
  /**
   * In a rollback: hash of the spec that failed. It is not tried again before the spec changes.
   */
  failedSpecHash?: string;
  /**
   * In a rollback: the metadata.generation that failed.
   */
  failedGeneration?: number;
  /**
   * The metadata.generation it began with; a paused one goes on with the next generation.
   */
  generation?: number;
  /**
   * How many slots it had to change when it began.
   */
  total?: number;
  /**
   * How many of them it has begun.
   */
  started?: number;
  /**
   * How many of its tasks failed before they ran or while they were monitored.
   */
  failures?: number;
  /**
   * True while the annotation dswarm.io/rollout-paused holds it.
   */
  held?: boolean;
  /**
   * When it last got further, in milliseconds since the epoch.
   */
  progressAt?: number;
  /**
   * Slots begun whose tasks are under way, still watched, or failed. Times are milliseconds since the epoch.
   */
  slots?: UpdateSlot[];
}
/**
 * A slot that the rollout has begun.
 */
export interface UpdateSlot {
  /**
   * The slot.
   */
  slot: string;
  /**
   * When it was begun.
   */
  begunAt: number;
  /**
   * When its task was first seen running, and healthy where there is a healthcheck.
   */
  runningAt?: number;
  /**
   * When the rollout had no more to do for it; delay counts from here.
   */
  doneAt?: number;
  /**
   * Its task failed before it ran or while it was monitored.
   */
  failed?: boolean;
}
/**
 * Of a job: its present iteration.
 */
export interface JobStatus {
  /**
   * 0 at first, one more with each change of what the job does; dswarm rollout restart begins one, too.
   */
  iteration?: number;
  /**
   * When this iteration began.
   */
  lastExecution?: string;
  /**
   * When all of it had completed.
   */
  completedAt?: string;
  /**
   * How many tasks are to complete in all.
   */
  completions?: number;
  /**
   * How many have.
   */
  completed?: number;
  /**
   * How many failed and are not tried again.
   */
  failed?: number;
}
/**
 * A Revision by its number.
 */
export interface RevisionRef {
  /**
   * The metadata.generation at which it came.
   */
  revision: number;
  /**
   * Hash of its container-shaping fields.
   */
  specHash: string;
}
/**
 * Where manifests come from: a watched directory. Made by the controller, read-only for users.
 */
export interface Source {
  /**
   * The API version of this object; dswarm/v1.
   */
  apiVersion: 'dswarm/v1';
  /**
   * The kind of this object.
   */
  kind: 'Source';
  metadata: ObjectMeta;
  spec: SourceSpec;
  status?: SourceStatus;
}
/**
 * What is watched.
 */
export interface SourceSpec {
  /**
   * What it is.
   */
  type: 'directory';
  /**
   * Absolute path of the directory.
   */
  path: string;
}
/**
 * What was found there.
 */
export interface SourceStatus {
  /**
   * The metadata.generation this status was made from.
   */
  observedGeneration?: number;
  conditions?: Conditions;
  /**
   * Ready: all files are applied. Degraded: some have errors; their last good version stays. Unavailable: the directory cannot be read; nothing is changed. Paused: deletions wait for confirmation.
   */
  state?: 'Ready' | 'Degraded' | 'Unavailable' | 'Paused';
  /**
   * Why the state is what it is, for a person.
   */
  message?: string;
  /**
   * Manifest files found.
   */
  files?: number;
  /**
   * Objects applied from them.
   */
  objects?: number;
  /**
   * Files with errors.
   */
  errorCount?: number;
  /**
   * What is wrong with which file.
   */
  errors?: SourceError[];
  /**
   * Objects whose deletion waits for confirmation.
   */
  pendingDeleteCount?: number;
  /**
   * Those objects, as Kind/namespace/name.
   */
  pendingDeletes?: string[];
  /**
   * What to confirm these deletions with: 'dswarm source confirm NAME' sends it.
   */
  confirmToken?: string;
  /**
   * When the directory was last read in full.
   */
  lastSync?: string;
}
export interface SourceError {
  /**
   * Path under the directory.
   */
  file: string;
  /**
   * Line, from 1.
   */
  line?: number;
  /**
   * Column, from 1.
   */
  column?: number;
  /**
   * Error code, as in docs/errors.md.
   */
  code: string;
  /**
   * What is wrong, and what to do.
   */
  message: string;
}
/**
 * One attempt to fill a slot of a service: one container on one node. Made by the controller, read-only for users.
 */
export interface Task {
  /**
   * The API version of this object; dswarm/v1.
   */
  apiVersion: 'dswarm/v1';
  /**
   * The kind of this object.
   */
  kind: 'Task';
  metadata: ObjectMeta;
  spec: TaskSpec;
  status?: TaskStatus;
}
/**
 * Where the task is assigned to, and what it runs. Written before the container is created.
 */
export interface TaskSpec {
  /**
   * Name of its service, in the same namespace.
   */
  service: string;
  /**
   * The service's uid.
   */
  serviceUid: string;
  /**
   * Its place in the service: a number from 1 on (with gaps after scaling down), from 0 on for jobs of mode replicated-job, or the node's name for global services and jobs.
   */
  slot: string;
  /**
   * The node it is assigned to.
   */
  node: string;
  /**
   * The container's name on that node.
   */
  containerName: string;
  /**
   * Hash of the spec it was made from.
   */
  specHash: string;
  /**
   * The image it runs.
   */
  image: string;
  /**
   * Seconds between the stop signal and the kill, as it was when the task was made.
   */
  stopGraceSeconds?: number;
  reservations?: TaskReservations;
  /**
   * The networks that it is in. Absent: the engine's own bridge, as there was no data plane.
   */
  networks?: string[];
  /**
   * Named volumes of its node that it keeps data in: its slot stays there. Absent: none.
   */
  volumes?: string[];
  /**
   * The task that it replaces on a fuller node, though nothing is wrong with that one.
   */
  evensOut?: string;
  /**
   * Ports of its node that it binds, such as 8080/tcp. Absent: none.
   */
  hostPorts?: string[];
  /**
   * Its address in each of them, by the network's name; kept over restarts of the container and of its host.
   */
  addresses?: {
    [k: string]: string;
  };
  /**
   * Not started before this time: the delay before a restart. Its container may be made ready before.
   */
  startAfter?: string;
  restarts?: TaskRestarts;
  /**
   * For jobs: the iteration of the job that it belongs to.
   */
  iteration?: number;
}
/**
 * What is kept for it on its node. Absent: nothing.
 */
export interface TaskReservations {
  /**
   * CPUs.
   */
  cpus?: number;
  /**
   * Memory in bytes.
   */
  memoryBytes?: number;
}
/**
 * Replacements after failures that led to this task: in its slot, with its spec. Absent: none.
 */
export interface TaskRestarts {
  /**
   * How many.
   */
  total: number;
  /**
   * How many since the slot was last stable: what the backoff grows with.
   */
  streak: number;
  /**
   * When, the latest last: as many as the restart window needs.
   */
  times: string[];
}
/**
 * What became of it.
 */
export interface TaskStatus {
  /**
   * Where the task stands. Running means healthy where there is a healthcheck. Unknown: its node cannot be reached. Ready: made ready, waits for startAfter. Complete: ended by itself with exit code 0, whatever its restart condition makes of it. Failed: ended with another, unhealthy, or stopped or removed by somebody else. Shutdown: stopped because it was no longer wanted. Rejected: it could not be made ready. It only goes forward, but for Unknown, Orphaned and Restarting, which it comes back from.
   */
  state?:
    | 'Assigned'
    | 'Preparing'
    | 'Created'
    | 'Starting'
    | 'Running'
    | 'Restarting'
    | 'Complete'
    | 'Failed'
    | 'Stopping'
    | 'Unknown'
    | 'Orphaned'
    | 'Ready'
    | 'Shutdown'
    | 'Rejected';
  /**
   * What it should do: run, wait, end by itself (jobs), or be gone.
   */
  desiredState?: 'Ready' | 'Running' | 'Complete' | 'Shutdown';
  /**
   * When it entered this state.
   */
  since?: string;
  /**
   * The state before the node became unreachable.
   */
  lastKnownState?: string;
  /**
   * When it entered that state.
   */
  lastKnownSince?: string;
  /**
   * starting, healthy or unhealthy, where there is a healthcheck.
   */
  health?: string;
  /**
   * The container's id.
   */
  containerId?: string;
  /**
   * The container's address on its node.
   */
  address?: string;
  /**
   * Ports bound on its node (mode host), while it runs.
   */
  ports?: TaskPort[];
  /**
   * How it ended.
   */
  exitCode?: number;
  /**
   * Whether it ran out of memory.
   */
  oomKilled?: boolean;
  /**
   * How often the engine restarted it, also while no controller ran. The engine counts anew when a person starts the container: what was counted before stays until it has counted more.
   */
  restarts?: number;
  /**
   * When it last started.
   */
  startedAt?: string;
  /**
   * When it last ended.
   */
  finishedAt?: string;
  /**
   * When it left its slot. From then on this object is history: nothing runs of it, and nothing waits for it.
   */
  retiredAt?: string;
  /**
   * Why it is not running, in one word that Kubernetes has for it: CrashLoopBackOff, OOMKilled, Error, Completed, ImagePullBackOff, CreateContainerError, RunContainerError; Unhealthy; RestartDelay. Listed in place of the state.
   */
  reason?: string;
  /**
   * The last lines it wrote before it ended, as far as they could be read.
   */
  lastLog?: string;
  /**
   * Why, for a person.
   */
  message?: string;
}
/**
 * A port bound on its node.
 */
export interface TaskPort {
  /**
   * Port in the container.
   */
  target: number;
  /**
   * Port on the node.
   */
  published: number;
  /**
   * Protocol.
   */
  protocol: 'tcp' | 'udp' | 'sctp';
}
