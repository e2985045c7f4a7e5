import type { Agent } from 'node:http';
import { inspect } from 'node:util';
import type Dockerode from 'dockerode';

/** How to reach an engine: agents that open connections themselves (over SSH), a local unix socket, or TCP. */
export type EngineAddress = { agents: Agents } | { socketPath: string; agents: Agents } | { host: string; port: number; agents: Agents };

export interface Agents {
  /** For calls that are answered at once: bounded, kept alive. */
  calls: Agent;
  /** For events, logs, exec, pulls, stops: what lasts must not keep the quick ones waiting. */
  streams: Agent;
}

/** What docker-modem's `dial` takes; dockerode's own methods are made of it. */
export interface DialOptions {
  path: string;
  method: 'GET' | 'POST' | 'DELETE';
  options?: object;
  abortSignal?: AbortSignal;
  isStream?: boolean;
  statusCodes: Record<number, string | true>;
}

export interface Modems {
  calls: Dockerode;
  streams: Dockerode;
}

/**
 * The one place that makes dockerode clients. Imported when first used: it takes 180 ms, which commands that call no engine need not pay.
 * All settings are given, so that DOCKER_HOST and the like in the environment change nothing.
 */
export async function openModems(address: EngineAddress): Promise<Modems> {
  const { default: Client } = await import('dockerode');
  const make = (agent: Agent): Dockerode => {
    makeOpaque(agent);
    const target =
      'socketPath' in address ? { socketPath: address.socketPath } : 'host' in address ? address : { host: 'docker', port: 80 };
    const unset = { host: undefined, socketPath: undefined, key: undefined, cert: undefined, ca: undefined, timeout: undefined };
    const options = { ...unset, ...target, pathPrefix: '/', protocol: 'http', agent };
    return new Client(options as Dockerode.DockerOptions);
  };
  return { calls: make(address.agents.calls), streams: make(address.agents.streams) };
}

/**
 * docker-modem renders its options, with the agent and all that hangs on it, in full for a debug line before each request, printed or
 * not: that was half of the controller's CPU time.
 */
function makeOpaque(agent: Agent): void {
  Object.defineProperty(agent, inspect.custom, { value: () => '[Agent]', configurable: true });
}

export function setVersion(modems: Modems, version: string | undefined): void {
  for (const client of [modems.calls, modems.streams])
    (client.modem as unknown as { version: string | undefined }).version = version === undefined ? undefined : `v${version}`;
}

/** A request that dockerode has no fitting method for. */
export function dial<T>(client: Dockerode, options: DialOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    const modem = client.modem as unknown as {
      dial(given: DialOptions, done: (error: Error | null | undefined, data: unknown) => void): void;
    };
    modem.dial(options, (error, data) => {
      if (error === null || error === undefined) resolve(data as T);
      else reject(error);
    });
  });
}

/** docker-modem cuts the last character off a path with a query: such a path ends with one too many, `?` or `&`. */
export function get<T>(client: Dockerode, path: string, abortSignal: AbortSignal): Promise<T> {
  return dial<T>(client, { path, method: 'GET', abortSignal, statusCodes: { 200: true } });
}
