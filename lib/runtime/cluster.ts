import { Subject, type Observable } from 'rxjs';
import { DswarmError } from '../errors/error.ts';
import { ownerKey } from '../plan/names.ts';
import type { Clock } from '../ports/clock.ts';
import type { Docker } from '../ports/docker.ts';
import type { HostLink, Hosts } from '../ports/hosts.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import type { NodeSpec } from '../types/generated.ts';
import type { StoredNode } from '../types/objects.ts';
import type { NodeObservation, ObservedContainer, PlacedContainer } from '../types/observation.ts';
import { EngineOwners } from './engine-owners.ts';
import { NodeObserver, type ObserverChange } from './observer.ts';

export interface ClusterOptions {
  /** Containers labelled with another cluster's name are not ours. */
  name: string;
  hosts: Hosts;
  clock: Clock;
  ids: Ids;
  log: Log;
  metrics: Metrics;
  relistMs: number;
}

interface Member {
  spec: string;
  link: HostLink;
  observer: NodeObserver;
}

/** All nodes: their links, and what they were last seen to run. */
export class Cluster {
  readonly changes$: Observable<ObserverChange>;
  /** Names of nodes of which more than their containers may be seen otherwise from now on; told before the change itself. */
  readonly stale$: Observable<string>;
  readonly #changes = new Subject<ObserverChange>();
  readonly #stale = new Subject<string>();
  readonly #members = new Map<string, Member>();
  /** Container by owner and id, kept up with each change. */
  readonly #byOwner = new Map<string, Map<string, PlacedContainer>>();
  /** Worked out when asked for, dropped when the node changes: passes ask far more often than nodes change. */
  readonly #views = new Map<string, NodeObservation>();
  readonly #engines = new EngineOwners();
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.#options = options;
    this.changes$ = this.#changes.asObservable();
    this.stale$ = this.#stale.asObservable();
  }

  /** Connects a node that is new, reconnects one whose way in changed, leaves any other alone. */
  ensure(node: StoredNode, findSpec: (name: string) => NodeSpec | undefined): void {
    const { name } = node.metadata;
    const spec = JSON.stringify([node.spec.ssh, node.spec.docker]);
    const member = this.#members.get(name);
    if (member?.spec === spec) return;
    if (member !== undefined) this.#drop(name, member);
    const link = this.#options.hosts.connect({ node: name, spec: node.spec, jump: findSpec });
    const observer = new NodeObserver({ ...this.#options, node: name, link });
    this.#members.set(name, { spec, link, observer });
    this.#invalidate(name);
    observer.changes$.subscribe((change) => this.#onChange(change));
    observer.start();
  }

  /** Forgets a node; its containers are left as they are. */
  remove(name: string): readonly ObservedContainer[] {
    const member = this.#members.get(name);
    if (member === undefined) return [];
    const left = [...member.observer.observation().containers.values()];
    this.#drop(name, member);
    this.#changes.next({ node: name, changed: left, stateChanged: true });
    return left;
  }

  names(): string[] {
    return [...this.#members.keys()];
  }

  observation(node: string): NodeObservation | undefined {
    const known = this.#views.get(node);
    if (known !== undefined) return known;
    const observation = this.#members.get(node)?.observer.observation();
    if (observation === undefined) return undefined;
    const view = this.#judge(node, observation);
    this.#views.set(node, view);
    return view;
  }

  /** How long a node that counts as Ready has given no sign of life. */
  silentMs(node: string): number | undefined {
    return this.#members.get(node)?.link.silentMs();
  }

  containersOf(owner: string): PlacedContainer[] {
    return [...(this.#byOwner.get(owner)?.values() ?? [])].filter(({ node }) => this.#engines.twinOf(node) === undefined);
  }

  owners(): string[] {
    return [...this.#byOwner.keys()];
  }

  docker(node: string): Docker {
    return this.#member(node).link.docker;
  }

  /** See NodeObserver.confirm. */
  async refresh(node: string, ids: readonly string[]): Promise<void> {
    await this.#member(node).observer.confirm(ids);
  }

  async relist(node: string): Promise<void> {
    await this.#member(node).observer.confirm();
  }

  async close(): Promise<void> {
    const members = [...this.#members.values()];
    this.#members.clear();
    for (const member of members) member.observer.stop();
    await Promise.all(members.map((member) => member.link.close()));
    this.#changes.complete();
    this.#stale.complete();
  }

  #member(node: string): Member {
    const member = this.#members.get(node);
    if (member === undefined) throw new DswarmError('DSW_HOST_UNREACHABLE', `there is no node ${node} any more`, { where: node });
    return member;
  }

  #drop(name: string, member: Member): void {
    this.#members.delete(name);
    for (const other of this.#engines.set(name, undefined)) this.#invalidate(other);
    this.#invalidate(name);
    member.observer.stop();
    for (const container of member.observer.observation().containers.values()) this.#index(name, container, false);
    void member.link
      .close()
      .catch((error: unknown) => this.#options.log.warn({ node: name, error: String(error) }, 'closing the link failed'));
  }

  #onChange(change: ObserverChange): void {
    this.#views.delete(change.node);
    if (change.volumesChanged === true) this.#stale.next(change.node);
    const others = change.stateChanged ? this.#reconsider(change.node) : [];
    const present = this.#members.get(change.node)?.observer.observation().containers;
    for (const container of change.changed)
      this.#index(change.node, present?.get(container.id) ?? container, present?.has(container.id) === true);
    this.#changes.next(change);
    for (const node of others) this.#changes.next({ node, changed: [], stateChanged: true });
  }

  /** Returns the other nodes that are twins now, or no longer. */
  #reconsider(node: string): string[] {
    const others = this.#engines.set(node, this.#members.get(node)?.observer.observation().engine?.id);
    for (const each of [node, ...others]) this.#invalidate(each);
    return others;
  }

  #index(node: string, container: ObservedContainer, present: boolean): void {
    const owner = ownerKey(container.labels, this.#options.name);
    if (owner === undefined) return;
    const key = `${node}/${container.id}`;
    const owned = this.#byOwner.get(owner) ?? new Map<string, PlacedContainer>();
    if (present) owned.set(key, { node, container });
    else owned.delete(key);
    if (owned.size === 0) this.#byOwner.delete(owner);
    else this.#byOwner.set(owner, owned);
  }

  #judge(node: string, observation: NodeObservation): NodeObservation {
    const twin = this.#engines.twinOf(node);
    if (twin === undefined) return observation;
    const message = `is the same engine as node ${twin}; remove one of the two Node objects`;
    return { ...observation, state: 'Untrusted', listed: false, message };
  }

  /** What was worked out from its observation no longer holds. */
  #invalidate(node: string): void {
    this.#views.delete(node);
    this.#stale.next(node);
  }
}
