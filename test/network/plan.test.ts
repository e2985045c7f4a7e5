import { expect } from 'chai';
import { checkConditions } from '../../lib/conditions/check.ts';
import { planNetworks, type NetworksInput, type NetworksPlan } from '../../lib/network/plan.ts';
import { keyOf } from '../../lib/network/subnets.ts';
import { IMPLICIT_ANNOTATION, type StoredNetwork, type StoredNode } from '../../lib/types/objects.ts';
import { member, network, nodes } from './objects.ts';

const BASE: NetworksInput = { networks: [], services: [], nodes: nodes(2), used: new Set(), dataPlane: true, now: Date.UTC(2026, 0, 1) };

function plan(input: Partial<NetworksInput>): NetworksPlan {
  return planNetworks({ ...BASE, ...input });
}

/** Stores what a plan says, as the controller does. */
function stored(before: readonly StoredNetwork[], { put, remove }: NetworksPlan): StoredNetwork[] {
  const gone = new Set([...remove, ...put].map(keyOf));
  return [
    ...before.filter((each) => !gone.has(keyOf(each))),
    ...put.map((each) => ({ ...each, metadata: { ...each.metadata, uid: `uid-${keyOf(each)}` } })),
  ];
}

/** Plans and stores until nothing changes. */
function settle(input: Partial<NetworksInput>): StoredNetwork[] {
  let networks = [...(input.networks ?? [])];
  for (let round = 0; round < 5; round += 1) {
    const next = plan({ ...input, networks });
    if (next.put.length + next.remove.length === 0) break;
    networks = stored(networks, next);
  }
  expect(plan({ ...input, networks })).to.deep.equal({ put: [], remove: [] });
  for (const each of networks) expect(checkConditions(each)).to.deep.equal([]);
  return networks;
}

function only(networks: readonly StoredNetwork[]): StoredNetwork {
  const [first] = networks;
  if (first === undefined || networks.length !== 1) throw new Error(`${networks.length} networks`);
  return first;
}

function reasonOf(object: StoredNetwork | undefined): string | undefined {
  return object?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
}

function withEngineNetwork(node: StoredNode, name: string, subnet: string): StoredNode {
  return { ...node, status: { ...node.status, subnets: [{ network: name, subnet }] } };
}

describe('the default network of a namespace', () => {
  it('is made for the first service that names no network, with all its addresses at once', () => {
    const made = only(plan({ services: [member('web', undefined, { namespace: 'shop' })] }).put);
    expect(made.metadata).to.include({ name: 'default', namespace: 'shop', uid: '' });
    expect(made.metadata.annotations).to.deep.equal({ [IMPLICIT_ANNOTATION]: 'true' });
    expect(made.status).to.deep.include({
      state: 'Ready',
      subnet: '10.210.0.0/16',
      vipSubnet: '10.210.240.0/20',
      nodes: [
        { node: 'h1', subnet: '10.210.0.0/24', gateway: '10.210.0.1' },
        { node: 'h2', subnet: '10.210.1.0/24', gateway: '10.210.1.1' },
      ],
      addresses: [{ service: 'web', address: '10.210.240.1' }],
    });
    expect(made.status?.bridge).to.match(/^dsw[0-9a-f]{8}$/);
  });

  it('is not made without a data plane, nor for services that name others', () => {
    expect(plan({ services: [member('web')], dataPlane: false })).to.deep.equal({ put: [], remove: [] });
    expect(plan({ services: [member('web', ['back'])] })).to.deep.equal({ put: [], remove: [] });
  });

  it('goes when no service needs it and no task is in it', () => {
    const services = [member('web')];
    const networks = settle({ services });
    const used = new Set(['Network/default/default']);
    expect(plan({ networks, used }).remove).to.deep.equal([]);
    expect(plan({ networks }).remove.map(keyOf)).to.deep.equal(['Network/default/default']);
  });

  it('stays when a user wrote it', () => {
    const networks = settle({ networks: [network('default')] });
    expect(plan({ networks }).remove).to.deep.equal([]);
  });
});

