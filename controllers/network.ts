import { hasCode } from '../lib/errors/error.ts';
import { awaitedOf, isUnheard } from '../lib/network/routes.ts';
import { newsOf } from '../lib/network/news.ts';
import { planNetworks, withChanges, type NetworksPlan } from '../lib/network/plan.ts';
import type { Clock } from '../lib/ports/clock.ts';
import type { EventSink } from '../lib/ports/events.ts';
import type { Ids } from '../lib/ports/ids.ts';
import type { Change, Store, StoreEvent } from '../lib/ports/store.ts';
import { planReach } from '../lib/publish/plan.ts';
import { rolloutTarget } from '../lib/rollout/target.ts';
import { DONE, type Outcome } from '../lib/runtime/outcome.ts';
import { networksOf, type TaskIndex } from '../lib/runtime/task-index.ts';
import { refOf, type StoredNetwork, type StoredNode, type StoredService } from '../lib/types/objects.ts';
import { sameJson } from '../lib/types/same-json.ts';

export interface NetworkControllerOptions {
  store: Store;
  index: TaskIndex;
  clock: Clock;
  ids: Ids;
  events: EventSink;
  dataPlane: boolean;
}

/** The one key of its queue: what is given is given out of one hand, so that nothing is given twice. */
export const NETWORKS_KEY = 'Networks';

/** Keeps the addresses and ports that networks, nodes and services are given; makes and removes the namespaces' default networks. */
export class NetworkController {
  readonly #options: NetworkControllerOptions;

  constructor(options: NetworkControllerOptions) {
    this.#options = options;
  }

  async pass(): Promise<Outcome> {
    const { store, index, clock, dataPlane } = this.#options;
    const snapshot = store.snapshot();
    const services = snapshot.list('Service').map((service) => rolloutTarget(service, (ref) => snapshot.get(ref)).service);
    const nodes = snapshot.list('Node');
    const plan = planNetworks({
      networks: snapshot.list('Network'),
      services,
      nodes,
      awaited: dataPlane ? awaitedOf(nodes) : undefined,
      used: index.networksInUse(),
      dataPlane,
      now: clock.now(),
    });
    const networks = withChanges(snapshot.list('Network'), plan);
    const reach = dataPlane ? planReach({ services, read: (ref) => snapshot.get(ref), networks, nodes }) : [];
    // Each service by itself: others' writes to one must not hold up the rest.
    const writes = [this.#changes(plan), ...reach.map((put): Change[] => [{ put, expect: put.metadata.resourceVersion }])];
    const failures = await Promise.all(writes.map((changes) => this.#commit(changes)));
    const failure = failures.find((each) => each !== undefined);
    if (failures[0] === undefined)
      for (const network of plan.put) {
        const news = newsOf(network, snapshot.get({ ...refOf(network), kind: 'Network' }));
        if (news !== undefined) this.#options.events.emit(refOf(network), news.type, news.reason, news.message);
      }
    return failure === undefined ? DONE : { kind: 'requeue', afterMs: 0, why: failure };
  }

  /** Why it conflicts with what others wrote meanwhile, if it does. */
  async #commit(changes: readonly Change[]): Promise<string | undefined> {
    try {
      await this.#options.store.commit(changes);
      return undefined;
    } catch (error) {
      if (hasCode(error, 'DSW_STORE_CONFLICT')) return error.message;
      throw error;
    }
  }

  #changes({ put, remove }: NetworksPlan): Change[] {
    const puts = put.map((network): Change => {
      const { uid, resourceVersion } = network.metadata;
      if (uid !== '') return { put: network, expect: resourceVersion };
      return { put: { ...network, metadata: { ...network.metadata, uid: this.#options.ids.uid() } }, expect: 'absent' };
    });
    return [...puts, ...remove.map((network) => ({ delete: refOf(network), expect: network.metadata.resourceVersion }))];
  }
}

/** Whether what happened may change what networks are given; `isInUse` tells of a network by its key. */
export function concernsNetworks({ type, object, previous }: StoreEvent, isInUse: (key: string) => boolean): boolean {
  if (object.kind === 'Task') return networksOf(object).some((key) => !isInUse(key));
  if (object.kind !== 'Network' && object.kind !== 'Node' && object.kind !== 'Service') return false;
  return type !== 'MODIFIED' || previous?.kind !== object.kind || !sameJson(partThatCounts(object), partThatCounts(previous));
}

/** Of a status only what others write and networks are judged by. */
function partThatCounts(object: StoredNetwork | StoredNode | StoredService): unknown {
  if (object.kind === 'Network') return [object.metadata.generation, object.metadata.deletionTimestamp, object.metadata.annotations];
  if (object.kind === 'Node') return [object.metadata.generation, object.status?.subnets, object.status?.routes, isUnheard(object)];
  return [object.metadata.generation, object.status?.update?.state];
}
