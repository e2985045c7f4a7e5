import { tmpdir } from 'node:os';
import { firstValueFrom, filter, timeout } from 'rxjs';
import { createHosts } from '../../lib/io/hosts.ts';
import { systemClock } from '../../lib/io/clock.ts';
import { systemIds } from '../../lib/io/ids.ts';
import type { HostLink, HostTarget, LinkState } from '../../lib/ports/hosts.ts';
import { silentLog } from '../../lib/ports/log.ts';
import { noMetrics } from '../../lib/ports/metrics.ts';
import type { NodeSpec, NodeSsh } from '../../lib/types/generated.ts';
import type { LabHost } from '../lab/fixture.ts';

export interface OpenLink {
  link: HostLink;
  /** Every state so far. */
  states: LinkState[];
}

export interface LinkSetup {
  ssh?: Partial<NodeSsh>;
  /** Left out of the manifest. */
  without?: (keyof NodeSsh)[];
  home?: string;
  env?: Record<string, string>;
  socket?: string;
  jump?: HostTarget['jump'];
}

/** The manifest of a lab host's node, changed as a test wants. */
export function specOf(host: LabHost, setup: LinkSetup = {}): NodeSpec {
  const { address, port, user, identityFile, hostKey } = host;
  const ssh = { host: address, port, user, identityFile, hostKey, ...setup.ssh };
  const kept = Object.fromEntries(Object.entries(ssh).filter(([key]) => !(setup.without ?? []).includes(key as keyof NodeSsh)));
  return { ssh: kept as unknown as NodeSsh, docker: { socket: setup.socket ?? host.socket }, availability: 'active', role: 'worker' };
}

export function openLink(host: LabHost, setup: LinkSetup = {}): OpenLink {
  return openSpec(host.name, specOf(host, setup), setup);
}

export function openSpec(node: string, spec: NodeSpec, setup: LinkSetup = {}): OpenLink {
  const ports = { clock: systemClock, ids: systemIds, log: silentLog, metrics: noMetrics };
  const hosts = createHosts({ ...ports, home: setup.home ?? tmpdir(), env: setup.env ?? { USER: 'root' } });
  const link = hosts.connect({ node, spec, ...(setup.jump === undefined ? {} : { jump: setup.jump }) });
  const states: LinkState[] = [];
  link.state$.subscribe((state) => states.push(state));
  return { link, states };
}

export function phase(link: HostLink, wanted: LinkState['phase'], limit = 20_000): Promise<LinkState> {
  return firstValueFrom(
    link.state$.pipe(
      filter((state) => state.phase === wanted),
      timeout(limit),
    ),
  );
}

export async function readyLink(host: LabHost, setup: LinkSetup = {}): Promise<OpenLink> {
  const open = openLink(host, setup);
  await phase(open.link, 'ready');
  return open;
}

/** Waits on the real clock: for what a real engine does. */
export async function until(condition: () => boolean | Promise<boolean>, limit = 20_000): Promise<void> {
  const end = systemClock.monotonic() + limit;
  while (!(await condition())) {
    if (systemClock.monotonic() > end) throw new Error(`still not so after ${String(limit)} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
