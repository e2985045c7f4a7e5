import { userInfo } from 'node:os';
import { hasCode, type DswarmError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { HostTarget } from '../ports/hosts.ts';
import type { EngineAddress } from './docker/modem.ts';
import { destroyAgents, directAgents, tunnelAgents } from './ssh/agent.ts';
import type { AuthSources } from './ssh/auth.ts';
import { resolveEndpoint, type Endpoint } from './ssh/config.ts';
import { dial, type SshConnection } from './ssh/connection.ts';
import type { HostNames } from './ssh/host-names.ts';
import { diagnoseSocket } from './ssh/probe.ts';
import { readIfThere } from './ssh/trust-files.ts';

/** A way to a host's engine, once it stands. */
export interface Session {
  address: EngineAddress;
  /** Grows with everything that comes from the host; absent where the engine is reached without ssh. */
  heard?: () => number;
  /** Resolves once it has ended, with why. A local socket's never does. */
  closed: Promise<DswarmError>;
  /** Looks closer at an error of the engine's socket. */
  explain(error: DswarmError): Promise<DswarmError>;
  close(): void;
}

/** Who this program is to the hosts. */
export interface Identity extends AuthSources {
  /** The user that runs it. */
  user: string;
}

export function identify(home: string, env: Readonly<Record<string, string | undefined>>): Identity {
  return { home, agent: env['SSH_AUTH_SOCK'], user: env['USER'] ?? env['LOGNAME'] ?? userInfo().username };
}

/** Where a node's sshd is, as the manifest and ~/.ssh/config say; undefined for a local engine. */
export async function endpointOf(target: HostTarget, identity: Identity): Promise<Endpoint | undefined> {
  const { ssh } = target.spec;
  if (ssh === undefined) return undefined;
  const texts = await Promise.all([`${identity.home}/.ssh/config`, '/etc/ssh/ssh_config'].map(readIfThere));
  const config = texts.filter((text) => text !== undefined).join('\n');
  return resolveEndpoint({ where: target.node, ssh, config, user: identity.user, home: identity.home, jump: target.jump });
}

const TCP = /^tcp:\/\/(\[[0-9a-fA-F:.]+\]|[^:/[\]]+):(\d{1,5})\/?$/;

/** `tcp://HOST:PORT`; undefined if it is a path. */
export function parseTcp(socket: string): { host: string; port: number } | undefined {
  const parts = TCP.exec(socket);
  if (parts?.[1] === undefined) return undefined;
  return { host: parts[1].replace(/^\[|\]$/g, ''), port: Number(parts[2]) };
}

export interface SessionSources {
  identity: Identity;
  names: HostNames;
  clock: Clock;
}

export async function openSession(target: HostTarget, { identity, names, clock }: SessionSources): Promise<Session> {
  const endpoint = await endpointOf(target, identity);
  const { socket } = target.spec.docker;
  if (endpoint === undefined) return directSession(socket);
  const connection = await dial(endpoint, { sources: identity, names });
  return sshSession({ connection, endpoint, socket, clock });
}

export interface SshSessionOptions {
  connection: SshConnection;
  endpoint: Endpoint;
  /** Path, or tcp://HOST:PORT as the host sees it. */
  socket: string;
  clock: Clock;
}

export function sshSession(options: SshSessionOptions): Session {
  const { connection, endpoint, clock } = options;
  const tcp = parseTcp(options.socket);
  const socket = options.socket.replace(/^unix:\/\//, '');
  const agents = tunnelAgents(() => (tcp === undefined ? connection.openSocket(socket) : connection.openTcp(tcp.host, tcp.port)));
  const explain = async (error: DswarmError): Promise<DswarmError> => {
    if (tcp !== undefined || !hasCode(error, 'DSW_DOCKER_NOT_RUNNING')) return error;
    return diagnoseSocket({ connection, clock, where: endpoint.where, user: endpoint.user, socket });
  };
  void connection.closed.then(() => {
    destroyAgents(agents);
  });
  const close = (): void => {
    destroyAgents(agents);
    connection.close();
  };
  return { address: { agents }, heard: () => connection.heard, closed: connection.closed, explain, close };
}

function directSession(socket: string): Session {
  const tcp = parseTcp(socket);
  const agents = directAgents();
  const close = (): void => {
    destroyAgents(agents);
  };
  const address = tcp === undefined ? { socketPath: socket.replace(/^unix:\/\//, ''), agents } : { ...tcp, agents };
  return { address, closed: new Promise(() => undefined), explain: (error) => Promise.resolve(error), close };
}
