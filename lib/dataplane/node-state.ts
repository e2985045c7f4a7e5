import { DswarmError, hasCode } from '../errors/error.ts';
import { frameOf } from './frame.ts';
import type { Served, ServedService } from './model.ts';
import { serviceOf, surroundingsOf, type Surroundings } from './service.ts';
import type { PlaneFrame, PlaneRefusal, PlaneService, PlaneState } from './state.ts';

/**
 * What one node does of what the cluster serves. Given the state before, only services that are other objects than then are made anew.
 * A service that cannot be written, or claims what is another's, is left out and told: it stops no other (fault 74).
 */
export function nodeState(served: Served, node: string, before?: PlaneState): PlaneState {
  const self = served.nodes.find(({ name }) => name === node);
  // Invariant 5: what this node would be told is not "nothing".
  if (self === undefined) throw new DswarmError('DSW_NETWORK_RENDER', `the node ${node} is not among those that are served`);
  const same = before !== undefined && before.served.nodes === served.nodes && before.served.networks === served.networks;
  const { frame, refused } = same ? { frame: before.frame, refused: before.frameRefused } : settledFrame(frameOf(served, self), before);
  const made = servicesOf(served.services, frame, before);
  return { served, frame, frameRefused: refused, services: made.services, refused: [...refused, ...made.refused] };
}

/** The frame before, where the new one says the same. */
function settledFrame(made: ReturnType<typeof frameOf>, before: PlaneState | undefined): ReturnType<typeof frameOf> {
  if (before === undefined || JSON.stringify(before.frame) !== JSON.stringify(made.frame)) return made;
  return { ...made, frame: before.frame };
}

function servicesOf(all: readonly ServedService[], frame: PlaneFrame, before?: PlaneState): Pick<PlaneState, 'services' | 'refused'> {
  const around = surroundingsOf(frame);
  const known = before?.frame === frame ? before.services : undefined;
  const services = new Map<string, PlaneService>();
  const refused: PlaneRefusal[] = [];
  const owners = new Map<string, string>();
  for (const source of all) {
    const old = known?.get(`${source.namespace}/${source.name}`);
    const made = old?.source === source ? old : attempt(source, around);
    const message = typeof made === 'string' ? made : claim(made, owners);
    if (message !== undefined) refused.push({ object: `Service/${source.namespace}/${source.name}`, message });
    else if (typeof made !== 'string') services.set(made.key, made);
  }
  return { services, refused };
}

function attempt(source: ServedService, around: Surroundings): PlaneService | string {
  try {
    return serviceOf(source, around);
  } catch (error) {
    if (!hasCode(error, 'DSW_NETWORK_RENDER')) throw error;
    return error.message;
  }
}

/** The first one has it. */
function claim({ key, entries, closed }: PlaneService, owners: Map<string, string>): string | undefined {
  const claims = [`service ${key}`, ...entries.map((entry) => entry.key), ...closed];
  const taken = claims.find((one) => owners.has(one));
  if (taken !== undefined) return `${taken.replace(' . ', '/')} belongs to ${owners.get(taken) ?? ''}`;
  for (const one of claims) owners.set(one, key);
  return undefined;
}
