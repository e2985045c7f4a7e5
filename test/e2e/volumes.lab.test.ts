import { expect } from 'chai';
import { docker, IMAGE, labHosts, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';

const FILE = 'kept-by-somebody';
const volumes = [{ source: 'data', target: '/data' }];

describe('volumes on real hosts', () => {
  let env: LabEnv;
  let controller: Controller;
  let h2: LabHost;

  before(async () => {
    env = await labHosts(3);
    await removeVolumes();
    h2 = env.hosts[1] as LabHost;
    controller = await Controller.create(env.hosts);
    await controller.start();
  });

  after(async () => {
    await controller.remove();
    await labHosts(3);
    await removeVolumes();
  });

  const removeVolumes = async (): Promise<void> => {
    for (const host of env.hosts) await docker(host, 'volume', 'prune', '--force');
  };

  /** Names of the running containers of a service, by host: `h2 default_db.1.0`. */
  const running = async (service: string): Promise<string[]> => {
    const args = ['ps', '--filter', `label=dswarm/service=${service}`, '--format', '{{.Names}}'];
    const lists = await Promise.all(
      env.hosts.map(async (host) =>
        (await docker(host, ...args)).split('\n').flatMap((name) => (name === '' ? [] : `${host.name} ${name}`)),
      ),
    );
    return lists.flat();
  };
  const untilOnH2 = async (service: string): Promise<string> => {
    await eventually(`${service} is there`, async () => (await controller.attempt('get', `svc/${service}`)).code === 0);
    await controller.cli('wait', `svc/${service}`, '--for=condition=Ready', '--timeout=60s');
    const [one = '', ...others] = await running(service);
    expect([one.split(' ')[0], others]).to.deep.equal(['h2', []]);
    return one.split(' ')[1] ?? '';
  };
  const filesOf = (container: string): Promise<string> => docker(h2, 'cp', `${container}:/data/${FILE}`, '-');

  it('made by hand on a host draw the service there that mounts them, and one of another name after it (fault 58)', async () => {
    await docker(h2, 'volume', 'create', 'data');
    await docker(h2, 'run', '-d', '--name', 'writer', '-v', 'data:/data', IMAGE);
    await controller.save(
      'more.yaml',
      serviceManifest({ name: 'more', replicas: 3, spec: { placement: { constraints: ['node.hostname==h2'] } } }),
    );
    await docker(h2, 'cp', controller.path('manifests/more.yaml'), `writer:/data/${FILE}`);
    await docker(h2, 'rm', '-f', 'writer');
    await eventually('its three tasks are on h2', async () => (await running('more')).length === 3);
    await controller.save('db.yaml', serviceManifest({ name: 'db', spec: { volumes } }));
    expect(await filesOf(await untilOnH2('db'))).to.contain('name: more');

    await controller.drop('db.yaml');
    await controller.save('renamed.yaml', serviceManifest({ name: 'renamed', spec: { volumes } }));
    await eventually('the old one is gone', async () => (await running('db')).length === 0);
    expect(await filesOf(await untilOnH2('renamed'))).to.contain('name: more');
    for (const host of [env.hosts[0] as LabHost, env.hosts[2] as LabHost]) expect(await docker(host, 'volume', 'ls', '-q')).to.equal('');
  });
});
