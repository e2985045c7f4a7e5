import { expect } from 'chai';
import type { StoredNetwork } from '../../lib/types/objects.ts';
import { network } from '../network/objects.ts';
import { startApi, type TestApi } from '../cli/api.ts';

const MANIFEST = 'apiVersion: dswarm/v1\nkind: Network\nmetadata: { name: back }\nspec: { internal: true }\n';

describe('networks by the API and the command line', () => {
  let api: TestApi;
  beforeEach(async () => void (api = await startApi()));
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

  it('keep what is made of them once they have addresses (fault 27)', async () => {
    await api.dswarm('apply -f -', { stdin: MANIFEST });
    await giveAddresses();
    const before = stored();
    const { code, err } = await api.dswarm('apply -f -', { stdin: MANIFEST.replace('internal: true', 'subnet: 10.60.0.0/16') });
    expect(code).to.equal(1);
    expect(err).to.contain('spec.internal: a network that has its addresses cannot change this: it is true, found false');
    expect(err).to.contain('spec.subnet: a network that has its addresses cannot change this: it is 10.210.0.0/16, found 10.60.0.0/16');
    expect(stored()).to.deep.equal(before);
    const same = MANIFEST.replace('internal: true', 'internal: true, attachable: true, subnet: 10.210.0.0/16');
    expect((await api.dswarm('apply -f -', { stdin: same })).out).to.equal('network/back configured\n');
  });

  it('that are deleted are marked, and stay so whatever clients change', async () => {
    await api.dswarm('apply -f -', { stdin: MANIFEST });
    await api.dswarm('delete network back --wait=false');
    expect(stored()?.metadata.deletionTimestamp).to.be.a('string');
    await api.dswarm('apply -f -', { stdin: MANIFEST.replace('internal: true', 'internal: true, attachable: true') });
    expect(stored()?.spec.attachable).to.equal(true);
    expect(stored()?.metadata.deletionTimestamp).to.be.a('string');
  });
});
