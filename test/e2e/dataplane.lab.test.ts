import { expect } from 'chai';
import { IMAGE_2, lab, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { runLoad } from '../lab/load.ts';
import { eventually, serviceManifest, type Controller } from './controller.ts';
import {
  addressOn,
  containerOn,
  expectEven,
  getFrom,
  getFromOutside,
  ready,
  rollOut,
  startedWithWeb,
  WEB_PORT,
  webManifest,
} from './dataplane.ts';

const REQUESTS = 600;

describe('services on the data plane of three real hosts', function () {
  this.timeout(180_000);
  let env: LabEnv;
  let controller: Controller;
  const hostAt = (index: number): LabHost => env.hosts[index] ?? expect.fail('no such host');

  before(async () => {
    ({ env, controller } = await startedWithWeb());
  });

  after(async () => {
    await controller.remove();
    await lab('up', '3');
  });

  it('are reached by name from every host, all tasks evenly', async () => {
    for (const host of env.hosts) {
      const inside = { host, container: await containerOn(host, 'client') };
      expectEven(await runLoad({ url: 'http://web:8080/', rate: 200, count: REQUESTS, inside }));
    }
  });

  it('are reached by their published port on every host, all tasks evenly, from outside and by loopback', async () => {
    for (const host of env.hosts) {
      expectEven(await runLoad({ url: `http://${host.address}:${WEB_PORT}/`, rate: 200, count: REQUESTS }));
      expect(await lab('enter', String(host.index), 'curl', '-sS', '-m', '3', `http://127.0.0.1:${WEB_PORT}/`)).to.match(/^hello 1/);
    }
  });

  it('do not clash with those of another namespace, and are not reached from it, on one host or across', async () => {
    const other = { mode: 'global', replicas: undefined, stopGracePeriod: '1s' };
    const manifest = serviceManifest({ name: 'web', image: IMAGE_2, spec: other }) as { metadata: object };
    await controller.save('other.yaml', { ...manifest, metadata: { ...manifest.metadata, namespace: 'other' } });
    await ready(controller, 'web', 3, 'other');
    const vip = async (namespace: string): Promise<string> => {
      const { status } = JSON.parse(await controller.cli('get', 'net', 'default', '-n', namespace, '-o', 'json')) as {
        status: { addresses: { service: string; address: string }[] };
      };
      return status.addresses.find(({ service }) => service === 'web')?.address ?? '';
    };
    for (const host of env.hosts) {
      const client = await containerOn(host, 'client');
      const theirs = await containerOn(host, 'web', 'other');
      expect(await getFrom(host, theirs, 'http://127.0.0.1:8080/')).to.match(/^hello 2/);
      const names = await runLoad({ url: 'http://web:8080/', rate: 50, count: 30, inside: { host, container: client } });
      expect(
        Object.keys(names.answers).every((answer) => answer.startsWith('hello 1')),
        'its own namespace answers',
      ).to.equal(true);
      const own = await runLoad({ url: 'http://web:8080/', rate: 50, count: 30, inside: { host, container: theirs } });
      expect(
        Object.keys(own.answers).every((answer) => answer.startsWith('hello 2')),
        'the other its own',
      ).to.equal(true);
      const foreign = await runLoad({ url: 'http://web.other:8080/', rate: 50, count: 3, inside: { host, container: client } });
      expect(foreign.answers).to.deep.equal({});
      expect(await getFrom(host, client, `http://${await vip('other')}:8080/`)).not.to.match(/hello/);
      for (const target of env.hosts) {
        const address = await addressOn(target, await containerOn(target, 'web', 'other'), 'dswarm_other_default');
        expect(address).to.match(/^10\./);
        expect(await getFrom(host, client, `http://${address}:8080/`), `${host.name} to ${target.name}`).not.to.match(/hello/);
        const back = await addressOn(target, await containerOn(target, 'web'), 'dswarm_default_default');
        expect(await getFrom(host, theirs, `http://${back}:8080/`), `${target.name} from ${host.name}`).not.to.match(/hello/);
      }
    }
    await controller.drop('other.yaml');
  });

  it('answer on a port added to one they have, and leave both to the next service (conformance C081)', async () => {
    const ports = [
      { target: 8080, published: WEB_PORT },
      { target: 8080, published: 9090 },
    ];
    await rollOut(controller, 3, webManifest(3, { ports }));
    const answers = async (host: LabHost): Promise<string> => getFromOutside(host, 9090).catch(() => '');
    for (const host of env.hosts) await eventually(`${host.name} answers on both`, async () => (await answers(host)).startsWith('hello 1'));
    for (const host of env.hosts) for (const port of [WEB_PORT, 9090]) expect(await getFromOutside(host, port)).to.match(/^hello 1/);
    await controller.drop('web.yaml');
    await eventually('nothing answers any more', async () => (await getFromOutside(hostAt(0)).catch(() => '')) === '');
    const next = webManifest(3, { ports }, IMAGE_2) as { metadata: object };
    await controller.save('next.yaml', { ...next, metadata: { name: 'next' } });
    await ready(controller, 'next', 3);
    for (const host of env.hosts) for (const port of [WEB_PORT, 9090]) expect(await getFromOutside(host, port)).to.match(/^hello 2/);
  });

  it('go on with the controller down, and a host that was off and on again serves by itself', async () => {
    await controller.stop('SIGKILL');
    const url = (host: LabHost): string => `http://${host.address}:${WEB_PORT}/`;
    for (const host of env.hosts) expect((await runLoad({ url: url(host), rate: 100, count: 100 })).failures).to.deep.equal([]);
    await lab('off', '2');
    await lab('on', '2');
    const rebooted = hostAt(1);
    await eventually('the host serves again', async () => (await getFromOutside(rebooted).catch(() => '')).startsWith('hello 2'), 60_000);
    await eventually('its tasks do', async () => (await containerOn(rebooted, 'next').catch(() => '')) !== '', 60_000);
    const inside = { host: rebooted, container: await containerOn(rebooted, 'client') };
    const byName = await runLoad({ url: 'http://next:8080/', rate: 50, count: 100, inside });
    expect(byName.failures).to.deep.equal([]);
    await controller.start(30, 'auto');
    await ready(controller, 'next', 3);
  });
});