describe('the subnet of a network', () => {
  it('is the one asked for, and none is given that another asks for', () => {
    const asked = network('b', { subnet: '10.210.0.0/16' });
    const free = network('a');
    const [a, b] = settle({ networks: [free, asked] }).sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
    expect([a?.status?.subnet, b?.status?.subnet]).to.deep.equal(['10.211.0.0/16', '10.210.0.0/16']);
  });

  it('is not given where it overlaps another network, with both named (fault 79)', () => {
    const networks = settle({ networks: [network('a', { subnet: '10.60.0.0/15' })] });
    const late = network('b', { subnet: '10.61.0.0/16' }, 'shop');
    const b = settle({ networks: [...networks, late] }).find(({ metadata }) => metadata.name === 'b');
    expect(b?.status).to.include({ state: 'Pending', message: '10.61.0.0/16 overlaps 10.60.0.0/15 of network default/a' });
    expect(reasonOf(b)).to.equal('SubnetOverlap');
    expect(b?.status?.subnet).to.equal(undefined);
  });

  it('keeps clear of what hosts have, and one that is asked for is refused by name there (fault 79)', () => {
    const [h1, h2] = BASE.nodes as [StoredNode, StoredNode];
    const hosts = [withEngineNetwork(h1, 'lab', '10.210.7.0/24'), { ...h2, spec: { ...h2.spec, address: '10.211.3.4' } }];
    expect(only(settle({ networks: [network('a')], nodes: hosts })).status?.subnet).to.equal('10.212.0.0/16');
    const asked = (subnet: string): StoredNetwork => only(settle({ networks: [network('a', { subnet })], nodes: hosts }));
    expect(asked('10.210.0.0/16').status?.message).to.equal("10.210.0.0/16 overlaps 10.210.7.0/24 of the engine's network lab on node h1");
    expect(asked('10.211.0.0/16').status?.message).to.equal('10.211.0.0/16 overlaps 10.211.3.4, the address of node h2');
  });

  it('keeps clear of routes of hosts, and says which where one is asked for or none is left (fault 79)', () => {
    const [h1, h2] = BASE.nodes as [StoredNode, StoredNode];
    const withRoutes = (...routes: string[]): StoredNode[] => [h1, { ...h2, status: { routes } }];
    expect(only(settle({ networks: [network('a')], nodes: withRoutes('10.210.64.0/20') })).status?.subnet).to.equal('10.211.0.0/16');
    const asked = only(settle({ networks: [network('a', { subnet: '10.60.0.0/16' })], nodes: withRoutes('10.60.3.0/24') }));
    expect(asked.status?.message).to.equal('10.60.0.0/16 overlaps 10.60.3.0/24, a route of node h2');
    expect(only(settle({ networks: [network('a')], nodes: withRoutes('10.0.0.0/8') })).status?.message).to.equal(
      'no /16 for a network is left of 10.208.0.0/12: 16 in all, 1 in the way: 10.0.0.0/8, a route of node h2; ' +
        'name a subnet in its spec',
    );
  });

  it('waits for the routes of hosts that are about to tell them; what was given stays', () => {
    const [old] = settle({ networks: [network('old')] });
    const networks = [old as StoredNetwork, network('new'), network('asked', { subnet: '10.60.0.0/16' })];
    const waiting = settle({ networks, awaited: 'the routes of node h2' });
    const of = (name: string): StoredNetwork | undefined => waiting.find(({ metadata }) => metadata.name === name);
    expect(of('old')?.status).to.include({ state: 'Ready', subnet: '10.210.0.0/16' });
    for (const name of ['new', 'asked']) {
      expect(of(name)?.status?.subnet).to.equal(undefined);
      expect(of(name)?.status?.message).to.equal('it waits for the routes of node h2');
      expect(of(name)?.status?.conditions?.map(({ type }) => type)).to.deep.equal(['Ready', 'Progressing']);
    }
    expect(settle({ networks: waiting }).map(({ status }) => status?.subnet)).to.have.members(['10.210.0.0/16', '10.211.0.0/16', '10.60.0.0/16']); // prettier-ignore
  });

  it('stays when a host joins that has it already, and says so; without tasks it makes room', () => {
    const networks = settle({ networks: [network('a')] });
    const [h1, h2] = BASE.nodes as [StoredNode, StoredNode];
    const joined = { networks, nodes: [h1, withEngineNetwork(h2, 'old', '10.210.0.0/20')] };
    const object = only(settle({ ...joined, used: new Set(networks.map(keyOf)) }));
    expect(object.status).to.include({ state: 'Degraded', subnet: '10.210.0.0/16' });
    expect(object.status?.message).to.equal("10.210.0.0/16 overlaps 10.210.0.0/20 of the engine's network old on node h2");
    expect(only(settle(joined)).status).to.include({ state: 'Ready', subnet: '10.211.0.0/16' });
  });

  it('stays when its spec says another while tasks are in it, and changes with the last of them', () => {
    const before = only(settle({ networks: [network('a')] }));
    const changed = { ...before, spec: { ...before.spec, subnet: '10.99.0.0/16' } };
    const used = new Set([keyOf(changed)]);
    const kept = only(settle({ networks: [changed], used }));
    expect(kept.status).to.include({ state: 'Degraded', subnet: '10.210.0.0/16' });
    expect(reasonOf(kept)).to.equal('SubnetChanged');
    expect(only(settle({ networks: [kept] })).status).to.include({ state: 'Ready', subnet: '10.99.0.0/16' });
  });

  it('says with numbers when none is left', () => {
    const networks = Array.from({ length: 17 }, (_, index) => network(`n${String(index).padStart(2, '0')}`));
    const last = settle({ networks }).find(({ status }) => status?.subnet === undefined);
    expect(last?.metadata.name).to.equal('n16');
    expect(reasonOf(last)).to.equal('Exhausted');
    expect(last?.status?.message).to.equal(
      'no /16 for a network is left of 10.208.0.0/12: 16 in all, 16 in the way: ' +
        '10.210.0.0/16 of network default/n00, 10.211.0.0/16 of network default/n01, 10.212.0.0/16 of network default/n02, 13 more; ' +
        'name a subnet in its spec',
    );
  });
});

