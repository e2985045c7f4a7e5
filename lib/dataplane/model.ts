export type Protocol = 'tcp' | 'udp' | 'sctp';

/** A node as the others reach it. */
export interface ServedNode {
  name: string;
  /**
   * Where its peers send to: an IP address, names are resolved by the caller. Absent: nobody can dial in (behind NAT), it dials out and
   * its peers answer to where it came from.
   */
  address?: string;
  /** WireGuard public key, base64; absent: not known yet, so it has no tunnel. */
  publicKey?: string;
  /** It was given up: it passes nothing on for others. */
  isDown?: true;
}

export interface ServedNetwork {
  namespace: string;
  name: string;
  /** Name of its bridge on every node, at most 15 characters. */
  bridge: string;
  /** Over all nodes. */
  subnet: string;
  /** The part of it that belongs to virtual addresses. */
  vipSubnet: string;
  /** No way out of the network, and none in. */
  internal: boolean;
  /** bridge: each node's part is an island. */
  driver: 'mesh' | 'bridge';
  backend: 'wireguard' | 'vxlan';
  /** By node: its part of the subnet, and the bridge's address there. */
  nodes: Readonly<Record<string, { subnet: string; gateway: string }>>;
}

/** A task that may get new connections: it runs, is healthy, is not withdrawn, and its node is not lost. */
export interface ServedTask {
  name: string;
  slot: string;
  node: string;
  /** By name of the network. */
  addresses: Readonly<Record<string, string>>;
}

export interface ServedPort {
  protocol: Protocol;
  /** In the container. */
  target: number;
  published: number;
  /** local: only tasks of the node that is asked, and they see the client's address. */
  policy: 'cluster' | 'local';
}

export interface ServedService {
  namespace: string;
  name: string;
  /** Networks of its namespace that it is in; vip absent: dnsrr. */
  networks: readonly { network: string; vip?: string; aliases: readonly string[] }[];
  /** Published in mode ingress. */
  ports: readonly ServedPort[];
  tasks: readonly ServedTask[];
}

/**
 * All that the data plane serves, on all nodes alike; what one node does of it is derived. Objects are never changed in place: what is
 * the same object as before is taken to say the same, and is not rendered again.
 */
export interface Served {
  nodes: readonly ServedNode[];
  networks: readonly ServedNetwork[];
  services: readonly ServedService[];
}
