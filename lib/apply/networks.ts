import { DswarmError, hasCode } from '../errors/error.ts';
import { LABELS } from '../plan/names.ts';
import { servesAs } from '../plan/task-networks.ts';
import type { Docker, NetworkConfig } from '../ports/docker.ts';
import type { Log } from '../ports/log.ts';
import type { ObservedNetwork } from '../types/observation.ts';

export interface NetworkContext {
  cluster: string;
  docker: (node: string) => Docker;
  /** A call that changes an engine is about to be made. */
  mutating: (node: string, op: string) => void;
  log: Log;
}

const NO_ADDRESSES: ReadonlySet<string> = new Set();

/** What an engine answers when a network is to be removed that a running container is in. */
const IN_USE = /active endpoints/i;

/** Makes networks, one at a time a host and name: tasks that start together ask together, and an engine refuses the second call under way. */
export class EngineNetworks {
  readonly #context: NetworkContext;
  readonly #flights = new Map<string, Promise<void>>();
  /** By node and name: the addresses in it when it was looked at last. */
  readonly #seen = new Map<string, ReadonlySet<string>>();

  constructor(context: NetworkContext) {
    this.#context = context;
  }

  /** Addresses that containers had there, whoever made them, when a task was made there last; `name`: the engine's. */
  seen(node: string, name: string): ReadonlySet<string> {
    return this.#seen.get(`${node} ${name}`) ?? NO_ADDRESSES;
  }

  /** The engine has the network as wanted: made, made anew where it was another one of ours, or left alone. */
  ensure(node: string, network: NetworkConfig): Promise<void> {
    return this.#queue(node, network.name, () => this.#ensure(node, network));
  }

  /**
   * Removes the networks of ours that are not wanted, which is asked just before each removal: others may have come to be wanted since the
   * list was read. One that a container is still in, or that the engine does not remove, is left for the next time.
   */
  async prune(node: string, isWanted: (network: ObservedNetwork) => boolean): Promise<void> {
    const { cluster } = this.#context;
    const ours = await this.#context.docker(node).listNetworks({ labels: [`${LABELS.managed}=true`, `${LABELS.cluster}=${cluster}`] });
    for (const network of ours) {
      if (isWanted(network)) continue;
      await this.#queue(node, network.name, async () => {
        if (!isWanted(network)) await this.#remove(node, network);
      });
    }
  }

  /** After all that is under way for the network of that name there. */
  #queue(node: string, name: string, run: () => Promise<void>): Promise<void> {
    const key = `${node} ${name}`;
    const flight = (this.#flights.get(key) ?? Promise.resolve()).catch(() => undefined).then(run);
    this.#flights.set(key, flight);
    const landed = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.then(landed, landed);
    return flight;
  }

  async #remove(node: string, { id, name }: ObservedNetwork): Promise<void> {
    const { docker, mutating, log } = this.#context;
    mutating(node, 'remove network');
    try {
      await docker(node).removeNetwork(id);
      this.#seen.delete(`${node} ${name}`);
    } catch (error) {
      if (!hasCode(error, 'DSW_DOCKER_REFUSED')) throw error;
      if (!isInUse(error)) log.warn({ node, network: name, error: error.message }, 'the engine does not remove a network');
    }
  }

  async #ensure(node: string, network: NetworkConfig): Promise<void> {
    const { cluster, mutating } = this.#context;
    const docker = this.#context.docker(node);
    const present = await docker.inspectNetwork(network.name);
    this.#seen.set(`${node} ${network.name}`, new Set(present?.addresses));
    if (present !== undefined && isAsWanted(present, network, { node, cluster })) return;
    if (present !== undefined) {
      mutating(node, 'remove network');
      await docker.removeNetwork(present.id).catch((error: unknown) => {
        throw isInUse(error) ? heldError(node, present, network) : error;
      });
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

function isInUse(error: unknown): boolean {
  return hasCode(error, 'DSW_DOCKER_REFUSED') && IN_USE.test(error.message);
}

/** By a container that no Task tells of: those of tasks have left before. */
function heldError(node: string, { gateway = 'none' }: ObservedNetwork, wanted: NetworkConfig): DswarmError {
  const { name, range } = wanted;
  const message = `network ${name} has the gateway ${gateway} there and is to have ${wanted.gateway} of ${range}: a running container holds it`;
  const hint = `Stop what runs in it and is not this cluster's (docker network inspect ${name}).`;
  return new DswarmError('DSW_DOCKER_REFUSED', message, { where: node, hint });
}

function isAsWanted(present: ObservedNetwork, wanted: NetworkConfig, { node, cluster }: { node: string; cluster: string }): boolean {
  if (!isOurs(present, cluster)) {
    throw new DswarmError(
      'DSW_NAME_CONFLICT',
      `the network name ${wanted.name} is taken by a network that is not this cluster's; it is left alone`,
      {
        where: node,
        hint: `Remove that network (docker network rm ${wanted.name}) once nothing is in it, or give the Network another name.`,
      },
    );
  }
  return servesAs(present, wanted);
}

function isOurs({ labels }: ObservedNetwork, cluster: string): boolean {
  return labels[LABELS.managed] === 'true' && labels[LABELS.cluster] === cluster;
}
