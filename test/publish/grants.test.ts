import { expect } from 'chai';
import fc from 'fast-check';
import { publisherKey } from '../../lib/publish/claims.ts';
import { DYNAMIC_PORTS, grantPorts, type PortGrant } from '../../lib/publish/grants.ts';
import { areAllocated } from '../../lib/publish/match.ts';
import type { PublishedPort } from '../../lib/types/generated.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import { publisher } from './objects.ts';

const text = ({ target, published, protocol, mode }: PublishedPort): string =>
  `${mode === 'host' ? 'host:' : ''}${published}:${target}${protocol === 'tcp' ? '' : `/${protocol}`}`;

function grant(services: readonly StoredService[], name: string): { ports: string[]; problem?: string } {
  const found = grantPorts(services).get(`Service/default/${name}`) as PortGrant;
  return { ports: found.ports.map(text), ...(found.problem === undefined ? {} : { problem: found.problem }) };
}

describe('published ports', () => {
  it('come from 30000 on where none is asked for, each protocol by itself (conformance C144, C145)', () => {
    const services = [publisher('a', ['80', '81', '53/udp', '9/sctp']), publisher('b', ['80', '53/udp'], { age: 1 })];
    expect(grant(services, 'a').ports).to.deep.equal(['30000:80', '30001:81', '30000:53/udp', '30000:9/sctp']);
    expect(grant(services, 'b').ports).to.deep.equal(['30002:80', '30001:53/udp']);
  });

  it('are never given where another service asks for the number', () => {
    const services = [publisher('a', ['80']), publisher('b', ['30000:80'], { age: 1 }), publisher('c', ['host:30001:80'], { age: 2 })];
    expect(grant(services, 'a').ports).to.deep.equal(['30002:80']);
  });

  it('stay while the spec asks for a port, whatever else of it changes (conformance C157)', () => {
    const given = ['30007:80', '30009:81'];
    expect(grant([publisher('a', ['81', '80', '82'], { given })], 'a').ports).to.deep.equal(['30009:81', '30007:80', '30000:82']);
    expect(grant([publisher('a', ['80', '8080:81'], { given })], 'a').ports).to.deep.equal(['30007:80', '8080:81']);
    expect(grant([publisher('a', ['81'], { given: ['8081:81'] })], 'a').ports).to.deep.equal(['8081:81']);
  });

  it('are the same for one who knows nothing but what is stored (conformance C155)', () => {
    const services = Array.from({ length: 20 }, (_, index) => publisher(`s${index}`, ['80', '53/udp'], { age: index }));
    const first = grantPorts(services);
    const stored = services.map((service) => ({ ...service, status: { ports: first.get(publisherKey(service))?.ports ?? [] } }));
    expect(grantPorts([...stored].reverse())).to.deep.equal(first);
    expect(grantPorts([...services].reverse()), 'even without that').to.deep.equal(first);
  });

  it('are free for others as soon as they are not wanted (conformance C152)', () => {
    const a = publisher('a', ['8080:80', '81'], { given: ['8080:80', '30000:81'] });
    const b = publisher('b', ['8080:80', '82'], { age: 1 });
    expect(grant([a, b], 'b').problem).to.contain("port '8080' is already in use");
    expect(grant([b], 'b').ports).to.deep.equal(['8080:80', '30000:82']);
    expect(grant([{ ...a, spec: { ...a.spec, ports: [] } }, b], 'b').ports).to.deep.equal(['8080:80', '30000:82']);
  });

  it('in conflict are not given at all until that is mended, though the spec is stored (conformance C151)', () => {
    const holder = publisher('a', ['8080:80'], { given: ['8080:80'], age: 5 });
    const late = publisher('b', ['81', '8080:80', '82'], { age: 1 });
    expect(grant([holder, late], 'b')).to.deep.equal({
      ports: [],
      problem: "port '8080' is already in use by service 'a' (uid-a) as an ingress port",
    });
    const mended = publisher('b', ['81', '8081:80', '82'], { age: 1 });
    expect(grant([holder, mended], 'b')).to.deep.equal({ ports: ['30000:81', '8081:80', '30001:82'] });
    const elsewhere = publisher('c', ['8080:80'], { age: 6, namespace: 'shop' });
    expect(grantPorts([holder, elsewhere]).get('Service/shop/c')?.problem).to.contain("by service 'default/a' (uid-a)");
  });

  it('of mode host are in the way of those of the ingress and not of each other (conformance C147)', () => {
    const host = publisher('a', ['host:8080:80'], { given: ['host:8080:80'] });
    const ingress = publisher('b', ['8080:80'], { given: ['8080:80'] });
    const isProblem = "port '8080' is already in use by service";
    expect(grant([host, publisher('b', ['8080:80'])], 'b').problem).to.equal(`${isProblem} 'a' (uid-a) as a host-published port`);
    expect(grant([ingress, publisher('a', ['host:8080:80'])], 'a').problem).to.equal(`${isProblem} 'b' (uid-b) as an ingress port`);
    expect(grant([host, publisher('c', ['host:8080:80'])], 'c').problem).to.equal(undefined);
  });

  it('are never those that the hosts need', () => {
    const reserved = new Set(['30000/tcp', '22/tcp']);
    const grants = grantPorts([publisher('a', ['80']), publisher('b', ['22:22'])], reserved);
    expect(grants.get('Service/default/a')?.ports.map(text)).to.deep.equal(['30001:80']);
    expect(grants.get('Service/default/b')).to.deep.equal({
      ports: [],
      problem: "port '22' is the hosts' own: they are reached by it, or talk to each other",
    });
  });

  it('of mode host without a number are left to the engine', () => {
    expect(grant([publisher('a', ['host:80'])], 'a')).to.deep.equal({ ports: [] });
  });

  it('are used up at some time: it says so with numbers, and the rest goes on', () => {
    const count = DYNAMIC_PORTS.last - DYNAMIC_PORTS.first + 1;
    const services = Array.from({ length: count }, (_, index) => publisher(`s${index}`, ['80']));
    const late = publisher('zz', ['80', '53/udp'], { age: 1 });
    expect(grant([...services, late], 'zz')).to.deep.equal({
      ports: ['30000:53/udp'],
      problem: 'no tcp port is left of 30000-32767: 2768 in all, all in use',
    });
  });
});

