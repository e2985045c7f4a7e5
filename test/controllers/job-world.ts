import type { ServiceSpec } from '../../lib/types/generated.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import { service, World, type WorldOptions } from './harness.ts';

/** A job whose failures the controller handles at once, unless told otherwise. */
export function job(spec: Partial<ServiceSpec> = {}, name = 'job'): StoredService {
  return service(name, { mode: 'replicated-job', restart: { condition: 'any', delay: '0s' }, ...spec });
}

export async function worldWith(spec: Partial<ServiceSpec> = {}, options: WorldOptions = {}): Promise<World> {
  const world = await World.create(options);
  await world.apply(job(spec));
  await world.settle();
  return world;
}

/** Slots whose containers run, in order. */
export function runningSlots(world: World, name = 'job'): string[] {
  return world
    .containers('running')
    .map(({ container }) => container.config.Labels)
    .filter((labels) => labels['dswarm/service'] === name)
    .map((labels) => labels['dswarm/slot'] ?? '')
    .sort();
}

/** Ends the container of a slot by itself; 0: it has done its work. */
export function end(world: World, slot: string, exitCode = 0, name = 'job'): { node: string; id: string } {
  const found = world.containers('running').find(({ container: { config } }) => {
    return config.Labels['dswarm/service'] === name && config.Labels['dswarm/slot'] === slot;
  });
  if (found === undefined) throw new Error(`nothing runs in slot ${slot} of ${name}`);
  world.hosts.engine(found.node).crash(found.container.id, exitCode);
  return { node: found.node, id: found.container.id };
}

/** Lets all that runs end well, until the job has nothing left to run. */
export async function finish(world: World, name = 'job'): Promise<void> {
  for (let rounds = 0; rounds < 50; rounds += 1) {
    const slots = runningSlots(world, name);
    if (slots.length === 0) return;
    for (const slot of slots) end(world, slot, 0, name);
    await world.settle();
  }
  throw new Error(`${name} does not end`);
}
