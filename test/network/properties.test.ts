import { expect } from 'chai';
import fc from 'fast-check';
import { overlaps, parseAddress, parseSubnet, type Subnet } from '../../lib/ipam/subnet.ts';
import { planNetworks, type NetworksInput } from '../../lib/network/plan.ts';
import { keyOf } from '../../lib/network/subnets.ts';
import type { StoredNetwork } from '../../lib/types/objects.ts';
import { member, network, nodes } from './objects.ts';

type Step =
  | { kind: 'network' | 'service' | 'node' | 'use'; name: number; on: boolean }
  | { kind: 'edit'; name: number; networks: number[]; mode: 'vip' | 'dnsrr' };

const names = { maxLength: 3, minLength: 1 };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('network', 'service', 'node', 'use'), name: fc.nat(5), on: fc.boolean() }),
  fc.record({
    kind: fc.constant('edit'),
    name: fc.nat(5),
    networks: fc.uniqueArray(fc.nat(3), names),
    mode: fc.constantFrom('vip', 'dnsrr'),
  }),
);

/** Any of them asks for no subnet of its own but the last, whose is in the way of the first that is free. */
const spec = (name: number): { subnet?: string } => (name === 5 ? { subnet: '10.211.0.0/16' } : {});

/** A user and a controller over time: what is wanted, and what is stored of it. */
class Model {
  readonly #networks = new Map<number, StoredNetwork>();
  readonly #services = new Map<number, { networks: number[]; mode: 'vip' | 'dnsrr' }>();
  readonly #nodes = new Set<number>([0]);
  readonly #used = new Set<number>();

  take(change: Step): void {
    if (change.kind === 'edit') {
      if (this.#services.has(change.name)) this.#services.set(change.name, change);
      return;
    }
    const { kind, name, on } = change;
    if (kind === 'node') this.#toggle(this.#nodes, name, on);
    else if (kind === 'use') this.#toggle(this.#used, name, on);
    else if (kind === 'service' && on) this.#services.set(name, this.#services.get(name) ?? { networks: [name % 4], mode: 'vip' });
    else if (kind === 'service') this.#services.delete(name);
    else if (!on) this.#networks.delete(name);
    else if (!this.#networks.has(name)) this.#networks.set(name, network(`n${name}`, spec(name)));
  }

  #toggle(set: Set<number>, name: number, on: boolean): void {
    if (on) set.add(name);
    else set.delete(name);
  }

  input(): NetworksInput {
    const all = nodes(6);
    return {
      networks: [...this.#networks.values()],
      services: [...this.#services].map(([name, { networks, mode }]) =>
        member(
          `s${name}`,
          networks.map((each) => `n${each}`),
          { spec: { endpointMode: mode } },
        ),
      ),
      nodes: all.filter((_, index) => this.#nodes.has(index)),
      used: new Set([...this.#used].map((name) => `Network/default/n${name}`)),
      dataPlane: true,
      now: 0,
    };
  }

  /** What a pass stores, as the controller does. */
  pass(): readonly StoredNetwork[] {
    const before = new Map([...this.#networks.values()].map((each) => [keyOf(each), each.status]));
    for (const each of planNetworks(this.input()).put) {
      expectKept(before.get(keyOf(each)), each.status, this.input());
      this.#networks.set(Number(each.metadata.name.slice(1)), each);
    }
    return [...this.#networks.values()];
  }
}

type Status = StoredNetwork['status'];

/** What still has a taker is as it was. */
function expectKept(before: Status, after: Status, { nodes: there, services }: NetworksInput): void {
  if (before?.subnet === undefined) return;
  const kept = <T>(list: readonly T[] | undefined, nameOf: (item: T) => string, takers: readonly string[]): T[] =>
    (list ?? []).filter((item) => takers.includes(nameOf(item)));
  expect(after).to.include({ subnet: before.subnet, bridge: before.bridge });
  const present = there.map(({ metadata }) => metadata.name);
  expect(after?.nodes).to.include.deep.members(kept(before.nodes, ({ node }) => node, present));
  const served = (after?.addresses ?? []).map(({ service }) => service);
  expect(after?.addresses).to.include.deep.members(kept(before.addresses, ({ service }) => service, served));
  expect(services.map(({ metadata }) => metadata.name)).to.include.members(served);
}

const subnetOf = (text: string): Subnet => parseSubnet(text) ?? { base: parseAddress(text) ?? -1, prefix: 32 };

/** Networks against each other; within one, the parts of nodes and the virtual addresses. */
function expectDisjoint(networks: readonly StoredNetwork[]): void {
  const subnets = networks.flatMap(({ status }) => (status?.subnet === undefined ? [] : [status.subnet]));
  expectApart(subnets);
  for (const { status } of networks) {
    const parts = (status?.nodes ?? []).map(({ subnet }) => subnet);
    expectApart([...parts, ...(status?.addresses ?? []).map(({ address }) => address)]);
  }
  const bridges = networks.map(({ status }) => status?.bridge);
  expect(new Set(bridges).size).to.equal(bridges.length);
}

function expectApart(texts: readonly string[]): void {
  for (const [index, text] of texts.entries())
    for (const other of texts.slice(index + 1)) expect(overlaps(subnetOf(text), subnetOf(other)), `${text} and ${other}`).to.equal(false);
}

describe('addresses, whatever the order in which networks, nodes and services come and go', () => {
  it('are given to one only, stay with whom they were given to, and need no memory but the store (conformance C160)', () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 25 }), (rounds) => {
        const model = new Model();
        for (const changes of rounds) {
          for (const change of changes) model.take(change);
          expectDisjoint(model.pass());
          // A controller that starts anew has the store and nothing else: it would change nothing.
          expect(planNetworks(model.input())).to.deep.equal({ put: [], remove: [] });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('are the same for the same objects, in whatever order they are read', () => {
    const services = Array.from({ length: 6 }, (_, index) => member(`s${index}`, ['n0', 'n1'], { age: index % 3 }));
    const networks = [network('n0'), network('n1'), network('n2', { subnet: '10.210.0.0/16' })];
    const plan = (input: Pick<NetworksInput, 'networks' | 'services' | 'nodes'>): unknown => {
      const { put } = planNetworks({ ...input, used: new Set(), dataPlane: true, now: 0 });
      return new Map(put.map((each) => [keyOf(each), each.status]));
    };
    const expected = plan({ networks, services, nodes: nodes(4) });
    const shuffle = <T>(list: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...list], { minLength: list.length });
    fc.assert(
      fc.property(shuffle(networks), shuffle(services), shuffle(nodes(4)), (some, others, hosts) => {
        expect(plan({ networks: some, services: others, nodes: hosts })).to.deep.equal(expected);
      }),
    );
  });
});
