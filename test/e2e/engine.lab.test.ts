import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { expect } from 'chai';
import { busyboxImage } from '../io/busybox-image.ts';
import { docker, IMAGE, lab, labHosts, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { countRunning, linesOf, listOurs } from './containers.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';

const OURS = 'label=dswarm/managed=true';

describe('engines that fail, and people who meddle, on real hosts', () => {
  let env: LabEnv;
  let controller: Controller;
  let h1: LabHost;
  let h2: LabHost;

  before(async () => {
    env = await labHosts(2);
    [h1, h2] = env.hosts as [LabHost, LabHost];
    controller = await Controller.create(env.hosts);
    await controller.start(10);
  });

  after(async () => {
    await controller.remove();
    await lab('live-restore', '1', 'off');
    await lab('kill-engine', '1');
    await lab('up', '2');
  });

  afterEach(async () => {
    for (const name of deployed) await controller.drop(`${name}.yaml`);
    deployed.clear();
    await eventually('nothing is left', async () => (await all()).length === 0);
  });

  /** Of every container of ours, running or not: `ID NAME STATE`. */
  const all = (hosts = env.hosts): Promise<string[]> => listOurs(hosts, '{{.ID}} {{.Names}} {{.State}}');
  const running = (hosts = env.hosts): Promise<number> => countRunning(hosts);
  const deployed = new Set<string>();
  const deploy = async (name: string, input: object = {}): Promise<void> => {
    deployed.add(name);
    await controller.save(`${name}.yaml`, serviceManifest({ name, ...input }));
  };
  const show = (name: string): Promise<string> => controller.cli('describe', 'svc', name);
  const startedAt = async (host: LabHost): Promise<string[]> =>
    linesOf(
      await docker(host, 'inspect', '-f', '{{.Id}} {{.State.StartedAt}}', ...(await listOurs([host], '{{.ID}}', 'status=running'))),
    ).sort();
  const pinned = { placement: { constraints: ['node.hostname==h1'] } };

  it('without live-restore: what ran under a killed engine is there again once after its return (fault 47)', async () => {
    await deploy('web', { replicas: 4 });
    await eventually('4 run', async () => (await running()) === 4);
    await lab('kill-engine', '1');
    await lab('start-engine', '1');
    await eventually('4 run and nothing else', async () => (await running()) === 4 && (await all()).length === 4, 60_000);
    await controller.cli('wait', 'svc/web', '--for=condition=Ready', '--timeout=60s');
    expect(await all()).to.have.length(4);
  });

  it('with live-restore: nothing is restarted, and all is adopted (fault 47)', async () => {
    await lab('live-restore', '1', 'on');
    await lab('kill-engine', '1');
    await lab('start-engine', '1');
    await deploy('web', { replicas: 4, spec: pinned });
    await eventually('4 run', async () => (await running([h1])) === 4, 60_000);
    await controller.cli('wait', 'svc/web', '--for=condition=Ready', '--timeout=60s');
    const before = await startedAt(h1);
    await lab('kill-engine', '1');
    await eventually('the host is away', async () => !/h1 +Ready/.test(await controller.cli('get', 'nodes')));
    await lab('start-engine', '1');
    await eventually('the host is back', async () => /h1 +Ready/.test(await controller.cli('get', 'nodes')), 60_000);
    await controller.cli('wait', 'svc/web', '--for=condition=Ready', '--timeout=60s');
    expect(await startedAt(h1)).to.deep.equal(before);
  });

  it('a host port that somebody else has is a PortConflict, and the next host takes the task (fault 39)', async () => {
    await docker(h1, 'run', '-d', '--name', 'foreign', '-p', '18080:80', IMAGE);
    await deploy('web', { spec: { ports: [{ target: 80, published: 18080, mode: 'host' }] } });
    await eventually('it runs on h2', async () => (await running([h2])) === 1);
    await controller.cli('wait', 'svc/web', '--for=condition=Ready', '--timeout=30s');
    await deploy('second', { spec: { ...pinned, ports: [{ target: 80, published: 18080, mode: 'host' }] } });
    await eventually('it is said', async () => /PortConflict|host-mode port already in use/.test(await show('second')));
    await docker(h1, 'rm', '-f', 'foreign');
    await eventually('it runs', async () => (await running([h1])) === 1, 60_000);
  });

  it('an image that cannot be pulled is ImagePullBackOff, and no container is made (fault 34)', async () => {
    await deploy('web', { image: '127.0.0.1:5000/dswarm/none:1' });
    await eventually('it is said', async () => (await show('web')).includes('ImagePullBackOff'));
    expect(await all()).to.deep.equal([]);
  });

  it('a container that cannot be started is RunContainerError with the engine’s words, tried less and less often; none is left over (fault 41)', async () => {
    const began = String(Date.now() / 1000);
    await deploy('web', { spec: { ...pinned, entrypoint: ['/no/such/program'] } });
    await eventually('it is said', async () => (await show('web')).includes('RunContainerError'));
    expect(await show('web')).to.contain('/no/such/program');
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    expect(await all([h1])).to.have.length.at.most(1);
    const until = String(Date.now() / 1000);
    const filters = ['--filter', OURS, '--filter', 'event=create'];
    const made = linesOf(await docker(h1, 'events', '--since', began, '--until', until, ...filters, '--format', '{{.ID}}'));
    expect(made.length, 'containers made in more than 10 s').to.be.within(1, 4);
    await deploy('web', { spec: pinned });
    await eventually('it runs', async () => (await running([h1])) === 1 && (await all()).length === 1, 60_000);
  });

  it('an image for another processor is ImagePlatformMismatch before a container is made, and a host that can run it is taken (fault 61)', async () => {
    const name = '127.0.0.1:5000/dswarm/foreign:1';
    const [foreign, native] = [await busyboxImage(name, 'arm64'), await busyboxImage(name)];
    await loadImage(h1, foreign);
    const spec = { entrypoint: ['/bin/sleep', '1000'] };
    await deploy('web', { image: name, spec: { ...spec, ...pinned } });
    await eventually('it is said', async () => (await show('web')).includes('ImagePlatformMismatch'));
    expect(await show('web')).to.contain('is made for arm64, the host runs amd64');
    expect(await all()).to.deep.equal([]);
    await loadImage(h2, native);
    await deploy('web', { image: name, spec });
    await eventually('it runs on h2', async () => (await running([h2])) === 1);
    expect(await all([h1])).to.deep.equal([]);
    for (const host of env.hosts) await docker(host, 'rmi', '-f', name);
  });
});

async function loadImage(host: LabHost, { tar }: { tar: () => Readable }): Promise<void> {
  const child = execFile('docker', ['-H', `unix://${host.socket}`, 'load', '-q']);
  tar().pipe(child.stdin as Writable);
  const [code] = (await once(child, 'exit')) as [number | null];
  expect(code).to.equal(0);
}
