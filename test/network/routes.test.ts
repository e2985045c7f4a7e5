import fc from 'fast-check';
import { expect } from 'chai';
import { overlaps, parseSubnet, sizeOf, formatSubnet, type Subnet } from '../../lib/ipam/subnet.ts';
import { awaitedOf, isUnheard, routesInTheWay } from '../../lib/network/routes.ts';
import type { NodeStatus } from '../../lib/types/generated.ts';
import { nodes } from './objects.ts';

describe('routes of a host', () => {
  it('to private addresses are in the way of networks; defaults, public ones and those of the engine are not (fault 79)', () => {
    const routes = ['0.0.0.0/1', '128.0.0.0/1', '8.8.8.0/24', '169.254.0.0/16', '172.17.0.0/16', '10.77.0.0/24', '10.210.9.9', 'fe80::/64'];
    const engine = [{ network: 'bridge', subnet: '172.17.0.0/16' }];
    expect(routesInTheWay(routes, engine)).to.deep.equal(['10.77.0.0/24', '10.210.9.9/32']);
  });

  it('within a wider one, or within the same /16 as another, are told by one', () => {
    const many = Array.from({ length: 200 }, (_, index) => `10.244.${index}.0/24`);
    expect(routesInTheWay([...many, '172.16.0.0/12', '172.20.3.0/24'], [])).to.deep.equal(['10.244.0.0/24', '172.16.0.0/12']);
  });

  it('that are told keep a network clear of all of them', () => {
    const route = fc.tuple(fc.nat(0xffff), fc.integer({ min: 8, max: 32 })).map(([low, prefix]): Subnet => {
      const base = 10 * 2 ** 24 + low * 2 ** 8;
      return { base: base - (base % sizeOf(prefix)), prefix };
    });
    fc.assert(
      fc.property(fc.array(route, { maxLength: 30 }), fc.nat(255), (all, second) => {
        const told = routesInTheWay(all.map(formatSubnet), []).flatMap((text) => parseSubnet(text) ?? []);
        const network = { base: (10 * 256 + second) * 2 ** 16, prefix: 16 };
        const meets = (routes: readonly Subnet[]): boolean => routes.some((one) => overlaps(one, network));
        expect(meets(told)).to.equal(meets(all));
      }),
    );
  });
});

describe('a node', () => {
  const [plain] = nodes(1);
  const heard = (status: NodeStatus | undefined): boolean =>
    isUnheard({ ...(plain ?? expect.fail('one node')), ...(status === undefined ? {} : { status }) });
  const networkReady = (status: 'True' | 'False' | 'Unknown'): Pick<NodeStatus, 'conditions'> => ({
    conditions: [{ type: 'NetworkReady', status, reason: 'Some', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  });

  it('is waited for while it is about to tell its routes, and not where it is away or its data plane fails', () => {
    const rows: [string, NodeStatus | undefined, boolean][] = [
      ['new', undefined, true],
      ['being reached for the first time', { state: 'Unknown' }, true],
      ['away', { state: 'Unknown', unreachableSince: '2026-01-01T00:00:00Z' }, false],
      ['down', { state: 'Down' }, false],
      ['not trusted', { state: 'Untrusted' }, false],
      ['its plane begins', { state: 'Ready', ...networkReady('Unknown') }, true],
      ['its plane fails', { state: 'Ready', ...networkReady('False') }, false],
      ['it has told', { state: 'Ready', routes: [], ...networkReady('Unknown') }, false],
    ];
    for (const [what, status, expected] of rows) expect(heard(status), what).to.equal(expected);
    expect(awaitedOf([])).to.equal('a first node');
    expect(awaitedOf(nodes(2))).to.equal('the routes of node h1, h2');
    expect(awaitedOf(nodes(2).map((one) => ({ ...one, status: { state: 'Down' } })))).to.equal(undefined);
  });
});
