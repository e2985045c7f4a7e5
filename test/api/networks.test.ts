import { expect } from 'chai';
import { PRIVILEGED } from '../../lib/manifest/policy.ts';
import type { StoredNetwork } from '../../lib/types/objects.ts';
import { network } from '../network/objects.ts';
import { startApi, type TestApi } from '../cli/api.ts';

const MANIFEST = 'apiVersion: dswarm/v1\nkind: Network\nmetadata: { name: back }\nspec: { internal: true }\n';

describe('networks by the API and the command line', () => {
  let api: TestApi;
  beforeEach(async () => void (api = await startApi({ policy: { ...PRIVILEGED, dataPlane: true } })));
  afterEach(() => api.close());

  const stored = (): StoredNetwork | undefined => api.store.snapshot().get({ kind: 'Network', namespace: 'default', name: 'back' });

  async function giveAddresses(): Promise<void> {
    const object = stored() ?? network('back');
    await api.store.commit([{ put: { ...object, status: { state: 'Ready', subnet: '10.210.0.0/16', bridge: 'dsw01234567' } } }]);
  }

  it('are applied, listed, described and explained', async () => {
    expect((await api.dswarm('apply -f -', { stdin: MANIFEST })).out).to.equal('network/back created\n');
    await giveAddresses();
    expect((await api.dswarm('get networks')).out).to.match(
      /^NAME +DRIVER +SUBNET +STATUS +AGE\nback +mesh +10\.210\.0\.0\/16 +Ready +\S+\n$/,
    );
    expect((await api.dswarm('get net -o wide')).out).to.match(/BACKEND +INTERNAL +BRIDGE.*\n.*wireguard +true +dsw01234567/);
    expect((await api.dswarm('describe network back')).out).to.contain('subnet: 10.210.0.0/16');
    expect((await api.dswarm('explain network.spec.subnet')).out).to.contain('Private IPv4 subnet of /16 or larger');
    expect((await api.dswarm(['complete', '--', 'get', 'net'])).out).to.contain('networks');
  });

  it('are applied before the services that name them', async () => {
    const web = 'apiVersion: dswarm/v1\nkind: Service\nmetadata: { name: web }\nspec: { image: app }\n';
    expect((await api.dswarm('apply -f -', { stdin: `${web}---\n${MANIFEST}` })).out).to.equal(
      'network/back created\nservice/web created\n',
    );
  });

  it('and ports that two manifests ask for are refused before the first is sent, and by the controller (conformance C143)', async () => {
    const web = (name: string, port: number): string =>
      `apiVersion: dswarm/v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { image: app, ports: [{ target: 80, published: ${port}, mode: host }, { target: ${port} }] }\n`;
    const clash =
      web('a', 8080) + '---\n' + web('b', 8081).replace('mode: host', 'mode: ingress').replace('published: 8081', 'published: 8080');
    const both = await api.dswarm('apply -f -', { stdin: clash });
    expect(both.err).to.contain("stdin:9:29: spec.ports[0]: port '8080' is already in use by service 'a' as a host-published port");
    expect(api.store.snapshot().list('Service')).to.deep.equal([]);
    expect((await api.dswarm('apply -f -', { stdin: web('a', 8080) })).code).to.equal(0);
    const late = await api.dswarm('apply -f -', { stdin: clash.split('---\n')[1] ?? '' });
    expect(late.code).to.equal(1);
    expect(late.err).to.match(/port '8080' is already in use by service 'a' \([0-9a-f-]+\) as a host-published port/);
  });

  it('keep what is made of them once they have addresses (fault 27)', async () => {
    await api.dswarm('apply -f -', { stdin: MANIFEST });
    await giveAddresses();
    const before = stored();
    const { code, err } = await api.dswarm('apply -f -', { stdin: MANIFEST.replace('internal: true', 'subnet: 10.60.0.0/16') });
    expect(code).to.equal(1);
    expect(err).to.contain('spec.internal: a network that has its addresses cannot change this: it is true, found false');
    expect(err).to.contain('spec.subnet: a network that has its addresses cannot change this: it is 10.210.0.0/16, found 10.60.0.0/16');
    expect(stored()).to.deep.equal(before);
    const same = MANIFEST.replace('internal: true', 'internal: true, subnet: 10.210.0.0/16');
    expect((await api.dswarm('apply -f -', { stdin: same })).out).to.equal('network/back configured\n');
  });

  it('that are deleted are marked, and stay so whatever clients change', async () => {
    await api.dswarm('apply -f -', { stdin: MANIFEST });
    await api.dswarm('delete network back --wait=false');
    expect(stored()?.metadata.deletionTimestamp).to.be.a('string');
    await api.dswarm('apply -f -', { stdin: MANIFEST.replace('metadata: {', 'metadata: { labels: { a: b },') });
    expect(stored()?.metadata.labels).to.deep.equal({ a: 'b' });
    expect(stored()?.metadata.deletionTimestamp).to.be.a('string');
  });
});
