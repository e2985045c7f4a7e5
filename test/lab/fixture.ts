import { fileURLToPath } from 'node:url';
import { mustRun, run, type ShellOptions, type ShellResult } from './shell.ts';

const LAB = fileURLToPath(new URL('lab', import.meta.url));

/** One host of the lab, as `lab env` tells. */
export interface LabHost {
  /** From 1. */
  index: number;
  /** h1, h2, ... */
  name: string;
  address: string;
  port: number;
  user: string;
  identityFile: string;
  /** As in known_hosts without the address: `ssh-ed25519 AAAA...`. */
  hostKey: string;
  /** The engine's socket, by a path that is right both on the host and on this machine. */
  socket: string;
  /** Name of the network namespace. */
  netns: string;
}

export interface LabEnv {
  name: string;
  subnet: string;
  /** This machine's address on the lab's network. */
  gateway: string;
  /** The test image that every host has; `:2` is its next version. */
  image: string;
  identityFile: string;
  knownHosts: string;
  hosts: LabHost[];
}

export const IMAGE = '127.0.0.1:5000/dswarm/hello:1';
export const IMAGE_2 = '127.0.0.1:5000/dswarm/hello:2';

/** The instance of this test run. */
export function instanceName(): string {
  return process.env['DSWARM_LAB'] ?? 'test';
}

/** A lab command on one instance; `create('other')` makes another one beside it. */
export interface Lab {
  (...args: string[]): Promise<string>;
  /** The same without rejecting on a failure. */
  attempt(args: readonly string[], options?: ShellOptions): Promise<ShellResult>;
}

export function createLab(name: string): Lab {
  const env = { DSWARM_LAB: name };
  const lab = (...args: string[]): Promise<string> => mustRun(LAB, args, { env, timeout: 120_000 });
  return Object.assign(lab, {
    attempt: (args: readonly string[], options: ShellOptions = {}) => run(LAB, args, { ...options, env: { ...options.env, ...env } }),
  });
}

/** A command of the lab of this test run: `lab('cut', '2')`. */
export function lab(...args: string[]): Promise<string> {
  return createLab(instanceName())(...args);
}

/** Brings up (or mends) at least n hosts of the lab of this test run, without any container, and describes the first n. */
export async function labHosts(n: number): Promise<LabEnv> {
  await lab('up', String(n));
  const env = await labEnv();
  const hosts = env.hosts.slice(0, n);
  await Promise.all(hosts.map(removeAllContainers));
  return { ...env, hosts };
}

export async function labEnv(name = instanceName()): Promise<LabEnv> {
  return JSON.parse(await createLab(name)('env')) as LabEnv;
}

/** The docker command line on one host's engine; the output without its last newline. */
export async function docker(host: LabHost, ...args: string[]): Promise<string> {
  return (await mustRun('docker', ['-H', `unix://${host.socket}`, ...args])).trimEnd();
}

/** Ids of the running containers (or of all with `all`) on a host, those with the labels first given if any. */
export async function containerIds(host: LabHost, options: { all?: boolean; labels?: readonly string[] } = {}): Promise<string[]> {
  const filters = (options.labels ?? []).flatMap((label) => ['--filter', `label=${label}`]);
  const output = await docker(host, 'ps', '-q', '--no-trunc', ...(options.all === true ? ['-a'] : []), ...filters);
  return output.split('\n').filter((id) => id !== '');
}

export async function removeAllContainers(host: LabHost): Promise<void> {
  const ids = await containerIds(host, { all: true });
  if (ids.length > 0) await docker(host, 'rm', '-f', '-v', ...ids);
}

/**
 * Kills the process of a container as a crash would: the engine's restart policy acts on it, unlike on `docker kill`. Rejects where it
 * does not run.
 */
export async function crash(host: LabHost, container: string): Promise<void> {
  const pid = await docker(host, 'inspect', '-f', '{{.State.Pid}}', container);
  // Of one that has ended it is 0: that would be the process group of whoever kills.
  if (!(Number(pid) > 0)) throw new Error(`container ${container} on ${host.name} does not run: it has no process to kill`);
  await createLab(labOf(host))('enter', String(host.index), 'kill', '-9', pid);
}

/** The instance a host belongs to, from its namespace's name dslab-<instance>-h<index>. */
function labOf(host: LabHost): string {
  return host.netns.slice('dslab-'.length, -`-${host.name}`.length);
}

export interface NodeManifest {
  apiVersion: 'dswarm/v1';
  kind: 'Node';
  metadata: { name: string; labels?: Record<string, string> };
  spec: {
    ssh: { host: string; port: number; user: string; identityFile: string; hostKey: string };
    docker: { socket: string };
  };
}

export function nodeManifest(host: LabHost, labels?: Record<string, string>): NodeManifest {
  return {
    apiVersion: 'dswarm/v1',
    kind: 'Node',
    metadata: { name: host.name, ...(labels === undefined ? {} : { labels }) },
    spec: {
      ssh: { host: host.address, port: host.port, user: host.user, identityFile: host.identityFile, hostKey: host.hostKey },
      docker: { socket: host.socket },
    },
  };
}
