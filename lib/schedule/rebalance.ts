import { labelValue } from './constraint.ts';
import { FILTERS, type NodeLoad, type ServiceDemand } from './filters.ts';
import type { NodeFacts } from './node-facts.ts';
import type { NodeIndex } from './node-index.ts';

export interface Move {
  from: string;
  to: string;
}

interface Candidate {
  node: NodeFacts;
  own: number;
  /** Tasks of all services. */
  tasks: number;
  /** Whether it would take one more. */
  accepts: boolean;
}

/**
 * The next move that evens out where the tasks of a service run, or undefined where they are as even as they can be: no node has two more
 * than another that would take one, nor any zone of its spread preferences. Each move makes what it looks at strictly more even, the
 * outermost zones first, so a sequence of moves ends.
 */
export function nextMove(index: NodeIndex, demand: ServiceDemand, own: ReadonlyMap<string, number>): Move | undefined {
  const candidates = index.all().map((node, rank): Candidate => {
    const counted = index.load(rank);
    const load: NodeLoad = { ...counted, own: own.get(node.name) ?? 0 };
    return {
      node,
      own: load.own,
      tasks: counted.tasks,
      accepts: isSound(node, demand) && FILTERS.every((filter) => filter.accepts(node, demand, load)),
    };
  });
  return moveWithin(candidates, demand.spread ?? []);
}

/** A node where the service failed lately is not the place to go to without need. */
function isSound({ name }: NodeFacts, { recentFailures }: ServiceDemand): boolean {
  return (recentFailures?.get(name) ?? 0) === 0;
}

/** Between the zones of the first label; within each zone, by the other labels, only where the zones are even. */
function moveWithin(candidates: readonly Candidate[], spread: readonly string[]): Move | undefined {
  const [label, ...rest] = spread;
  const zones = label === undefined ? candidates.map((candidate) => [candidate]) : zonesBy(label, candidates);
  const fullest = pick(
    zones,
    (zone) => ownOf(zone) > 0,
    (a, b) => ownOf(b) - ownOf(a) || tasksOf(b) - tasksOf(a),
  );
  const emptiest = pick(
    zones,
    (zone) => zone.some(({ accepts }) => accepts),
    (a, b) => ownOf(a) - ownOf(b) || tasksOf(a) - tasksOf(b),
  );
  if (fullest !== undefined && emptiest !== undefined && ownOf(fullest) - ownOf(emptiest) >= 2)
    return { from: mostLoaded(fullest, rest), to: leastLoaded(emptiest, rest) };
  if (label === undefined) return undefined;
  for (const zone of zones) {
    const move = moveWithin(zone, rest);
    if (move !== undefined) return move;
  }
  return undefined;
}

/** In order of the label's value. */
function zonesBy(label: string, candidates: readonly Candidate[]): Candidate[][] {
  const zones = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const value = labelValue(label, candidate.node) ?? '';
    const zone = zones.get(value);
    if (zone === undefined) zones.set(value, [candidate]);
    else zone.push(candidate);
  }
  return [...zones].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, zone]) => zone);
}

function mostLoaded(zone: readonly Candidate[], spread: readonly string[]): string {
  return descend(
    zone,
    spread,
    (group) => ownOf(group) > 0,
    (a, b) => ownOf(b) - ownOf(a) || tasksOf(b) - tasksOf(a),
  );
}

function leastLoaded(zone: readonly Candidate[], spread: readonly string[]): string {
  return descend(
    zone,
    spread,
    (group) => group.some(({ accepts }) => accepts),
    (a, b) => ownOf(a) - ownOf(b) || tasksOf(a) - tasksOf(b),
  );
}

type Zone = readonly Candidate[];

function descend(zone: Zone, spread: readonly string[], may: (zone: Zone) => boolean, order: (a: Zone, b: Zone) => number): string {
  const [label, ...rest] = spread;
  const groups = label === undefined ? zone.map((candidate) => [candidate]) : zonesBy(label, zone);
  const best = pick(groups, may, order) ?? zone;
  return label === undefined ? (best[0] as Candidate).node.name : descend(best, rest, may, order);
}

/** The first in this order; of equals the first. */
function pick(zones: readonly Zone[], may: (zone: Zone) => boolean, order: (a: Zone, b: Zone) => number): Zone | undefined {
  let best: Zone | undefined;
  for (const zone of zones) if (may(zone) && (best === undefined || order(zone, best) < 0)) best = zone;
  return best;
}

const ownOf = (zone: Zone): number => zone.reduce((sum, { own }) => sum + own, 0);
const tasksOf = (zone: Zone): number => zone.reduce((sum, { tasks }) => sum + tasks, 0);
