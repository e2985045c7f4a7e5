import type { Subnet } from '../ipam/subnet.ts';
import type { Served, ServedService } from './model.ts';

/** One Docker network as a node has it. All values are checked: they may be written into files as they are. */
export interface PlaneNetwork {
  namespace: string;
  name: string;
  bridge: string;
  /** This node's part, the bridge's address in it, and the whole network's subnet, over all nodes. */
  subnet: string;
  gateway: string;
  networkSubnet: string;
  vipSubnet: string;
  internal: boolean;
  /** The parts of other nodes that this one may reach, and by which device. */
  remote: readonly { subnet: string; backend: 'wireguard' | 'vxlan'; node: string; gateway: string }[];
}

/** An end of a WireGuard tunnel. */
export interface PlanePeer {
  publicKey: string;
  /** Absent: it dials in. */
  endpoint?: string;
  subnets: readonly string[];
}

/** What changes seldom; another frame is another full set of files. */
export interface PlaneFrame {
  node: string;
  networks: readonly PlaneNetwork[];
  /** Subnets of all networks of the cluster: none of them is ever sent in clear, whether this node is in it or not. */
  subnets: readonly string[];
  peers: readonly PlanePeer[];
  /** Subnets of networks that it passes packets of on, between nodes that cannot dial each other; absent: it does not. */
  relayed?: readonly string[];
  /** No other node exists: only then may the tunnel have no peer. */
  alone: boolean;
  /** Underlay addresses of this node and of its peers, by node, where there is a vxlan network. */
  vxlan?: { own: string; peers: Readonly<Record<string, string>> };
  /** Names and addresses of nodes, for the resolver. */
  nodes: readonly { name: string; address: string }[];
}

/** An element of one of the table's maps, and the chain that it leads to. */
export interface PlaneEntry {
  map: 'vips' | 'ports';
  key: string;
  chain: string;
  rules: readonly string[];
}

/** A task that published ports lead to. */
export interface PlaneTarget {
  address: string;
  node: string;
}

/** What of a service is written into a node's table. */
export interface PlaneEntries {
  entries: readonly PlaneEntry[];
  /** Published ports without a task to go to. */
  closed: readonly string[];
}

/** One service as all nodes of equal reach write it; `source` tells whether it must be made anew. */
export interface PlaneService extends PlaneEntries {
  key: string;
  source: ServedService;
  /** Where a port leads to a node's own tasks alone: what each node's entries are made of. Those above are then of a node without any. */
  local?: { vips: readonly PlaneEntry[]; targets: readonly PlaneTarget[] };
  /** Every published port of UDP. */
  udpPorts: readonly number[];
  /** Addresses of its tasks on any network. */
  targets: readonly string[];
  /** Lines of a hosts file by bridge. */
  names: Readonly<Record<string, string>>;
  /** Where a network's names are spread over files, this tells which. */
  bucket: number;
  /** Tasks that are left out, and why. */
  strays: readonly string[];
}

/** What services are made against, the same on all nodes of equal reach; made once a frame. */
export interface Surroundings {
  /** By namespace/name; `reach`: by node, its own part among them. */
  networks: ReadonlyMap<string, { bridge: string; internal: boolean; vips: Subnet; reach: ReadonlyMap<string, Subnet> }>;
}

/** What a node does not serve, since what it would have to write is no address, port or name, or belongs to another service. */
export interface PlaneRefusal {
  /** `Service/shop/web`, `Node/h1`, `Network/shop/default`. */
  object: string;
  message: string;
}

/** What the kernel and the resolver of one node are to do. */
export interface PlaneState {
  /** What it was made from. */
  served: Served;
  frame: PlaneFrame;
  /** By namespace/name; see onNode for what differs by node. */
  services: ReadonlyMap<string, PlaneService>;
  refused: readonly PlaneRefusal[];
  around: Surroundings;
  /** Those of `refused` that are nodes and networks. */
  frameRefused: readonly PlaneRefusal[];
}
