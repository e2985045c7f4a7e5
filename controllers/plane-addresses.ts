import { parseAddress } from '../lib/ipam/subnet.ts';
import type { Log } from '../lib/ports/log.ts';
import type { Planes } from '../lib/ports/plane.ts';
import type { StoredNode } from '../lib/types/objects.ts';

export interface PlaneAddressesOptions {
  planes: Planes;
  log: Log;
  /** A name was resolved, or to another address than before. */
  changed: () => void;
}

/** Where nodes send to each other: the addresses in their manifests, with names resolved. */
export class PlaneAddresses {
  readonly #options: PlaneAddressesOptions;
  /** By name; undefined: asked, and no answer yet, or none. */
  readonly #resolved = new Map<string, string | undefined>();
  readonly #nodes = new Map<string, string>();

  constructor(options: PlaneAddressesOptions) {
    this.#options = options;
  }

  /** Of nodes that are no more nothing is asked. */
  keep(nodes: ReadonlySet<string>): void {
    for (const name of this.#nodes.keys()) if (!nodes.has(name)) this.#nodes.delete(name);
  }

  /** Undefined: nobody can send to it, or its name is not resolved. */
  of(node: StoredNode): string | undefined {
    const { name } = node.metadata;
    const given = node.spec.inbound === false ? undefined : (node.spec.address ?? node.spec.ssh?.host);
    if (given === undefined) {
      this.#nodes.delete(name);
      return undefined;
    }
    if (parseAddress(given) !== undefined || given.includes(':')) {
      this.#nodes.delete(name);
      return given;
    }
    this.#nodes.set(name, given);
    if (!this.#resolved.has(given)) this.#resolve(given);
    return this.#resolved.get(given);
  }

  /** Why others cannot send to a node; undefined: nothing is wrong. */
  problem(node: string): string | undefined {
    const given = this.#nodes.get(node);
    if (given === undefined || this.#resolved.get(given) !== undefined) return undefined;
    return `other nodes cannot send to it: ${given} does not resolve to an address; give spec.address as a number`;
  }

  /** Asks anew: a node whose address changed works again by itself. */
  refresh(): void {
    for (const host of new Set(this.#nodes.values())) this.#resolve(host);
  }

  #resolve(host: string): void {
    if (!this.#resolved.has(host)) this.#resolved.set(host, undefined);
    void this.#options.planes.lookup(host).then((address) => {
      // While the resolver is away, what it told last holds.
      if (address === undefined || address === this.#resolved.get(host)) return;
      this.#options.log.info({ host, address }, 'the address of a node was resolved');
      this.#resolved.set(host, address);
      this.#options.changed();
    });
  }
}