const asked = fc.oneof(
  fc.constantFrom('80', '81', '53/udp', '80/sctp', 'host:80'),
  fc
    .tuple(fc.constantFrom('', 'host:'), fc.integer({ min: 29_999, max: 30_004 }), fc.constantFrom('80', '81', '53/udp'))
    .map(([mode, number, target]) => `${mode}${number}:${target}`),
);
const specs = fc.array(
  fc.record({
    name: fc.integer({ min: 0, max: 5 }),
    ports: fc.uniqueArray(asked, { maxLength: 4, selector: (one) => one.replace('host:', '').replace(/:[0-9]+/, ':') }),
  }),
  { maxLength: 30 },
);

describe('published ports, whatever services come and go', () => {
  it('belong to one service, stay with it, and are all or nothing of what is asked for by number', () => {
    fc.assert(
      fc.property(specs, (edits) => {
        let stored = new Map<number, StoredService>();
        for (const { name, ports } of edits) {
          if (ports.length === 0) stored.delete(name);
          else {
            const before = stored.get(name);
            const next = publisher(`s${name}`, ports, { age: name });
            stored.set(name, before?.status === undefined ? next : { ...next, status: before.status });
          }
          const grants = grantPorts([...stored.values()]);
          expectDisjoint(grants);
          stored = new Map([...stored].map(([key, service]) => [key, settled(service, grants)]));
          expect(grantPorts([...stored.values()]), 'given once, it stays').to.deep.equal(grants);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

function settled(service: StoredService, grants: ReadonlyMap<string, PortGrant>): StoredService {
  const { ports, problem } = grants.get(publisherKey(service)) as PortGrant;
  expect(areAllocated(service.spec.ports, ports)).to.equal(problem === undefined);
  const before = new Map((service.status?.ports ?? []).map((one) => [text(one), one]));
  if (areAllocated(service.spec.ports, service.status?.ports)) expect(ports.map(text)).to.have.members([...before.keys()]);
  return { ...service, status: { ports } };
}

function expectDisjoint(grants: ReadonlyMap<string, PortGrant>): void {
  const takers = new Map<string, string>();
  for (const [key, { ports }] of grants) {
    for (const { published, protocol, mode } of ports) {
      const number = `${published}/${protocol}`;
      const other = takers.get(number);
      if (other !== undefined) expect([mode, other], number).to.deep.equal(['host', 'host']);
      takers.set(number, mode);
    }
    expect(key).to.match(/^Service\//);
  }
}
