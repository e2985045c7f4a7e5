import { expect } from 'chai';
import { serve, type NetworkSource, type ServeInput, type ServiceSource } from '../../lib/dataplane/endpoints.ts';
import type { NodeStatus, TaskStatus } from '../../lib/types/generated.ts';
import type { StoredMeta, StoredNode, StoredTask } from '../../lib/types/objects.ts';

function meta(name: string, namespace?: string): StoredMeta {
  const more = namespace === undefined ? {} : { namespace };
  return { name, ...more, uid: name, generation: 1, resourceVersion: '1', creationTimestamp: '2024-01-01T00:00:00Z' };
}

function node(name: string, state: NodeStatus['state'] = 'Ready', ssh = 22): StoredNode {
  const spec = { ssh: { host: name, port: ssh }, docker: { socket: '/s' }, availability: 'active', role: 'worker' } as const;
  return { apiVersion: 'dswarm/v1', kind: 'Node', metadata: meta(name), spec, status: { ...(state === undefined ? {} : { state }) } };
}

function task(name: string, on: string, status: TaskStatus = { state: 'Running', desiredState: 'Running' }): StoredTask {
  const spec = { service: 'web', serviceUid: 'u', slot: '1', node: on, containerName: name, specHash: 'h', image: 'i' };
  return { apiVersion: 'dswarm/v1', kind: 'Task', metadata: meta(name, 'shop'), spec, status };
}

const WEB: ServiceSource = {
  metadata: { name: 'web', namespace: 'shop' },
  spec: { endpointMode: 'vip', ports: [{ target: 80, protocol: 'tcp', mode: 'ingress', ingress: 'local' }] },
  status: { ports: [{ target: 80, published: 30_000, protocol: 'tcp', mode: 'ingress' }] },
};
const NETWORK: NetworkSource = {
  metadata: { name: 'default', namespace: 'shop' },
  spec: { driver: 'mesh', internal: false, backend: 'wireguard' },
  status: {
    subnet: '10.210.0.0/16',
    vipSubnet: '10.210.240.0/20',
    bridge: 'dsw1',
    nodes: [{ node: 'h1', subnet: '10.210.0.0/24', gateway: '10.210.0.1' }],
    addresses: [{ service: 'web', address: '10.210.240.1' }],
  },
};

function input(more: Partial<ServeInput> = {}): ServeInput {
  return {
    services: [WEB],
    tasks: [task('web.1', 'h1')],
    networks: [NETWORK],
    nodes: [node('h1'), node('h2', 'Down')],
    endOf: ({ metadata }) => ({ address: metadata.name === 'h1' ? '10.77.0.11' : '10.77.0.12' }),
    addressesOf: () => ({ default: '10.210.0.2' }),
    isServing: () => true,
    withdrawn: new Set(),
    ...more,
  };
}

function served(tasks: StoredTask[], more: Partial<ServeInput> = {}): string[] {
  return serve(input({ tasks, ...more })).services[0]?.tasks.map(({ name }) => name) ?? [];
}

describe('what the cluster serves', () => {
  it('is made of services, networks, nodes and tasks', () => {
    expect(serve(input())).to.deep.equal({
      nodes: [
        { name: 'h1', address: '10.77.0.11' },
        { name: 'h2', address: '10.77.0.12' },
      ],
      networks: [
        {
          namespace: 'shop',
          name: 'default',
          bridge: 'dsw1',
          subnet: '10.210.0.0/16',
          vipSubnet: '10.210.240.0/20',
          internal: false,
          driver: 'mesh',
          backend: 'wireguard',
          nodes: { h1: { subnet: '10.210.0.0/24', gateway: '10.210.0.1' } },
        },
      ],
      services: [
        {
          namespace: 'shop',
          name: 'web',
          networks: [{ network: 'default', aliases: [], vip: '10.210.240.1' }],
          ports: [{ protocol: 'tcp', target: 80, published: 30_000, policy: 'local' }],
          tasks: [{ name: 'web.1', slot: '1', node: 'h1', addresses: { default: '10.210.0.2' } }],
        },
      ],
    });
  });

  it('is tasks that are fit and not withdrawn', () => {
    const tasks = [task('a', 'h1'), task('b', 'h1'), task('c', 'h1')];
    const isServing: ServeInput['isServing'] = ({ metadata }) => metadata.name !== 'b';
    expect(served(tasks, { isServing, withdrawn: new Set(['shop/c']) })).to.deep.equal(['a']);
  });

  it('has no virtual address for a service of endpoint mode dnsrr', () => {
    const services = [{ ...WEB, spec: { ...WEB.spec, endpointMode: 'dnsrr' as const } }];
    expect(serve(input({ services })).services[0]?.networks).to.deep.equal([{ network: 'default', aliases: [] }]);
  });

  it('takes no port by which the controller comes in, nor that of the mesh', () => {
    const ports = [
      { target: 80, published: 2222, protocol: 'tcp' as const, mode: 'ingress' as const },
      { target: 80, published: 51_820, protocol: 'udp' as const, mode: 'ingress' as const },
      { target: 80, published: 2222, protocol: 'udp' as const, mode: 'ingress' as const },
    ];
    const services = [{ ...WEB, spec: { ...WEB.spec, ports }, status: { ports } }];
    const nodes = [node('h1', 'Ready', 2222)];
    expect(serve(input({ services, nodes })).services[0]?.ports).to.deep.equal([
      { protocol: 'udp', target: 80, published: 2222, policy: 'cluster' },
    ]);
  });

  it('waits for a network that has no addresses yet', () => {
    expect(serve(input({ networks: [{ ...NETWORK, status: {} }] })).networks).to.deep.equal([]);
  });

  it('keeps the objects that say the same', () => {
    const before = serve(input());
    const same = serve(input(), before);
    expect(same.nodes).to.equal(before.nodes);
    expect(same.networks).to.equal(before.networks);
    expect(same.services[0]).to.equal(before.services[0]);
    expect(serve(input({ tasks: [] }), before).services[0]).to.not.equal(before.services[0]);
  });
});
