import type { Clock } from '../ports/clock.ts';
import type { Hosts, HostTarget } from '../ports/hosts.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { Deadlines } from './docker/engine.ts';
import { Link } from './hosts-link.ts';
import { endpointOf, identify, openSession, type Identity } from './hosts-session.ts';
import { HostNames } from './ssh/host-names.ts';
import { trustStamp } from './ssh/trust-files.ts';

export interface HostsOptions {
  clock: Clock;
  ids: Ids;
  log: Log;
  metrics: Metrics;
  /** Home directory of the user that runs this program: its .ssh folder counts. */
  home: string;
  /** SSH_AUTH_SOCK, USER and LOGNAME are read. */
  env: Readonly<Record<string, string | undefined>>;
  deadlines?: Partial<Deadlines>;
}

/** Links to hosts over SSH, to local engines, and to engines on TCP. */
export function createHosts(options: HostsOptions): Hosts {
  const { clock, ids, log, metrics, deadlines = {} } = options;
  const identity = identify(options.home, options.env);
  const names = new HostNames(clock);
  return {
    connect: (target: HostTarget) =>
      new Link({
        node: target.node,
        clock,
        ids,
        log,
        metrics,
        deadlines,
        open: () => openSession(target, { identity, names, clock }),
        trustStamp: () => stampOf(target, identity),
      }),
  };
}

/** Of all hops. Where even the way to the host cannot be found, the attempt to connect tells why. */
async function stampOf(target: HostTarget, identity: Identity): Promise<string> {
  try {
    const endpoint = await endpointOf(target, identity);
    return endpoint === undefined ? '' : await trustStamp(endpoint, identity.home);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
