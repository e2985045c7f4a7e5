import type { DswarmError } from '../../lib/errors/error.ts';
import type { PlaneAck, PlaneFiles, PlaneStatus, Planes, PlaneTarget, PlaneTunnel, PlaneUpdate } from '../../lib/ports/plane.ts';

/** What a node was told. */
export interface PlaneApply {
  node: string;
  generation: number;
  kind: 'full' | 'change';
  files: PlaneFiles;
}

/** Planes in memory: remembers what was applied where, fails where it is told to. */
export class FakePlanes implements Planes {
  readonly applies: PlaneApply[] = [];
  /** Nodes whose next calls reject, with what. */
  readonly failures = new Map<string, DswarmError>();
  readonly #generations = new Map<string, number>();
  /** Nodes that take no change for now. */
  readonly #held = new Map<string, { released: Promise<void>; release: () => void }>();

  /** Nodes whose agent has made no key yet. */
  readonly keyless = new Set<string>();
  /** Public keys of nodes that made themselves another one. */
  readonly keys = new Map<string, string>();
  /** How often planes were made sure of. */
  ensures = 0;

  ensure(target: PlaneTarget): Promise<PlaneStatus> {
    this.ensures += 1;
    this.archs.set(target.node, target.arch);
    return this.status(target);
  }

  /** Nodes whose plane was taken away. */
  readonly removed: string[] = [];

  async remove({ node }: PlaneTarget): Promise<void> {
    await this.#check(node);
    this.removed.push(node);
  }

  async status({ node }: PlaneTarget): Promise<PlaneStatus> {
    await this.#check(node);
    return {
      generation: this.#generations.get(node) ?? 0,
      publicKey: this.keyless.has(node) ? '' : (this.keys.get(node) ?? keyOf(node)),
      routes: this.routes.get(node) ?? [],
      tunnels: this.tunnels.get(node) ?? [],
    };
  }

  /** What hosts tell of their routes; no entry: they have none. */
  readonly routes = new Map<string, readonly string[]>();

  /** The architecture that each node was made sure of as. */
  readonly archs = new Map<string, string | undefined>();

  /** What nodes tell of their tunnels. */
  readonly tunnels = new Map<string, readonly PlaneTunnel[]>();

  /** Names of hosts that resolve. */
  readonly hosts = new Map<string, string>();

  /** What is wrong with a probe of a node, as NODE PROBE. */
  readonly broken = new Map<string, string>();

  async check({ node }: PlaneTarget, probes: readonly string[]): Promise<(string | undefined)[]> {
    await this.#check(node);
    return probes.map((probe) => this.broken.get(`${node} ${probe}`));
  }

  lookup(host: string): Promise<string | undefined> {
    return Promise.resolve(this.hosts.get(host));
  }

  async apply({ node }: PlaneTarget, update: PlaneUpdate): Promise<PlaneAck> {
    await this.#held.get(node)?.released;
    await this.#check(node);
    const { generation, change } = update;
    const small = change !== undefined && change.base === this.#generations.get(node);
    this.applies.push({ node, generation, kind: small ? 'change' : 'full', files: small ? change.files : update.full() });
    this.#generations.set(node, generation);
    return { generation, appliedMs: 0, totalMs: 0 };
  }

  /** Changes of the node hang until it is released. */
  hold(node: string): void {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    this.#held.set(node, { released, release });
  }

  release(node: string): void {
    this.#held.get(node)?.release();
    this.#held.delete(node);
  }

  close(): void {
    this.failures.clear();
  }

  #check(node: string): Promise<void> {
    const failure = this.failures.get(node);
    return failure === undefined ? Promise.resolve() : Promise.reject(failure);
  }
}

/** 32 bytes, as a WireGuard key is. */
export function keyOf(node: string): string {
  return Buffer.alloc(32, node).toString('base64');
}
