import { expect } from 'chai';
import { startApi, type TestApi } from './api.ts';

const FINE = { from: 'h1', to: 'h2', what: 'tunnel', subject: '10.210.1.1' };
const BROKEN = { from: 'h2', to: 'h1', what: 'port', subject: '10.77.0.11:8080', problem: 'no connection to 10.77.0.11:8080' };

describe('dswarm net check', () => {
  let api: TestApi;

  afterEach(() => api.close());

  it('prints what every node has tried out, and that nothing is broken', async () => {
    api = await startApi({ checkNetwork: () => Promise.resolve([FINE]) });
    const { code, out } = await api.dswarm('net check');
    expect(out).to.equal('FROM   TO   CHECK    WHAT         RESULT\nh1     h2   tunnel   10.210.1.1   ok\n1 tried out, nothing broken\n');
    expect(code).to.equal(0);
  });

  it('says what is broken and why, and exits with 1', async () => {
    api = await startApi({ checkNetwork: () => Promise.resolve([FINE, BROKEN]) });
    const { code, out, err } = await api.dswarm('net check --quiet');
    expect(out).to.contain('no connection to 10.77.0.11:8080').and.not.contain('tunnel');
    expect(err).to.match(/^error: 1 of 2 checks failed \[DSW_NETWORK_BROKEN\]\n {2}\S/);
    expect(code).to.equal(1);
    const json = await api.dswarm('net check -o json');
    expect(JSON.parse(json.out)).to.deep.equal({ items: [FINE, BROKEN] });
  });

  it('says that there is no data plane where there is none', async () => {
    api = await startApi();
    const { code, err } = await api.dswarm('net check');
    expect(err).to.contain('without the data plane');
    expect(code).to.equal(1);
  });
});
