import { expect } from 'chai';
import type { Served } from '../../lib/dataplane/model.ts';
import { nodeState } from '../../lib/dataplane/node-state.ts';
import { renderNode } from '../../lib/dataplane/render.ts';
import { onNode } from '../../lib/dataplane/service.ts';
import { network, nodes, sample, service } from './sample.ts';

function files(served: Served, node = 'h1'): Record<string, string> {
  return { ...renderNode(nodeState(served, node)) };
}

function targets(served: Served, chain: string, node = 'h1'): string[] {
  const rules = [...nodeState(served, node).services.values()]
    .flatMap((one) => onNode(one, node).entries)
    .find((entry) => entry.chain === chain)?.rules;
  return [...(rules?.join(' ').matchAll(/: ([0-9.]+)/g) ?? [])].map(([, address]) => address ?? '');
}

describe('what a node does of what the cluster serves', () => {
  it('balances a virtual address over the tasks of all nodes, for every port alike', () => {
    expect(targets(sample(), 'vip_10_210_240_1', 'h3')).to.deep.equal(['10.210.1.2', '10.210.2.2', '10.210.3.2']);
    expect(files(sample())['ruleset.nft']).to.include('10.210.240.1 : goto vip_10_210_240_1');
  });

  it('maps a published port to its target, and keeps to its own tasks where the port says local', () => {
    expect(files(sample(), 'h2')['ruleset.nft']).to.include('2 : 10.210.3.2 . 8080');
    expect(targets(sample(), 'port_tcp_30081', 'h2')).to.deep.equal(['10.210.2.2']);
  });

  it('closes a published port without a task that it may go to', () => {
    expect(files(sample())['ruleset.nft']).to.match(/set closed \{[^}]*elements = \{ udp \. 30053 \}/s);
    const elsewhere = { ...sample(), services: sample().services.map((one) => ({ ...one, tasks: one.tasks.slice(1) })) };
    expect(nodeState(elsewhere, 'h1').services.get('shop/web')?.closed).to.deep.equal(['tcp . 30081']);
  });

  it('lets a published port lead into no internal network', () => {
    const served = sample();
    const vault = { ...service('vault', 'safe', '10.211.240.9', ['10.211.1.9']), ports: served.services[0]?.ports.slice(0, 1) ?? [] };
    const state = nodeState({ ...served, services: [vault] }, 'h1');
    expect(state.services.get('vault/safe')?.closed).to.deep.equal(['tcp . 30080']);
  });

  it('leads a published port to a task by that of its open networks by which engines lead it outside, whatever the order in its spec', () => {
    const served = sample();
    const back = network('shop', 212, 3, { name: 'back', internal: true });
    const edge = network('shop', 213, 3, { name: 'edge' });
    const [one] = service('shop', 'api', undefined, ['10.210.1.9']).tasks;
    const api = {
      ...service('shop', 'api', undefined, []),
      networks: ['edge', 'default', 'back'].map((name) => ({ network: name, aliases: [] })),
      ports: served.services[0]?.ports.slice(0, 1) ?? [],
      tasks: one === undefined ? [] : [{ ...one, addresses: { ...one.addresses, edge: '10.213.1.9', back: '10.212.1.9' } }],
    };
    const state = { ...served, networks: [...served.networks, back, edge], services: [api] };
    expect(files(state)['ruleset.nft']).to.include('0 : 10.210.1.9 . 8080');
  });

  it('sends only to nodes that have a tunnel, and to none of an island', () => {
    const served = sample();
    const keyless = { ...served, nodes: served.nodes.map((node) => (node.name === 'h2' ? { name: 'h2', address: '10.77.0.12' } : node)) };
    expect(targets(keyless, 'vip_10_210_240_1')).to.deep.equal(['10.210.1.2', '10.210.3.2']);
    expect(targets(keyless, 'vip_10_210_240_1', 'h2')).to.deep.equal(['10.210.2.2']);
    const island = { ...served, networks: [network('shop', 210, 3, { driver: 'bridge' })] };
    expect(targets(island, 'vip_10_210_240_1', 'h2')).to.deep.equal(['10.210.2.2']);
    expect(files(island)['mesh']).to.not.include('route 10.210.2.0/24');
  });

  it('lets a node that nobody can dial take part: it dials, its peers wait', () => {
    const served = {
      ...sample(),
      nodes: nodes(3).map((node) => (node.name === 'h3' ? { name: 'h3', publicKey: node.publicKey ?? '' } : node)),
    };
    const [outside, inside] = [files(served)['wireguard.conf'] ?? '', files(served, 'h3')['wireguard.conf'] ?? ''];
    expect(outside.match(/^Endpoint/gm)).to.have.lengthOf(1);
    expect(outside).to.include('AllowedIPs = 10.210.3.0/24');
    expect(inside.match(/^Endpoint/gm)).to.have.lengthOf(2);
    expect(inside.match(/^PersistentKeepalive = 25$/gm)).to.have.lengthOf(2);
    expect(targets(served, 'vip_10_210_240_1')).to.include('10.210.3.2');
    const both = { ...served, nodes: served.nodes.map(({ name, publicKey = '' }) => ({ name, publicKey })) };
    expect(targets(both, 'vip_10_210_240_1')).to.deep.equal(['10.210.1.2']);
  });

  it('follows a node whose address changed', () => {
    const served = { ...sample(), nodes: nodes(3).map((node) => (node.name === 'h2' ? { ...node, address: '2001:db8::2' } : node)) };
    expect(files(served)['wireguard.conf']).to.include('Endpoint = [2001:db8::2]:51820\n');
  });

  it('never writes an empty list of peers for want of knowledge (invariant 5)', () => {
    const alone = { ...sample(), nodes: nodes(1) };
    expect(files(alone)['wireguard.conf']).to.equal('[Interface]\nListenPort = 51820\n');
    expect(files(alone)['mesh']).to.match(/^alone$/m);
    const unknown = { ...sample(), nodes: nodes(3).map(({ name }) => ({ name })) };
    expect(files(unknown)).to.not.have.property('wireguard.conf');
    expect(files(unknown)['mesh']).to.not.match(/^alone$/m);
    expect(() => nodeState(sample(), 'h9')).to.throw('the node h9 is not among those that are served');
  });

  it('makes a vxlan of permanent neighbours where the network says so', () => {
    const served = { ...sample(), networks: [network('shop', 210, 3, { backend: 'vxlan' })] };
    expect(
      files(served)
        ['mesh']?.split('\n')
        .filter((line) => /^(vxlan|neighbour|via)/.test(line)),
    ).to.deep.equal([
      'vxlan 25715 51821 10.77.0.11 02:64:0a:4d:00:0b',
      'neighbour 02:64:0a:4d:00:0c 10.77.0.12',
      'neighbour 02:64:0a:4d:00:0d 10.77.0.13',
      'via 10.210.2.0/24 10.210.2.1 02:64:0a:4d:00:0c 10.210.1.1',
      'via 10.210.3.0/24 10.210.3.1 02:64:0a:4d:00:0d 10.210.1.1',
    ]);
    expect(files(served)['wireguard.conf']).to.not.include('10.210.');
    expect(files(served)['ruleset.nft']).to.match(/set members \{[^}]*elements = \{ 10\.77\.0\.12, 10\.77\.0\.13 \}/s);
  });

  it('takes what one service has from no other', () => {
    const thief = { ...service('shop', 'thief', '10.210.240.1', ['10.210.1.99']), ports: sample().services[0]?.ports ?? [] };
    const state = nodeState({ ...sample(), services: [...sample().services, thief] }, 'h1');
    expect(state.refused).to.deep.equal([{ object: 'Service/shop/thief', message: '10.210.240.1 belongs to shop/web' }]);
  });

  it('believes a node no address of a task that is not its own, and leads to the others', () => {
    const served = sample();
    const liar = { name: 'web.9', slot: '9', node: 'h2', addresses: { default: '10.210.1.2' } };
    const services = served.services.map((one) => (one.name === 'web' && one.namespace === 'shop' ? { ...one, tasks: [liar] } : one));
    expect(nodeState({ ...served, services }, 'h1').refused[0]?.message).to.equal(
      'task web.9 has 10.210.1.2, which is no address of the network on h2; nothing leads there',
    );
    const beside = served.services.map((one) =>
      one.name === 'web' && one.namespace === 'shop' ? { ...one, tasks: [...one.tasks, liar] } : one,
    );
    expect(targets({ ...served, services: beside }, 'vip_10_210_240_1')).to.deep.equal(targets(served, 'vip_10_210_240_1'));
  });

  it('makes nothing anew that is the same object as before', () => {
    const served = sample();
    const before = nodeState(served, 'h1');
    const after = nodeState({ ...served, services: [...served.services] }, 'h1', before);
    for (const [key, made] of after.services) expect(made).to.equal(before.services.get(key));
    expect(after.frame).to.equal(before.frame);
  });
});

