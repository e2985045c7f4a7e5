import { DswarmError } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { HostTarget } from '../ports/hosts.ts';
import type { EngineInfo } from '../types/observation.ts';
import { createDocker } from './docker/engine.ts';
import { endpointOf, identify, openSession, sshSession, type Identity, type Session } from './hosts-session.ts';
import type { Endpoint } from './ssh/config.ts';
import { dial } from './ssh/connection.ts';
import { HostNames } from './ssh/host-names.ts';

/** In the order they are made; after one that failed there are no more. */
export type CheckName = 'address' | 'host key' | 'login' | 'engine socket' | 'engine version' | 'platform';

export type Check =
  | { name: CheckName; ok: true; detail: string }
  /** The error's hint is the cure. */
  | { name: CheckName; ok: false; error: DswarmError };

export interface PreflightReport {
  ok: boolean;
  checks: Check[];
  /** Of a host that passed: to notice that two nodes are the same engine. */
  engine?: EngineInfo;
}

export interface PreflightOptions {
  clock: Clock;
  home: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** Tries everything that a Node needs, step by step, so that what fails is named exactly. Changes nothing on the host. */
export async function preflight(target: HostTarget, options: PreflightOptions): Promise<PreflightReport> {
  const checks: Check[] = [];
  const pass = (name: CheckName, detail: string): void => {
    checks.push({ name, ok: true, detail });
  };
  let next: CheckName = 'address';
  try {
    const session = await open(target, options, (name, detail, then) => {
      pass(name, detail);
      next = then;
    });
    try {
      next = 'engine socket';
      const engine = await checkEngine(session, target, options.clock, pass);
      return { ok: true, checks, engine };
    } finally {
      session.close();
    }
  } catch (error) {
    const known = asKnown(error, target.node);
    const name = known.code === 'DSW_ENGINE_TOO_OLD' || known.code === 'DSW_ENGINE_TOO_NEW' ? 'engine version' : next;
    checks.push({ name, ok: false, error: known });
    return { ok: false, checks };
  }
}

type Passed = (name: CheckName, detail: string, next: CheckName) => void;

async function open(target: HostTarget, options: PreflightOptions, passed: Passed): Promise<Session> {
  const identity: Identity = identify(options.home, options.env);
  const names = new HostNames(options.clock);
  const endpoint = await endpointOf(target, identity);
  if (endpoint === undefined) return openSession(target, { identity, names, clock: options.clock });
  const progress = (stage: 'connected' | 'trusted' | 'authenticated', hop: Endpoint): void => {
    // A jump host's failures name it; what it passes is not told.
    if (hop !== endpoint) return;
    if (stage === 'connected') passed('address', `${hop.host} port ${String(hop.port)} answers`, 'host key');
    else if (stage === 'trusted') passed('host key', hop.hostKey === undefined ? 'is in known_hosts' : 'is the pinned one', 'login');
    else passed('login', `as ${hop.user}`, 'engine socket');
  };
  const connection = await dial(endpoint, { sources: identity, names, progress });
  return sshSession({ connection, endpoint, socket: target.spec.docker.socket, clock: options.clock });
}

async function checkEngine(
  session: Session,
  target: HostTarget,
  clock: Clock,
  pass: (name: CheckName, detail: string) => void,
): Promise<EngineInfo> {
  const docker = createDocker({ address: session.address, clock, where: target.node });
  try {
    const version = await docker.negotiate();
    pass('engine socket', `${target.spec.docker.socket} answers`);
    pass('engine version', `Docker ${version.version}, Engine API ${version.apiVersion}`);
    const info = await docker.info();
    pass('platform', `${info.os}/${info.arch}, ${String(info.cpus)} CPUs, ${(info.memory / 2 ** 30).toFixed(1)} GiB`);
    return info;
  } catch (error) {
    throw await session.explain(asKnown(error, target.node));
  }
}

function asKnown(error: unknown, where: string): DswarmError {
  if (error instanceof DswarmError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DswarmError('DSW_HOST_UNREACHABLE', message, { where, cause: error });
}
