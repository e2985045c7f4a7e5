import { meetsConstraints } from '../schedule/constraint.ts';
import { nameNodes } from '../schedule/filters.ts';
import type { NodeFacts } from '../schedule/node-facts.ts';
import type { NodeIndex } from '../schedule/node-index.ts';
import type { StoredService, StoredTask } from '../types/objects.ts';
import { parseIsoTime } from '../types/time.ts';
import type { SlotBuckets } from './buckets.ts';
import { homeOf, keepsData, volumesOf } from './holding.ts';
import type { TaskAssignment } from './step.ts';
import type { TaskView } from './task-view.ts';

/**
 * What tasks of other services keep volumes of a node: none; one of a service that is there, whose data it is then; or only ones of a
 * service that is no more, and that are still to go.
 */
export type Keeper = 'none' | 'service' | 'leaving';

export interface HomesInput {
  service: StoredService;
  tasks: readonly TaskView[];
  retired: readonly StoredTask[];
  nodes: NodeIndex;
  /** Absent: no other service keeps any. */
  keeperOf?: ((node: string, volumes: readonly string[]) => Keeper) | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** The nodes where a slot has data; none: anywhere will do. `waits`: why it cannot be started there yet. */
export interface Homes {
  nodes: string[];
  waits?: string;
  /** Milliseconds since the epoch: when it is to be asked again at the latest. */
  until?: number;
}

/** A node with data for a slot. */
interface FoundData {
  node: string;
  /** How many of the volumes. */
  volumes: number;
  keeper: Keeper;
}

/** How long a service counts as new. */
const NEW_MS = 3_000;

const NOWHERE: Homes = { nodes: [] };

/** Where the slots of one service that keeps data in volumes have it. */
export class DataHomes {
  readonly #input: HomesInput;
  readonly #isKeeping: boolean;
  /** What its slots keep: `NODE/VOLUME`, by slot. */
  #kept: Map<string, Set<string>> | undefined;

  constructor(input: HomesInput) {
    this.#input = input;
    this.#isKeeping = keepsData(input.service.spec);
  }

  /**
   * Where its last task with one of the volumes was; where no such task is remembered, the nodes that have most of them, and where neither
   * another slot nor another service keeps them. Only nodes that meet the constraints count: that is where the user says it belongs.
   */
  of(slot: string, buckets: SlotBuckets): Homes {
    if (!this.#isKeeping) return NOWHERE;
    const { service, retired, nodes } = this.#input;
    const last = homeOf({ service, slot, buckets, retired, nodes });
    return last === undefined ? this.#find(slot) : { nodes: [last] };
  }

  /** A task was assigned: what it keeps is its slot's. */
  assigned(target: TaskAssignment): void {
    if (this.#kept !== undefined) this.#keep(this.#kept, target.spec);
  }

  /** Nodes where others keep a volume that one of the slots would write, too. */
  keptByOthers(slots: readonly string[]): string[] {
    const { nodes, keeperOf } = this.#input;
    if (!this.#isKeeping || keeperOf === undefined) return [];
    const namers = slots.map((slot) => this.#namer(slot));
    return nodes.all().flatMap((node) => {
      const names = new Set(namers.flatMap((names) => names(node).filter((name) => node.volumes?.has(name) === true)));
      return names.size > 0 && keeperOf(node.name, [...names]) === 'service' ? [node.name] : [];
    });
  }

  #find(slot: string): Homes {
    const names = this.#namer(slot);
    const found = this.#input.nodes.all().flatMap((node) => this.#dataOn(node, slot, names) ?? []);
    const free = found.filter(({ keeper }) => keeper !== 'service');
    if (free.length === 0) return found.length === 0 ? NOWHERE : this.#askAgain(found);
    const most = Math.max(...free.map(({ volumes }) => volumes));
    const best = free.filter(({ volumes }) => volumes === most);
    const leaving = best.filter(({ keeper }) => keeper === 'leaving');
    const waits = leaving.length === 0 ? {} : { waits: whyWaits(leaving, 'a task of a deleted service') };
    return { nodes: best.map(({ node }) => node), ...waits };
  }

  /** Of two files, one with a new name and one that goes, the new one is applied first: whose data it is shows in a moment. */
  #askAgain(found: readonly FoundData[]): Homes {
    const { service, now } = this.#input;
    const until = (parseIsoTime(service.metadata.creationTimestamp) ?? 0) + NEW_MS;
    return now < until ? { nodes: found.map(({ node }) => node), waits: whyWaits(found, 'another service'), until } : NOWHERE;
  }

  #dataOn(node: NodeFacts, slot: string, names: (node: NodeFacts) => readonly string[]): FoundData | undefined {
    const { service, keeperOf } = this.#input;
    if (node.volumes === undefined || node.volumes.size === 0) return undefined;
    const there = names(node).filter((name) => node.volumes?.has(name) === true && !this.#isKeptBeside(slot, `${node.name}/${name}`));
    if (there.length === 0 || !meetsConstraints(service.spec.placement?.constraints ?? [], node)) return undefined;
    return { node: node.name, volumes: there.length, keeper: keeperOf?.(node.name, there) ?? 'none' };
  }

  /** Most names are the same on all nodes. */
  #namer(slot: string): (node: NodeFacts) => readonly string[] {
    const { service } = this.#input;
    const namesOn = (node: NodeFacts | undefined): string[] => volumesOf({ service, task: { name: '', spec: { slot } }, node });
    if (service.spec.volumes?.some(({ source }) => source?.includes('.Node.')) === true) return namesOn;
    const names = namesOn(undefined);
    return () => names;
  }

  #isKeptBeside(slot: string, volume: string): boolean {
    this.#kept ??= this.#keptNow();
    return [...(this.#kept.get(volume) ?? [])].some((other) => other !== slot);
  }

  #keptNow(): Map<string, Set<string>> {
    const kept = new Map<string, Set<string>>();
    for (const { name, spec } of this.#input.tasks) {
      // A record of an earlier version does not tell.
      const node = this.#input.nodes.find(spec.node);
      const volumes = spec.volumes ?? volumesOf({ service: this.#input.service, task: { name, spec }, node });
      this.#keep(kept, { ...spec, volumes });
    }
    return kept;
  }

  #keep(kept: Map<string, Set<string>>, { node, slot, volumes = [] }: TaskAssignment['spec']): void {
    for (const volume of volumes) {
      const key = `${node}/${volume}`;
      const slots = kept.get(key);
      if (slots === undefined) kept.set(key, new Set([slot]));
      else slots.add(slot);
    }
  }
}

const whyWaits = (found: readonly FoundData[], keeper: string): string =>
  `no suitable node (its data is in a volume on ${nameNodes(found.map(({ node }) => node))}, which ${keeper} still has)`;
