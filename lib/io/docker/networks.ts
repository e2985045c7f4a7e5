import type { NetworkInspectInfo } from 'dockerode';
import type { EndpointConfig, NetworkConfig } from '../../ports/docker.ts';
import type { ObservedNetwork } from '../../types/observation.ts';
import { orAbsent } from './errors.ts';
import { dial, get, type Modems } from './modem.ts';
import { parseNetwork } from './parse.ts';

type Call = <T>(op: string, what: string, run: (modems: Modems, signal: AbortSignal) => Promise<T>) => Promise<T>;

export interface Calls {
  read: Call;
  write: Call;
}

export interface Connection {
  network: string;
  container: string;
  endpoint: EndpointConfig;
}

/** The engine's calls that are about networks. */
export class NetworkCalls {
  readonly #read: Call;
  readonly #write: Call;

  constructor(calls: Calls) {
    this.#read = calls.read;
    this.#write = calls.write;
  }

  async list({ labels }: { labels?: string[] }): Promise<ObservedNetwork[]> {
    const filters = labels === undefined ? {} : { label: labels };
    const found = await this.#read('listNetworks', 'list networks', ({ calls }, abortSignal) =>
      calls.listNetworks({ filters, abortSignal } as object),
    );
    return found.map(parseNetwork);
  }

  async inspect(name: string): Promise<ObservedNetwork | undefined> {
    const path = `/networks/${encodeURIComponent(name)}`;
    const found = await orAbsent(
      this.#read('inspectNetwork', `inspect network ${name}`, ({ calls }, signal) => get<NetworkInspectInfo>(calls, path, signal)),
    );
    return found === undefined ? undefined : parseNetwork(found);
  }

  async create({ name, labels, options, subnet, range, gateway }: NetworkConfig): Promise<{ id: string }> {
    const IPAM = { Driver: 'default', Config: [{ Subnet: subnet, IPRange: range, Gateway: gateway }] };
    // Engines before API 1.44 take a second network of the same name unless they are told not to.
    const body = { Name: name, CheckDuplicate: true, Driver: 'bridge', Labels: labels, Options: options, IPAM };
    const made = await this.#write('createNetwork', `create network ${name}`, ({ calls }, abortSignal) =>
      dial<{ Id: string }>(calls, { ...post('/networks/create?', body), abortSignal, statusCodes: { 201: true } }),
    );
    return { id: made.Id };
  }

  async remove(id: string): Promise<void> {
    const path = `/networks/${encodeURIComponent(id)}`;
    await orAbsent(
      this.#write('removeNetwork', `remove network ${id}`, ({ calls }, abortSignal) =>
        dial<unknown>(calls, { path, method: 'DELETE', abortSignal, statusCodes: { 204: true } }),
      ),
    );
  }

  async connect({ network, container, endpoint }: Connection): Promise<void> {
    const request = post(`/networks/${encodeURIComponent(network)}/connect?`, { Container: container, EndpointConfig: endpoint });
    await this.#write('connectNetwork', `connect container ${container} to network ${network}`, ({ calls }, abortSignal) =>
      dial<unknown>(calls, { ...request, abortSignal, statusCodes: { 200: true } }),
    );
  }
}

function post(path: string, body: object): { path: string; method: 'POST'; options: object } {
  return { path, method: 'POST', options: { _query: {}, _body: body } };
}
