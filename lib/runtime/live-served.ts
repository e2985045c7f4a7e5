import type { Subscription } from 'rxjs';
import { serve, type ServeInput } from '../dataplane/endpoints.ts';
import type { Served } from '../dataplane/model.ts';
import { addressesOf, isFit, sightOf, type Sight } from '../dataplane/serving.ts';
import { namespaceOf, ownerKey } from '../plan/names.ts';
import type { Snapshot, Store, StoreEvent } from '../ports/store.ts';
import { parseRefKey, refKey, refOf, type StoredNetwork, type StoredNode, type StoredTask } from '../types/objects.ts';
import { sameJson } from '../types/same-json.ts';
import type { Cluster } from './cluster.ts';
import type { ObserverChange } from './observer.ts';
import { serviceKeyOf, type TaskIndex } from './task-index.ts';

export interface LiveServedOptions {
  clusterName: string;
  store: Store;
  cluster: Pick<Cluster, 'observation' | 'containersOf' | 'changes$'>;
  index: TaskIndex;
  endOf: ServeInput['endOf'];
  /** Tasks (NAMESPACE/NAME) that get no new connections. */
  withdrawn: () => ReadonlySet<string>;
  /** Something may be served otherwise from now on. */
  changed: () => void;
}

/**
 * What the cluster serves, kept up with the store and with what is seen of the hosts: a change costs what it concerns, not the number of
 * services and tasks.
 */
export class LiveServed {
  readonly #options: LiveServedOptions;
  readonly #subscriptions: Subscription[] = [];
  /** Keys of services that something changed about. */
  readonly #touched = new Set<string>();
  #isWhole = true;
  #served: Served | undefined;

  constructor(options: LiveServedOptions) {
    this.#options = options;
  }

  start(): void {
    const { store, cluster } = this.#options;
    this.#subscriptions.push(cluster.changes$.subscribe((change) => this.#onChange(change)));
    this.#subscriptions.push(store.watch(store.snapshot().revision).subscribe((event) => this.#onEvent(event)));
    this.touchAll();
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  /** Looks at everything when it is gathered next. */
  touchAll(): void {
    this.#isWhole = true;
    this.#options.changed();
  }

  /** A task (NAMESPACE/NAME) is withdrawn, or no longer. */
  touchTask(key: string): void {
    const [namespace, name = ''] = key.split('/');
    const task = this.#options.store.snapshot().get({ kind: 'Task', namespace, name });
    if (task === undefined) return;
    this.#touch([serviceKeyOf(task)]);
  }

  /** What is the same as before is the same object. */
  gather(): Served {
    const snapshot = this.#options.store.snapshot();
    const isWhole = this.#isWhole || this.#served === undefined;
    const keys = isWhole ? snapshot.list('Service').map((service) => refKey(refOf(service))) : [...this.#touched];
    const only = isWhole ? undefined : new Set(keys.map(plainKey));
    this.#touched.clear();
    this.#isWhole = false;
    this.#served = serve(this.#input(snapshot, keys), this.#served, only);
    return this.#served;
  }

  /** What is seen of a service's tasks now; its key is Service/NAMESPACE/NAME. */
  sight(service: string): Sight {
    const { cluster } = this.#options;
    return sightOf((node) => cluster.observation(node), cluster.containersOf(service));
  }

  #input(snapshot: Snapshot, keys: readonly string[]): ServeInput {
    const { index, endOf, withdrawn } = this.#options;
    const nodes = snapshot.list('Node');
    const down = new Set(nodes.filter(isDown).map(({ metadata }) => metadata.name));
    const sights = new Map<string, Sight>();
    const sightOfTask = (task: StoredTask): Sight => {
      const key = serviceKeyOf(task);
      const sight = sights.get(key) ?? this.sight(key);
      sights.set(key, sight);
      return sight;
    };
    return {
      services: keys.flatMap((key) => snapshot.get({ ...parseRefKey(key), kind: 'Service' }) ?? []),
      tasks: keys.flatMap((key) => index.ofService(key)).filter(({ spec }) => spec.networks !== undefined),
      networks: snapshot.list('Network'),
      nodes,
      endOf,
      addressesOf: (task) => addressesOf(task, sightOfTask(task)),
      isServing: (task) => isFit(task, sightOfTask(task), down),
      withdrawn: withdrawn(),
    };
  }

  #touch(services: Iterable<string>): void {
    for (const key of services) this.#touched.add(key);
    this.#options.changed();
  }

  #touchNode(node: string): void {
    this.#touch(this.#options.index.ofNode(node).map(serviceKeyOf));
  }

  #onChange({ node, changed, doubted = [], stateChanged }: ObserverChange): void {
    if (stateChanged) this.#touchNode(node);
    const owners = [...changed, ...doubted].flatMap(({ labels }) => ownerKey(labels, this.#options.clusterName) ?? []);
    if (owners.length > 0) this.#touch(owners);
  }

  #onEvent(event: StoreEvent): void {
    const { object, previous } = event;
    if (object.kind === 'Service') this.#touch([refKey(refOf(object))]);
    else if (object.kind === 'Task') this.#touch([serviceKeyOf(object)]);
    else if (object.kind === 'Network') this.#onNetwork(event, object, previous?.kind === 'Network' ? previous : undefined);
    else if (object.kind === 'Node') this.#onNode(event, object, previous?.kind === 'Node' ? previous : undefined);
  }

  /** Most often a service was given an address. */
  #onNetwork({ type }: StoreEvent, now: StoredNetwork, before: StoredNetwork | undefined): void {
    const rest = ({ spec, status = {} }: StoredNetwork): unknown => ({ spec, status: { ...status, addresses: [], conditions: [] } });
    if (type !== 'MODIFIED' || before === undefined || !sameJson(rest(now), rest(before))) this.touchAll();
    else this.#touch(readdressed(before, now));
  }

  #onNode({ type }: StoreEvent, now: StoredNode, before: StoredNode | undefined): void {
    if (type !== 'MODIFIED' || before === undefined || !sameJson(now.spec, before.spec)) this.touchAll();
    else if (isDown(now) !== isDown(before)) this.#touchNode(now.metadata.name);
    else if (now.status?.plane?.publicKey !== before.status?.plane?.publicKey) this.#options.changed();
  }
}

function isDown({ status }: StoredNode): boolean {
  return status?.state === 'Down';
}

function plainKey(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}

/** Keys of the services whose address is another one now. */
function readdressed(before: StoredNetwork, now: StoredNetwork): string[] {
  const addresses = ({ status }: StoredNetwork): Map<string, string> =>
    new Map(status?.addresses?.map(({ service, address }) => [service, address]));
  const [was, is] = [addresses(before), addresses(now)];
  const names = [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name));
  return names.map((name) => refKey({ kind: 'Service', namespace: namespaceOf(now), name }));
}
