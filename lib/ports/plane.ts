import type { Docker } from './docker.ts';

/**
 * Files of a node's data plane by path: `ruleset.nft`, `wireguard.conf` (without a private key; absent: the tunnel's peers stay as they
 * are), `mesh` (lines: addresses, routes, bridges), `dns/BRIDGE.conf` and hosts files `dns/BRIDGE/N` a network, `flush` (lines: arguments
 * of `conntrack -D`, run once). images/plane/agent.sh has each line's form. Paths are of a-z, 0-9, `.`, `_`, `/` and `-`.
 */
export type PlaneFiles = Readonly<Record<string, string>>;

export interface PlaneUpdate {
  /** Grows with each update of the node; what was applied last is told by PlaneStatus. */
  generation: number;
  /** All files: for a node that has another generation than `change.base`. Asked for when needed, since rendering all is dear. */
  full: () => PlaneFiles;
  /** What differs from the generation `base`: `changes.nft` (commands of one transaction), `flush`, and changed `dns/` files. */
  change?: { base: number; files: PlaneFiles };
}

export interface PlaneAck {
  generation: number;
  /** Milliseconds on the node, and in all. */
  appliedMs: number;
  totalMs: number;
}

export interface PlaneStatus {
  /** The generation that the node keeps applied; 0 for none yet. */
  generation: number;
  /** WireGuard public key, base64. Its private key never leaves the node. */
  publicKey: string;
  /** Of the host beside its default route and those that are ours: subnets and addresses, as `ip route` prints them. */
  routes: readonly string[];
  /** Its tunnels, as its kernel has them, in the order of their keys. */
  tunnels: readonly PlaneTunnel[];
}

export interface PlaneTunnel {
  /** Of the far end, base64. */
  publicKey: string;
  /** Milliseconds since it was last heard for certain; absent: never. */
  handshakeAgeMs?: number;
}

/** What a plane is made on. */
export interface PlaneTarget {
  node: string;
  cluster: string;
  docker: Docker;
  /** As its engine tells it; absent: not known. */
  arch?: string | undefined;
}

/**
 * The data planes of all nodes. Each method rejects with DSW_PLANE_REJECTED (the node refused the files; its old set stays whole, fault 74),
 * DSW_PLANE_FAILED (the plane does not start or answers wrongly), DSW_PLANE_ARCHITECTURE (there is no image for the node), or what Docker rejects with. After a lost answer `status` tells what
 * holds; `apply` asks by itself and sends all where the node is not at the base of a change.
 */
export interface Planes {
  /** Brings image, mesh and plane to the current version and asks for the status. Changes nothing where all is right. */
  ensure(target: PlaneTarget): Promise<PlaneStatus>;
  /** Resolves once the node's kernel and resolver have it. One at a time a node, in the order of the calls. */
  apply(target: PlaneTarget, update: PlaneUpdate): Promise<PlaneAck>;
  /** Takes it off the host: nothing of it stays in the kernel, no container and no volume. */
  remove(target: PlaneTarget): Promise<void>;
  status(target: PlaneTarget): Promise<PlaneStatus>;
  /** Tries things out on the node (see lib/dataplane/checks.ts): what is wrong with each, in order; undefined: nothing. */
  check(target: PlaneTarget, probes: readonly string[]): Promise<(string | undefined)[]>;
  /** The address that a host's name stands for, of IPv4 if it has one; undefined where there is none now. Never rejects. */
  lookup(host: string): Promise<string | undefined>;
  /** Ends the sessions; what was applied stays in force. */
  close(): void;
}
