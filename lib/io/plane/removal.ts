import { DswarmError } from '../../errors/error.ts';
import type { PlaneTarget } from '../../ports/plane.ts';
import type { ObservedContainer } from '../../types/observation.ts';
import { runAgent } from './agent.ts';
import { isOfCluster, MESH, PLANE, VOLUMES } from './containers.ts';

/**
 * Takes a data plane off its host: first what it made in the kernel, by a container of its own, as nothing else there could; then containers
 * and volumes. Nothing to take away is success. The image stays, as images do.
 */
export async function removePlane(target: PlaneTarget): Promise<void> {
  const { docker, node } = target;
  const containers = await containersOf(target);
  const [agent] = containers;
  if (agent === undefined) return;
  if (agent.state !== 'running') await docker.startContainer(agent.id);
  const { code, stderr } = await runAgent(docker, agent.id, ['remove']);
  if (code !== 0) throw new DswarmError('DSW_PLANE_FAILED', `it was not taken off the host: ${stderr.trim()}`, { where: node });
  for (const { id } of containers) await docker.removeContainer(id, { force: true });
  for (const volume of VOLUMES) await docker.removeVolume(volume);
}

/** Those of this cluster, the plane first. */
async function containersOf({ docker, cluster }: PlaneTarget): Promise<ObservedContainer[]> {
  const found = await Promise.all([PLANE, MESH].map((name) => docker.inspectContainer(name)));
  return found.filter((container) => container !== undefined && isOfCluster(container, cluster)) as ObservedContainer[];
}
