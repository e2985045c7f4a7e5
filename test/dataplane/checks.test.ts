import { expect } from 'chai';
import { checksOf } from '../../lib/dataplane/checks.ts';
import type { Served } from '../../lib/dataplane/model.ts';

const part = (third: number): { subnet: string; gateway: string } => ({ subnet: `10.210.${third}.0/24`, gateway: `10.210.${third}.1` });
const network = { namespace: 'shop', name: 'default', bridge: 'dsw1', subnet: '10.210.0.0/16', vipSubnet: '10.210.240.0/20' };
const task = { name: 'web.1', slot: '1', node: 'h1', addresses: { default: '10.210.0.9' } };
const served: Served = {
  nodes: [{ name: 'h1', address: '192.0.2.1' }, { name: 'h2', address: '192.0.2.2' }, { name: 'h3' }],
  networks: [{ ...network, internal: false, driver: 'mesh', backend: 'wireguard', nodes: { h1: part(0), h2: part(1), h3: part(2) } }],
  services: [
    {
      namespace: 'shop',
      name: 'web',
      networks: [{ network: 'default', vip: '10.210.240.1', aliases: [] }],
      ports: [{ protocol: 'tcp', target: 80, published: 8080, policy: 'cluster' }],
      tasks: [task],
    },
  ],
};
const probes = (model: Served, node = 'h1'): string[] => checksOf(model, node).map(({ what, to, probe }) => `${what} ${to} ${probe}`);

describe('what a node tries out of the data plane', () => {
  it('is the tunnel to every other node, names, virtual addresses, and published ports on every node that can be dialled', () => {
    expect(probes(served)).to.deep.equal([
      'tunnel h2 ping:10.210.1.1',
      'tunnel h3 ping:10.210.2.1',
      'names shop/default name:10.210.0.1:web',
      'address shop/web tcp:10.210.240.1:80',
      'port h1 tcp:192.0.2.1:8080',
      'port h2 tcp:192.0.2.2:8080',
    ]);
  });

  it('leaves out services that no task answers for, and ports of policy local where no task is', () => {
    const [web] = served.services as [Served['services'][0]];
    expect(probes({ ...served, services: [{ ...web, tasks: [] }] })).to.deep.equal([
      'tunnel h2 ping:10.210.1.1',
      'tunnel h3 ping:10.210.2.1',
    ]);
    const local = { ...web, ports: web.ports.map((port) => ({ ...port, policy: 'local' as const })) };
    expect(probes({ ...served, services: [local] }).filter((text) => text.startsWith('port'))).to.deep.equal([
      'port h1 tcp:192.0.2.1:8080',
    ]);
  });

  it('is spread over the nodes where there are many: each has its ports tried out by sixteen', () => {
    const nodes = Array.from({ length: 40 }, (_, at) => ({ name: `n${String(at).padStart(2, '0')}`, address: `192.0.2.${String(at)}` }));
    const tried = nodes.flatMap(({ name }) => probes({ ...served, nodes }, name).filter((text) => text.startsWith('port ')));
    const counts = nodes.map(({ name }) => tried.filter((text) => text.startsWith(`port ${name} `)).length);
    expect(new Set(counts)).to.deep.equal(new Set([16]));
  });
});
