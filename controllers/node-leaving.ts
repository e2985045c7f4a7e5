import { ownerKey } from '../lib/plan/names.ts';
import { sleep, type Clock } from '../lib/ports/clock.ts';
import type { ObjectRef } from '../lib/types/objects.ts';
import type { NodeObservation } from '../lib/types/observation.ts';
import type { Operations } from '../lib/apply/operations.ts';
import type { EventSink } from '../lib/ports/events.ts';
import type { Cluster } from '../lib/runtime/cluster.ts';
import type { PlaneController } from './plane.ts';

export interface LeavingOptions {
  clusterName: string;
  cluster: Pick<Cluster, 'observation'>;
  operations: Pick<Operations, 'networks'>;
  clock: Clock;
  events: EventSink;
  /** The nodes' data planes; undefined: there are none. */
  plane: Pick<PlaneController, 'leave'> | undefined;
}

/** So long the host of a node that is no more may take to give up its data plane. */
const LIMIT_MS = 30_000;

/** Takes the data plane off the host of a node that is no more, and tells. What still runs there needs it, and keeps it. */
export async function leaveHost(ref: ObjectRef, options: LeavingOptions): Promise<void> {
  const { plane, cluster, clusterName, operations, clock, events } = options;
  const seen = cluster.observation(ref.name);
  if (plane === undefined || seen === undefined) return;
  const remove = async (): Promise<void> => {
    await plane.leave(ref.name);
    await operations.networks.prune(ref.name, () => false);
  };
  const problem = whyKept(seen, clusterName) ?? (await attempt(remove, clock));
  if (problem === undefined) events.emit(ref, 'Normal', 'DataPlaneRemoved', 'its data plane was taken off the host');
  else events.emit(ref, 'Warning', 'DataPlaneLeft', `its data plane was left on the host: ${problem}`);
}

function whyKept({ state, containers }: NodeObservation, cluster: string): string | undefined {
  if (state !== 'Ready') return 'it does not answer';
  const isBusy = [...containers.values()].some((one) => one.state === 'running' && ownerKey(one.labels, cluster) !== undefined);
  return isBusy ? 'containers run there' : undefined;
}

/** Why it failed, if it did. */
async function attempt(act: () => Promise<void>, clock: Clock): Promise<string | undefined> {
  const patience = new AbortController();
  const late = sleep(clock, LIMIT_MS, patience.signal).then(() => `no answer within ${String(LIMIT_MS / 1000)} s`);
  const done = act().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    patience.abort();
    await Promise.allSettled([late]);
  }
}
