import { DswarmError, hasCode } from '../errors/error.ts';
import { LABELS } from '../plan/names.ts';
import { servesAs } from '../plan/task-networks.ts';
import type { Docker, NetworkConfig } from '../ports/docker.ts';
import type { ObservedNetwork } from '../types/observation.ts';

export interface NetworkContext {
  cluster: string;
  docker: (node: string) => Docker;
  /** A call that changes an engine is about to be made. */
  mutating: (node: string, op: string) => void;
}

/** The engine has the network as wanted: made, made anew where it was another one of ours, or left alone. */
export async function ensureNetwork({ node, network }: { node: string; network: NetworkConfig }, context: NetworkContext): Promise<void> {
  const docker = context.docker(node);
  const present = await docker.inspectNetwork(network.name);
  if (present !== undefined && isAsWanted(present, network, { node, cluster: context.cluster })) return;
  if (present !== undefined) {
    context.mutating(node, 'remove network');
    await docker.removeNetwork(present.id);
  }
  context.mutating(node, 'create network');
  try {
    await docker.createNetwork(network);
  } catch (error) {
    // Another task's chain was quicker, or an earlier answer was lost (invariant 8).
    const made = hasCode(error, 'DSW_DOCKER_CONFLICT') ? await docker.inspectNetwork(network.name) : undefined;
    if (made === undefined || !isAsWanted(made, network, { node, cluster: context.cluster })) throw error;
  }
}

function isAsWanted(present: ObservedNetwork, wanted: NetworkConfig, { node, cluster }: { node: string; cluster: string }): boolean {
  if (!isOurs(present, cluster)) {
    throw new DswarmError(
      'DSW_NAME_CONFLICT',
      `the network name ${wanted.name} is taken by a network that is not this cluster's; it is left alone`,
      {
        where: node,
      },
    );
  }
  return servesAs(present, wanted);
}

function isOurs({ labels }: ObservedNetwork, cluster: string): boolean {
  return labels[LABELS.managed] === 'true' && labels[LABELS.cluster] === cluster;
}

/**
 * Removes the networks of ours that are not among those wanted, by the engine's name. One that a container is still in is left for the
 * next time.
 */
export async function pruneNetworks(node: string, wanted: ReadonlySet<string>, context: NetworkContext): Promise<void> {
  const docker = context.docker(node);
  const ours = await docker.listNetworks({ labels: [`${LABELS.managed}=true`, `${LABELS.cluster}=${context.cluster}`] });
  for (const network of ours.filter(({ name }) => !wanted.has(name))) {
    context.mutating(node, 'remove network');
    try {
      await docker.removeNetwork(network.id);
    } catch (error) {
      if (!hasCode(error, 'DSW_DOCKER_REFUSED')) throw error;
    }
  }
}
