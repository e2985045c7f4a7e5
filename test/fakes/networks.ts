import type { DswarmError, ErrorCode } from '../../lib/errors/error.ts';
import { contains, formatAddress, overlaps, parseAddress, parseSubnet, sizeOf, type Subnet } from '../../lib/ipam/subnet.ts';
import type { ContainerConfig, EndpointConfig, NetworkConfig } from '../../lib/ports/docker.ts';
import type { ObservedNetwork } from '../../lib/types/observation.ts';
import { bindPorts, hasLabels, type FakeContainer } from './container.ts';

/** How a container of the fake engine stands in a network: the address it asked for, and the one it has while it runs. */
export interface FakeEndpoint {
  wanted?: string;
  address: string;
}

const BUILT_IN = ['bridge', 'host', 'none'];
const BRIDGE: Subnet = { base: parseAddress('172.17.0.0') ?? 0, prefix: 16 };

/** The networks of one fake engine. */
export class FakeNetworks {
  readonly #networks = new Map<string, ObservedNetwork>();
  #turn = 0;
  readonly #hex: (length: number) => string;
  readonly #error: (code: ErrorCode, message: string) => DswarmError;

  constructor(hex: (length: number) => string, error: (code: ErrorCode, message: string) => DswarmError) {
    this.#hex = hex;
    this.#error = error;
  }

  /** In another order each time, as real engines do. */
  list(labels: readonly string[]): ObservedNetwork[] {
    const found = [...this.#networks.values()].filter((network) => hasLabels(network.labels, labels));
    if (found.length === 0) return found;
    this.#turn += 1;
    const first = this.#turn % found.length;
    return [...found.slice(first), ...found.slice(0, first)];
  }

  find(name: string): ObservedNetwork | undefined {
    return this.#networks.get(name) ?? [...this.#networks.values()].find(({ id }) => id === name);
  }

  inspect(name: string, containers: Iterable<FakeContainer>): ObservedNetwork | undefined {
    const network = this.find(name);
    if (network === undefined) return undefined;
    const running = [...containers].filter(({ state }) => state === 'running');
    const addresses = running.flatMap(({ networks }) => networks[network.name]?.address || []).sort();
    return addresses.length === 0 ? network : { ...network, addresses };
  }

  create({ name, labels, options, subnet, range, gateway }: NetworkConfig): { id: string } {
    if (this.#networks.has(name)) throw this.#error('DSW_DOCKER_CONFLICT', `network with name ${name} already exists`);
    const wanted = parseSubnet(subnet);
    if (wanted === undefined) throw this.#error('DSW_DOCKER_REFUSED', `invalid CIDR address: ${subnet}`);
    const others = [...this.#networks.values()].flatMap((network) => parseSubnet(network.subnet ?? '') ?? []);
    if ([BRIDGE, ...others].some((other) => overlaps(other, wanted)))
      throw this.#error('DSW_DOCKER_REFUSED', 'Pool overlaps with other one on this address space');
    const id = this.#hex(64);
    this.#networks.set(name, { id, name, driver: 'bridge', labels: { ...labels }, options: { ...options }, subnet, range, gateway });
    return { id };
  }

  remove(id: string, containers: Iterable<FakeContainer>): void {
    const network = this.find(id);
    if (network === undefined) return;
    if ([...containers].some(({ networks, state }) => state === 'running' && networks[network.name] !== undefined))
      throw this.#error('DSW_DOCKER_REFUSED', `error while removing network: network ${network.name} has active endpoints`);
    this.#networks.delete(network.name);
  }

  /** Whether those of a container are all there still: without them it does not start again. */
  haveAll({ networks }: FakeContainer): boolean {
    return Object.keys(networks).every((name) => BUILT_IN.includes(name) || this.#networks.has(name));
  }

  /** The networks of a container that is created. */
  entered({ HostConfig, NetworkingConfig }: ContainerConfig): Record<string, FakeEndpoint> {
    const name = HostConfig.NetworkMode ?? 'bridge';
    if (!BUILT_IN.includes(name) && !this.#networks.has(name)) throw this.#error('DSW_DOCKER_NOT_FOUND', `network ${name} not found`);
    return { [name]: endpoint(NetworkingConfig?.EndpointsConfig[name]) };
  }

  connect(container: FakeContainer, name: string, config: EndpointConfig): void {
    const network = this.find(name);
    if (network === undefined) throw this.#error('DSW_DOCKER_NOT_FOUND', `network ${name} not found`);
    container.networks[network.name] ??= endpoint(config);
  }

  /** Gives a container that starts its addresses, and the ports of the host that it asks for. */
  attach(container: FakeContainer, all: readonly FakeContainer[]): void {
    bindPorts(container, all);
    const others = all.filter((other) => other !== container && other.state === 'running');
    for (const [name, end] of Object.entries(container.networks)) {
      if (name === 'host' || name === 'none') continue;
      const { subnet, range } = this.#pool(name);
      const taken = new Set(others.flatMap(({ networks }) => networks[name]?.address ?? []));
      end.address = end.wanted ?? freeAddress(range, taken);
      const parsed = parseAddress(end.address);
      if (taken.has(end.address) || parsed === undefined || !contains(subnet, { base: parsed, prefix: 32 }))
        throw this.#error('DSW_DOCKER_REFUSED', 'Address already in use');
    }
  }

  #pool(name: string): { subnet: Subnet; range: Subnet } {
    const network = this.#networks.get(name);
    const subnet = name === 'bridge' ? BRIDGE : parseSubnet(network?.subnet ?? '');
    if (subnet === undefined) throw this.#error('DSW_DOCKER_NOT_FOUND', `network ${name} not found`);
    return { subnet, range: parseSubnet(network?.range ?? '') ?? subnet };
  }
}

function endpoint(config: EndpointConfig | undefined): FakeEndpoint {
  const wanted = config?.IPAMConfig?.IPv4Address;
  return { address: '', ...(wanted === undefined ? {} : { wanted }) };
}

/** The first is the gateway's. */
function freeAddress({ base, prefix }: Subnet, taken: ReadonlySet<string>): string {
  for (let at = base + 2; at < base + sizeOf(prefix) - 1; at += 1) if (!taken.has(formatAddress(at))) return formatAddress(at);
  return '';
}
