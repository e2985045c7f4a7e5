import { DswarmError, hasCode } from '../errors/error.ts';
import { frameOf } from './frame.ts';
import type { Served, ServedService } from './model.ts';
import { sameJson } from '../types/same-json.ts';
import { changedServices, serviceKey } from './served.ts';
import { serviceOf } from './service.ts';
import { Shared } from './shared.ts';
import type { PlaneRefusal, PlaneService, PlaneState, Surroundings } from './state.ts';

/**
 * What one node does of what the cluster serves. Given the state before, only services that are other objects than then are made anew.
 * A service that cannot be written, or claims what is another's, is left out and told: it stops no other (fault 74).
 */
export function nodeState(served: Served, node: string, before?: PlaneState, shared = new Shared()): PlaneState {
  const self = served.nodes.find(({ name }) => name === node);
  // Invariant 5: what this node would be told is not "nothing".
  if (self === undefined) throw new DswarmError('DSW_NETWORK_RENDER', `the node ${node} is not among those that are served`);
  const isSettled = before !== undefined && before.served.nodes === served.nodes && before.served.networks === served.networks;
  const { frame, refused } = isSettled
    ? { frame: before.frame, refused: before.frameRefused }
    : settledFrame(frameOf(served, self), before);
  const same = before?.frame === frame ? before : undefined;
  const around = same?.around ?? shared.around(served, frame);
  const make = (): Services => (same === undefined ? undefined : patched(served, same)) ?? servicesOf(served.services, around, same);
  const made = shared.services.of(around, served.services, make);
  return { served, frame, around, frameRefused: refused, services: made.services, refused: [...refused, ...made.refused] };
}

/** Whether every service could be written. */
export function isWhole({ refused, frameRefused }: Pick<PlaneState, 'refused' | 'frameRefused'>): boolean {
  return refused.length === frameRefused.length;
}

/** The frame before, where the new one says the same. */
function settledFrame(made: ReturnType<typeof frameOf>, before: PlaneState | undefined): ReturnType<typeof frameOf> {
  if (before === undefined || JSON.stringify(before.frame) !== JSON.stringify(made.frame)) return made;
  return { ...made, frame: before.frame };
}

type Services = Pick<PlaneState, 'services' | 'refused'>;

/** The state before with other endpoints of some services. Undefined where any may be in the way of another now: then all are looked at. */
function patched({ services: now }: Served, before: PlaneState): Services | undefined {
  if (!isWhole(before)) return undefined;
  const services = new Map(before.services);
  for (const { key, is } of changedServices(before.served.services, now)) {
    const old = before.services.get(key);
    const made = is === undefined ? 'gone' : attempt(is, before.around);
    if (old === undefined || typeof made === 'string' || made.strays.length > 0) return undefined;
    if (!sameJson(claimsOf(old), claimsOf(made))) return undefined;
    services.set(key, made);
  }
  return { services, refused: [] };
}

function servicesOf(all: readonly ServedService[], around: Surroundings, before?: PlaneState): Services {
  const known = before?.services;
  const services = new Map<string, PlaneService>();
  const refused: PlaneRefusal[] = [];
  const owners = new Map<string, string>();
  for (const source of all) {
    const old = known?.get(serviceKey(source));
    const made = old?.source === source ? old : attempt(source, around);
    const message = typeof made === 'string' ? made : claim(made, owners);
    const object = `Service/${serviceKey(source)}`;
    if (message !== undefined) refused.push({ object, message });
    else if (typeof made !== 'string') {
      services.set(made.key, made);
      refused.push(...made.strays.map((stray) => ({ object, message: stray })));
    }
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
function claim(service: PlaneService, owners: Map<string, string>): string | undefined {
  const claims = claimsOf(service);
  const taken = claims.find((one) => owners.has(one));
  if (taken !== undefined) return `${taken.replace(' . ', '/')} belongs to ${owners.get(taken) ?? ''}`;
  for (const one of claims) owners.set(one, service.key);
  return undefined;
}

/** What no other service may have. */
function claimsOf({ key, entries, closed }: PlaneService): string[] {
  return [`service ${key}`, ...entries.map((entry) => entry.key), ...closed];
}
