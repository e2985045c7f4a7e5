export type Protocol = 'tcp' | 'udp' | 'sctp';

/** Where a connection may go: a task's address and the port in its container. */
export interface Target {
  address: string;
  port: number;
}

/** One Docker network as a node has it. */
export interface PlaneNetwork {
  /** Name of the bridge, at most 15 characters. */
  bridge: string;
  /** This node's /24, and the whole network's subnet, over all nodes. */
  subnet: string;
  networkSubnet: string;
  /** The part of it that belongs to virtual addresses. */
  vipSubnet: string;
  /** No way out of the network, and none in. */
  internal: boolean;
}

export interface PlaneVip {
  address: string;
  protocol: Protocol;
  port: number;
  targets: readonly Target[];
}

/** A published port. `local`: only this node's tasks, and they see the client's address. */
export interface PlaneIngress {
  protocol: Protocol;
  published: number;
  policy: 'cluster' | 'local';
  targets: readonly Target[];
}

/** What the kernel of one node is to do. Targets are those that may get new connections: healthy, not withdrawn, on no dead node. */
export interface PlaneState {
  meshInterface: string;
  networks: readonly PlaneNetwork[];
  vips: readonly PlaneVip[];
  ingress: readonly PlaneIngress[];
}
