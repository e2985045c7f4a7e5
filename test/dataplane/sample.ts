import type { Served, ServedNetwork, ServedNode, ServedService } from '../../lib/dataplane/model.ts';

/** Two WireGuard keys would do; these are of the right form, and different by node. */
export function keyOf(index: number): string {
  return Buffer.alloc(32, index + 1).toString('base64');
}

export function nodes(count: number): ServedNode[] {
  return Array.from({ length: count }, (_none, index) => ({
    name: `h${String(index + 1)}`,
    address: `10.77.0.${String(11 + index)}`,
    publicKey: keyOf(index),
  }));
}

/** The network 10.NUMBER.0.0/16 over so many nodes: node hI has 10.NUMBER.I.0/24. */
export function network(namespace: string, number: number, count: number, more: Partial<ServedNetwork> = {}): ServedNetwork {
  const parts = Array.from({ length: count }, (_none, index) => {
    const part = `10.${String(number)}.${String(index + 1)}`;
    return [`h${String(index + 1)}`, { subnet: `${part}.0/24`, gateway: `${part}.1` }] as const;
  });
  return {
    namespace,
    name: 'default',
    bridge: `dsw${number.toString(16).padStart(8, '0')}`,
    subnet: `10.${String(number)}.0.0/16`,
    vipSubnet: `10.${String(number)}.240.0/20`,
    internal: false,
    driver: 'mesh',
    backend: 'wireguard',
    nodes: Object.fromEntries(parts),
    ...more,
  };
}

/** A service of one task on each address. */
export function service(namespace: string, name: string, vip: string | undefined, addresses: readonly string[]): ServedService {
  return {
    namespace,
    name,
    networks: [{ network: 'default', aliases: [], ...(vip === undefined ? {} : { vip }) }],
    ports: [],
    tasks: addresses.map((address, index) => ({
      name: `${name}.${String(index + 1)}`,
      slot: String(index + 1),
      node: `h${address.split('.')[2] ?? ''}`,
      addresses: { default: address },
    })),
  };
}

/** Two namespaces on three nodes: the second one is internal. */
export function sample(): Served {
  const web = service('shop', 'web', '10.210.240.1', ['10.210.1.2', '10.210.2.2', '10.210.3.2']);
  return {
    nodes: nodes(3),
    networks: [network('shop', 210, 3), network('vault', 211, 3, { internal: true })],
    services: [
      {
        ...web,
        networks: [{ network: 'default', vip: '10.210.240.1', aliases: ['www'] }],
        ports: [
          { protocol: 'tcp', target: 8080, published: 30080, policy: 'cluster' },
          { protocol: 'tcp', target: 8080, published: 30081, policy: 'local' },
        ],
      },
      { ...service('shop', 'dns', '10.210.240.2', []), ports: [{ protocol: 'udp', target: 53, published: 30053, policy: 'cluster' }] },
      service('shop', 'peers', undefined, ['10.210.1.3', '10.210.2.3']),
      service('vault', 'web', '10.211.240.1', ['10.211.1.2']),
    ],
  };
}
