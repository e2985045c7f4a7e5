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

/** Makes networks, one at a time a host and name: tasks that start together ask together, and an engine refuses the second call under way. */
export class EngineNetworks {
  readonly #context: NetworkContext;
  readonly #flights = new Map<string, Promise<void>>();

  constructor(context: NetworkContext) {
    this.#context = context;
  }

  /** The engine has the network as wanted: made, made anew where it was another one of ours, or left alone. */
  ensure(node: string, network: NetworkConfig): Promise<void> {
    const key = `${node} ${network.name}`;
    const flight = (this.#flights.get(key) ?? Promise.resolve()).catch(() => undefined).then(() => this.#ensure(node, network));
    this.#flights.set(key, flight);
    const landed = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.then(landed, landed);
    return flight;
  }

  /**
   * Removes the networks of ours that are not among those wanted, by the engine's name. One that a container is still in is left for the
   * next time.
   */
  async prune(node: string, wanted: ReadonlySet<string>): Promise<void> {
    const { cluster, mutating } = this.#context;
    const docker = this.#context.docker(node);
    const ours = await docker.listNetworks({ labels: [`${LABELS.managed}=true`, `${LABELS.cluster}=${cluster}`] });
    for (const network of ours.filter(({ name }) => !wanted.has(name))) {
      mutating(node, 'remove network');
      try {
        await docker.removeNetwork(network.id);
      } catch (error) {
        if (!hasCode(error, 'DSW_DOCKER_REFUSED')) throw error;
      }
    }
  }

  async #ensure(node: string, network: NetworkConfig): Promise<void> {
    const { cluster, mutating } = this.#context;
    const docker = this.#context.docker(node);
    const present = await docker.inspectNetwork(network.name);
    if (present !== undefined && isAsWanted(present, network, { node, cluster })) return;
    if (present !== undefined) {
      mutating(node, 'remove network');
      await docker.removeNetwork(present.id);
    }
    mutating(node, 'create network');
    try {
      await docker.createNetwork(network);
    } catch (error) {
      // An earlier answer was lost (invariant 8).
      const made = hasCode(error, 'DSW_DOCKER_CONFLICT') ? await docker.inspectNetwork(network.name) : undefined;
      if (made === undefined || !isAsWanted(made, network, { node, cluster })) throw error;
    }
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
