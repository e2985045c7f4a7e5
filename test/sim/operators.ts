import { LABELS } from '../../lib/plan/names.ts';
import type { FakeContainer } from '../fakes/container.ts';
import { Force } from './force.ts';
import { isOurs } from './monitor.ts';

interface Found {
  node: string;
  container: FakeContainer;
}

/** People at the hosts who use docker on our containers, and what happens to these by themselves. */
export class Operators extends Force {
  act(): void {
    const found = this.dice.pick(this.world.ours());
    if (found === undefined) return;
    const { container, node: name } = found;
    const engine = this.world.hosts.engine(name);
    if (!engine.isUp || container.state === 'removing') return;
    const deeds: Record<string, () => unknown> = {
      rm: () => engine.removeContainer(container.id, { force: true }),
      kill: () => engine.kill(container.id),
      stop: () => engine.stopContainer(container.id, 1),
      crash: () => engine.crash(container.id),
      oom: () => container.state === 'running' && engine.oom(container.id),
      unhealthy: () => container.health === 'healthy' && engine.setHealth(container.id, 'unhealthy'),
      squat: () => this.#squat(found),
    };
    const deed = this.dice.pick(Object.keys(deeds)) ?? 'rm';
    this.world.note(`operator: ${deed} ${container.name} on ${name}`);
    const { [LABELS.service]: service = '', [LABELS.slot]: slot = '' } = container.config.Labels;
    this.world.reach.hits(`${service}/${slot}`);
    // The controller may be at the same container: then one of the two is refused.
    Promise.resolve(deeds[deed]?.()).catch((error: unknown) => this.world.note(`operator is refused: ${String(error)}`));
  }

  /** Somebody else's container takes the name of one of ours, for a while. */
  async #squat({ node: name, container }: Found): Promise<void> {
    const engine = this.world.hosts.engine(name);
    await engine.removeContainer(container.id, { force: true });
    if (!engine.images.has(container.config.Image) || engine.isFull) return;
    if ([...engine.containers.values()].some((other) => other.name === container.name)) return;
    const config = { Image: container.config.Image, Labels: {}, HostConfig: { RestartPolicy: { Name: 'no' as const } } };
    const { id } = await engine.createContainer(container.name, config);
    this.later(10_000, () => {
      const squatter = engine.containers.get(id);
      if (squatter === undefined || isOurs(squatter)) throw new Error('a foreign container was removed');
      engine.containers.delete(id);
    });
  }
}