describe('the parts of nodes', () => {
  it('are given to all, stay when others come and go, and are free again', () => {
    const three = nodes(3);
    const networks = settle({ networks: [network('a')], nodes: three });
    const without = settle({ networks, nodes: three.slice(1) });
    const parts = (list: readonly StoredNetwork[]): string[] =>
      (only(list).status?.nodes ?? []).map(({ node, subnet }) => `${node} ${subnet}`);
    expect(parts(without)).to.deep.equal(['h2 10.210.1.0/24', 'h3 10.210.2.0/24']);
    const joined = settle({ networks: without, nodes: [...three.slice(1), ...nodes(4).slice(3)] });
    expect(parts(joined)).to.deep.equal(['h2 10.210.1.0/24', 'h3 10.210.2.0/24', 'h4 10.210.0.0/24']);
  });

  it('end with the 240th node: the network says which nodes have none', () => {
    const object = only(settle({ networks: [network('a')], nodes: nodes(250) }));
    expect(object.status?.nodes).to.have.length(240);
    expect(object.status?.state).to.equal('Degraded');
    expect(object.status?.message).to.match(
      /^no \/24 for a node is left of 10\.210\.0\.0\/16: 240 in all, 240 in use; nothing for node h\d+, h\d+, h\d+, h\d+, h\d+ and 5 more$/,
    );
  });
});

describe('virtual addresses', () => {
  it('are kept over updates and given by age; dnsrr has none', () => {
    const services = [member('b', ['back'], { age: 1 }), member('a', ['back'], { age: 2 })];
    const networks = settle({ networks: [network('back')], services });
    const addresses = (list: readonly StoredNetwork[]): string[] =>
      (only(list).status?.addresses ?? []).map((each) => `${each.service} ${each.address}`);
    expect(addresses(networks)).to.deep.equal(['a 10.210.240.2', 'b 10.210.240.1']);
    const updated = [member('a', ['back'], { age: 2, spec: { image: 'other:2' } }), member('c', ['back'], { age: 3 })];
    expect(addresses(settle({ networks, services: updated }))).to.deep.equal(['a 10.210.240.2', 'c 10.210.240.1']);
    const dnsrr = [member('a', ['back'], { spec: { endpointMode: 'dnsrr' } })];
    expect(addresses(settle({ networks, services: dnsrr }))).to.deep.equal([]);
  });

  it('are one in each network that a service is in', () => {
    const services = [member('web', ['front', 'back'])];
    const networks = settle({ networks: [network('front'), network('back')], services });
    expect(networks.map(({ status }) => status?.addresses)).to.deep.equal([
      [{ service: 'web', address: '10.211.240.1' }],
      [{ service: 'web', address: '10.210.240.1' }],
    ]);
  });
});

describe('a network that is to be deleted', () => {
  const leaving = (object: StoredNetwork): StoredNetwork => ({
    ...object,
    metadata: { ...object.metadata, deletionTimestamp: '2026-01-02T00:00:00Z' },
  });

  it('goes only after its last task, though its services are gone before (conformance C161)', () => {
    for (const count of [1, 2, 5, 10]) {
      const services = Array.from({ length: count }, (_, index) => member(`s${index}`, ['back']));
      const networks = settle({ networks: [network('back')], services });
      const used = new Set(['Network/default/back']);
      const waiting = settle({ networks: networks.map(leaving), used });
      expect(only(waiting).status).to.include({ state: 'Terminating', subnet: '10.210.0.0/16' });
      expect(settle({ networks: waiting })).to.deep.equal([]);
    }
  });
});

describe('without a data plane', () => {
  it('networks have their addresses and say that nothing makes them', () => {
    const object = only(settle({ networks: [network('a')], dataPlane: false }));
    expect(object.status).to.include({ state: 'Pending', subnet: '10.210.0.0/16' });
    expect(reasonOf(object)).to.equal('NoDataPlane');
  });
});
