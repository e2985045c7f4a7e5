import { SSHConfig } from 'ssh-config';
import { DswarmError } from '../../errors/error.ts';
import type { NodeSpec, NodeSsh } from '../../types/generated.ts';

/** One sshd to log in to, after ~/.ssh/config had its say. */
export interface Endpoint {
  /** The node or jump host, for messages. */
  where: string;
  host: string;
  port: number;
  user: string;
  /** The name known_hosts has it under, if not its host name (HostKeyAlias). */
  hostKeyAlias?: string;
  /** Pinned: `TYPE BASE64`. */
  hostKey?: string;
  /** Key files that the manifest or the configuration name; with none, the agent and the usual files are tried. */
  identityFiles: string[];
  /** Absent: the usual files. */
  knownHostsFiles?: string[];
  /** Reached through this one. */
  jump?: Endpoint;
}

export interface ResolveOptions {
  where: string;
  ssh: NodeSsh;
  /** Text of ~/.ssh/config and /etc/ssh/ssh_config. */
  config: string;
  /** The user that runs this program. */
  user: string;
  home: string;
  /** Finds another Node's spec by name. */
  jump?: ((node: string) => NodeSpec | undefined) | undefined;
}

const MAX_HOPS = 8;

/** What the manifest says wins over ~/.ssh/config; port 22 counts as not said, as it is the default. */
export function resolveEndpoint(options: ResolveOptions): Endpoint {
  return resolve(options, options.ssh, options.where, []);
}

function resolve(options: ResolveOptions, ssh: NodeSsh, where: string, path: readonly string[]): Endpoint {
  const said = readConfig(options.config, ssh.host, ssh.user);
  const expand = (file: string): string => file.replace(/^~(?=\/)/, options.home).replace(/%d/g, options.home);
  const proxyJump = ssh.proxyJump ?? said.one('ProxyJump');
  const files = ssh.identityFile === undefined ? said.all('IdentityFile') : [ssh.identityFile];
  const knownHostsFiles = said
    .all('UserKnownHostsFile')
    .flatMap((value) => value.split(/\s+/))
    .map(expand);
  return withoutUndefined({
    where,
    host: said.one('HostName')?.replace(/%h/g, ssh.host) ?? ssh.host,
    port: ssh.port === 22 ? Number(said.one('Port') ?? 22) : ssh.port,
    user: ssh.user ?? said.one('User') ?? options.user,
    identityFiles: files.map(expand),
    hostKeyAlias: said.one('HostKeyAlias'),
    hostKey: ssh.hostKey,
    knownHostsFiles: knownHostsFiles.length === 0 ? undefined : knownHostsFiles,
    jump: proxyJump === undefined || proxyJump === 'none' ? undefined : resolveJump(options, proxyJump, [...path, where]),
  });
}

function withoutUndefined(endpoint: { [K in keyof Endpoint]: Endpoint[K] | undefined }): Endpoint {
  return Object.fromEntries(Object.entries(endpoint).filter(([, value]) => value !== undefined)) as unknown as Endpoint;
}

/** Another Node's name, or `[user@]host[:port]`; of a list, each is reached through the ones before it (ssh_config(5)). */
function resolveJump(options: ResolveOptions, proxyJump: string, path: readonly string[]): Endpoint {
  const hops = proxyJump.split(',').map((hop) => hop.trim());
  const last = hops.at(-1) ?? '';
  const before = hops.slice(0, -1).join(',');
  if (path.includes(last) || path.length > MAX_HOPS) {
    throw new DswarmError('DSW_SSH_JUMP_INVALID', `the chain of jump hosts leads back to itself: ${[...path, last].join(' -> ')}`, {
      where: options.where,
      path: 'spec.ssh.proxyJump',
    });
  }
  const spec = options.jump?.(last);
  if (spec !== undefined && spec.ssh === undefined) {
    throw new DswarmError('DSW_SSH_JUMP_INVALID', `node ${last} is a local engine and no host to jump through`, {
      where: options.where,
      path: 'spec.ssh.proxyJump',
    });
  }
  const ssh = spec?.ssh ?? parseDestination(last, options.where);
  return resolve(options, before === '' ? ssh : { ...ssh, proxyJump: before }, last, path);
}

/** `[user@]host[:port]`; an IPv6 address stands in brackets. */
export function parseDestination(text: string, where: string): NodeSsh {
  const parts = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(\[[0-9a-fA-F:.%]+\]|[^@:\s/[\]]+)(?::(\d{1,5}))?$/.exec(text);
  const port = Number(parts?.[3] ?? 22);
  if (parts?.[2] === undefined || port < 1 || port > 65535) {
    throw new DswarmError('DSW_SSH_JUMP_INVALID', 'this names no host', { where, expected: '[user@]host[:port]', found: text });
  }
  const host = parts[2].replace(/^\[|\]$/g, '');
  return { host, port, ...(parts[1] === undefined ? {} : { user: parts[1] }) };
}

interface Said {
  one(name: string): string | undefined;
  all(name: string): string[];
}

/** What the configuration says of a host. Nothing in it is run: neither `Match exec` nor the look-ups of CanonicalizeHostname. */
function readConfig(text: string, host: string, user: string | undefined): Said {
  const safe = text.replace(/^\s*CanonicalizeHostname\b.*$/gim, '');
  const computed = SSHConfig.parse(safe).compute(
    { Host: host, ...(user === undefined ? {} : { User: user }) },
    { ignoreCase: true, matchExec: false },
  );
  const all = (name: string): string[] => [computed[name.toLowerCase()] ?? []].flat();
  return { one: (name) => all(name)[0], all };
}