describe('the names of a network', () => {
  const names = (served: Served, bridge = 'dsw000000d2'): string => files(served)[`dns/${bridge}/0`] ?? '';

  it('are services, their aliases, their tasks, and nodes', () => {
    expect(names(sample()).split('\n').slice(1, 4)).to.deep.equal([
      '10.210.240.1 web web.shop www www.shop',
      '10.210.1.2 tasks.web tasks.web.shop',
      '10.210.2.2 tasks.web tasks.web.shop',
    ]);
    expect(names(sample())).to.include('10.210.1.3 peers peers.shop tasks.peers tasks.peers.shop\n');
    expect(names(sample())).to.include('10.77.0.12 h2\n');
  });

  it('are those of one namespace', () => {
    expect(names(sample())).to.not.include('vault');
    expect(names(sample(), 'dsw000000d3')).to.include('10.211.240.1 web web.vault\n').and.not.include('shop');
  });

  it('go to a service before a node of the same name', () => {
    const served = { ...sample(), services: [service('shop', 'h2', '10.210.240.7', [])] };
    expect(names(served)).to.include('10.210.240.7 h2').and.not.include('10.77.0.12');
  });

  it('include those of a network that a service is in as well', () => {
    const front = service('shop', 'front', '10.210.240.5', ['10.210.1.5']);
    const back = { ...service('shop', 'db', undefined, []), networks: [{ network: 'back', vip: '10.212.240.1', aliases: [] }] };
    const both = { ...front, name: 'api', networks: [...front.networks.slice(0, 1).map((one) => ({ ...one, vip: '10.210.240.6' })), ...back.networks.map((one) => ({ ...one, vip: '10.212.240.2' }))] }; // prettier-ignore
    const networks = [network('shop', 210, 3), network('shop', 212, 3, { name: 'back' })];
    const apart = names({ ...sample(), networks, services: [front, back] });
    const joined = names({ ...sample(), networks, services: [front, back, both] });
    expect(apart).to.not.include('db');
    expect(joined).to.include('10.212.240.1 db db.shop\n').and.include('10.210.240.6 api');
  });

  it('are never asked for outside of an internal network', () => {
    expect(files(sample())['dns/dsw000000d2.conf']).to.match(/^resolv-file=/m);
    expect(files(sample())['dns/dsw000000d3.conf']).to.match(/^no-resolv$/m);
  });
});
