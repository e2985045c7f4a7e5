import { expect } from 'chai';
import { admit } from '../../lib/manifest/admit.ts';
import { NO_OTHERS, type Others } from '../../lib/manifest/beside.ts';
import { parseManifests } from '../../lib/manifest/parse.ts';
import type { Admitted } from '../../lib/types/objects.ts';
import { given, network, nodes } from '../network/objects.ts';
import { publisher } from '../publish/objects.ts';
import { serviceText } from '../support/manifests.ts';

function refusals(text: string, others: Partial<Others>, previous?: Admitted): string[] {
  const { documents } = parseManifests(text, 'f.yaml');
  const policy = { level: 'baseline', allowedBindPrefixes: [], dataPlane: true } as const;
  return documents
    .flatMap((document) => admit(document, { policy, previous, others: { ...NO_OTHERS, ...others } }).errors ?? [])
    .map(({ line }) => line);
}

const web = (ports: string): string => serviceText('web', `  ports: [${ports}]\n`);
const networkText = (subnet: string): string =>
  `apiVersion: dswarm/v1\nkind: Network\nmetadata: { name: back }\nspec: { subnet: ${subnet} }\n`;

describe('a port that another service has', () => {
  it('is refused, be it published by the ingress or by mode host (conformance C143, C147, invariant 17)', () => {
    const services = [publisher('api', ['8080:80']), publisher('db', ['host:5432:5432'])];
    expect(refusals(web('{ target: 80, published: 8080 }'), { services })).to.deep.equal([
      "f.yaml:8:11: spec.ports[0]: port '8080' is already in use by service 'api' (uid-api) as an ingress port [DSW_PORT_IN_USE]",
    ]);
    expect(refusals(web('{ target: 80 }, { target: 81, published: 5432 }'), { services })).to.deep.equal([
      "f.yaml:8:27: spec.ports[1]: port '5432' is already in use by service 'db' (uid-db) as a host-published port [DSW_PORT_IN_USE]",
    ]);
    expect(refusals(web('{ target: 80, published: 8080, mode: host }'), { services })[0]).to.contain("'api' (uid-api) as an ingress port");
    expect(refusals(web('{ target: 80, published: 5432, mode: host }'), { services }), 'host beside host').to.deep.equal([]);
  });

  it('is not the same as that of another protocol, nor in the way of one without a number (conformance C144, C145)', () => {
    const services = [publisher('api', ['53:53', '80'], { given: ['53:53', '30000:80'] })];
    expect(refusals(web('{ target: 53, published: 53, protocol: udp }, { target: 80 }'), { services })).to.deep.equal([]);
    expect(refusals(web('{ target: 1, published: 30000 }'), { services })[0], 'one that was given').to.contain(
      "port '30000' is already in use",
    );
  });

  it('is its own, and free again once the other does not ask for it', () => {
    const services = [publisher('web', ['8080:80'], { given: ['8080:80'] }), publisher('api', ['8081:80'], { given: ['8082:80'] })];
    expect(refusals(web('{ target: 81, published: 8080 }, { target: 82, published: 8082 }'), { services })).to.deep.equal([]);
  });

  it('does not hold up other changes of a service that was stored with it', () => {
    const services = [publisher('api', ['8080:80'])];
    const stored = publisher('web', ['8080:80']);
    expect(refusals(web('{ target: 80, published: 8080 }'), { services }, stored)).to.deep.equal([]);
    expect(refusals(web('{ target: 81, published: 8080 }'), { services }, stored)).to.have.length(1);
  });
});

describe('a port that the hosts need themselves', () => {
  it('is refused where every node would answer it', () => {
    const hosts = { nodes: nodes(1) };
    expect(refusals(web('{ target: 22, published: 22 }'), hosts)).to.deep.equal([
      "f.yaml:8:11: spec.ports[0]: port '22' is the hosts' own: they are reached by it, or talk to each other [DSW_PORT_IN_USE]",
    ]);
    expect(refusals(web('{ target: 1, published: 51820, protocol: udp }'), hosts)).to.have.length(1);
    expect(refusals(web('{ target: 1, published: 51820 }, { target: 22, published: 22, mode: host }'), hosts)).to.deep.equal([]);
  });
});

describe('a subnet that another network or a host has', () => {
  it('is refused with both named (fault 79, invariant 17)', () => {
    const networks = [given(network('front', {}, 'shop'), { subnet: '10.60.0.0/16' }), network('new', { subnet: '10.61.0.0/16' })];
    expect(refusals(networkText('10.60.0.0/15'), { networks })).to.deep.equal([
      'f.yaml:4:17: spec.subnet: 10.60.0.0/15 overlaps 10.60.0.0/16 of network shop/front [DSW_NETWORK_OVERLAP]',
    ]);
    expect(refusals(networkText('10.61.0.0/16'), { networks })[0]).to.contain('overlaps 10.61.0.0/16 of network default/new');
    const hosts = nodes(1).map((node) => ({ ...node, status: { subnets: [{ network: 'lab', subnet: '10.62.9.0/24' }] } }));
    expect(refusals(networkText('10.62.0.0/16'), { nodes: hosts })[0]).to.contain("10.62.9.0/24 of the engine's network lab on node h1");
    expect(refusals(networkText('192.0.0.0/16'), { nodes: nodes(1) })[0]).to.contain('DSW_NETWORK_SUBNET');
  });

  it('is not its own', () => {
    const stored = given(network('back', { subnet: '10.60.0.0/16' }), { subnet: '10.60.0.0/16' });
    expect(refusals(networkText('10.60.0.0/16'), { networks: [stored] }, stored)).to.deep.equal([]);
  });
});
