import { expect } from 'chai';
import { docker, type LabEnv } from '../lab/fixture.ts';
import { runLoad } from '../lab/load.ts';
import { eventually, serviceManifest, type Controller } from './controller.ts';
import { containerOn, expectEven, getFrom, HEALTHCHECK, ready, startedWithWeb } from './dataplane.ts';

const API_PORT = 8081;
const BACK = { apiVersion: 'dswarm/v1', kind: 'Network', metadata: { name: 'back' }, spec: { internal: true } };
const global = { mode: 'global', replicas: undefined, healthcheck: HEALTHCHECK };

/** The name of the internal network comes before that of the other: by name alone an engine would lead its tasks outside by it. */
describe('tasks in two networks of three real hosts', function () {
  this.timeout(240_000);
  let env: LabEnv;
  let controller: Controller;

  before(async () => {
    ({ env, controller } = await startedWithWeb());
    await controller.save('back.yaml', BACK);
    await controller.save('db.yaml', serviceManifest({ name: 'db', spec: { ...global, networks: ['back'] } }));
    const ports = [{ target: 8080, published: API_PORT }];
    await controller.save('api.yaml', serviceManifest({ name: 'api', spec: { ...global, networks: ['back', 'default'], ports } }));
    await ready(controller, 'db', 3);
    await ready(controller, 'api', 3);
  });

  after(() => controller.remove());

  it('are reached by their published port on every host', async () => {
    for (const { address } of env.hosts) expectEven(await runLoad({ url: `http://${address}:${API_PORT}/`, rate: 200, count: 300 }), 3);
  });

  it('are reached by name in either network, and reach whoever is in one of them, across hosts', async () => {
    for (const host of env.hosts) {
      const from = async (service: string): Promise<{ host: typeof host; container: string }> => ({
        host,
        container: await containerOn(host, service),
      });
      const asked = [
        ['api', 'db', 3],
        ['api', 'web', 6],
        ['client', 'api', 3],
        ['db', 'api', 3],
      ] as const;
      for (const [asking, name, tasks] of asked)
        expectEven(await runLoad({ url: `http://${name}:8080/`, rate: 200, count: tasks * 50, inside: await from(asking) }), tasks);
    }
  });

  it('join nothing: who is in one network alone does not reach the other', async () => {
    const [h1, h2] = env.hosts;
    if (h1 === undefined || h2 === undefined) expect.fail('two hosts');
    const address = (name: string): Promise<string> =>
      containerOn(h2, name).then((id) => docker(h2, 'inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}', id));
    const [db = ''] = (await address('db')).split(' ');
    expect(await getFrom(h1, await containerOn(h1, 'api'), `http://${db}:8080/`)).to.match(/^hello 1/);
    expect(await getFrom(h1, await containerOn(h1, 'client'), `http://${db}:8080/`)).to.match(/curl: \((7|28)\)/);
  });

  it('reach what is outside by the network that lets them, though the other does not', async () => {
    const outside = `http://${env.hosts[1]?.address ?? ''}:${API_PORT}/`;
    const host = env.hosts[0] ?? expect.fail('a host');
    expect(await getFrom(host, await containerOn(host, 'api'), outside)).to.match(/^hello 1/);
    expect(await getFrom(host, await containerOn(host, 'db'), outside)).to.match(/curl: \((7|28)\)/);
  });

  it('are all that net check tries out', async () => {
    await eventually(
      'net check finds nothing broken',
      async () => (await controller.attempt('net', 'check', '--quiet')).code === 0,
      20_000,
    );
  });
});
