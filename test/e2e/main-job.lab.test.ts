import { expect } from 'chai';
import { rm } from 'node:fs/promises';
import { containerIds, crash, docker, lab, labHosts, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';
import { CountingSocket } from './counting-socket.ts';

const OURS = ['dswarm/managed=true'];
const runningOn = (host: LabHost): Promise<string[]> => containerIds(host, { labels: OURS });

async function everywhere(env: LabEnv, all = false): Promise<string[]> {
  const lists = await Promise.all(env.hosts.map((host) => containerIds(host, { all, labels: OURS })));
  return lists.flat().sort();
}

describe('the main job on real hosts', () => {
  let env: LabEnv;
  let controller: Controller;

  beforeEach(async () => {
    env = await labHosts(3);
    controller = await Controller.create(env.hosts);
  });

  afterEach(async () => {
    await controller.remove();
    await lab('up', '3');
  });

  const running = (count: number): Promise<number> =>
    eventually(`${count} containers run`, async () => (await everywhere(env)).length === count);

  it('starts containers on several hosts when a file is saved, follows its edits and removes them with it', async () => {
    await controller.start();
    await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 3 }));
    await running(3);
    for (const host of env.hosts) expect(await runningOn(host)).to.have.length(1);
    await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 5 }));
    await running(5);
    await rm(controller.path('manifests', 'web.yaml'));
    await eventually('all containers are gone', async () => (await everywhere(env, true)).length === 0);
  });

  it('heals what is removed with docker rm -f on any host', async () => {
    await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 3 }));
    await controller.start();
    await running(3);
    for (const host of env.hosts) {
      const [victim = ''] = await runningOn(host);
      await docker(host, 'rm', '-f', victim);
      await eventually('three run again', async () => {
        const now = await everywhere(env);
        return now.length === 3 && !now.includes(victim);
      });
    }
  });

  it('ends with exactly 12 when the controller is killed with -9 on the way from 3 to 12 (invariant 8)', async () => {
    await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 3 }));
    await controller.start();
    await running(3);
    await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 12 }));
    await eventually('the scale is under way', async () => (await everywhere(env, true)).length > 4);
    await controller.stop('SIGKILL');
    expect((await everywhere(env)).length).to.be.lessThan(12);
    await controller.start();
    await controller.cli('wait', 'svc/web', '--for=condition=Ready', '--timeout=60s');
    await running(12);
    expect(await everywhere(env, true)).to.have.length(12);
    const names = await Promise.all(env.hosts.map((host) => docker(host, 'ps', '-a', '--format', '{{.Names}}')));
    const slots = names.flatMap((list) => list.split('\n')).map((name) => name.split('.')[1]);
    expect(new Set(slots).size).to.equal(12);
  });

  it('lets a crash heal with the controller down, and changes nothing when it comes back, counted at the sockets (invariants 12 and 13)', async () => {
    const sockets = await Promise.all(env.hosts.map((host) => CountingSocket.open(`${host.socket}.counted`, host.socket)));
    await controller.remove();
    controller = await Controller.create(env.hosts, (host) => `${host.socket}.counted`);
    try {
      await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 6 }));
      await controller.start(2);
      await running(6);
      await controller.cli('wait', 'svc/web', '--for=condition=Ready');
      expect(sockets.flatMap((socket) => socket.writes).filter((write) => write.includes('/containers/create'))).to.have.length(6);
      await controller.stop();
      const [host] = env.hosts as [LabHost];
      const [victim = ''] = await runningOn(host);
      await crash(host, victim);
      await eventually(
        'the engine restarted it',
        async () => (await docker(host, 'inspect', '-f', '{{.State.Status}} {{.RestartCount}}', victim)) === 'running 1',
      );
      const before = await everywhere(env);
      for (const socket of sockets) socket.writes.length = 0;
      await controller.start(2);
      // Five resyncs of 2 s, and their jitter.
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      expect(sockets.flatMap((socket) => socket.writes)).to.deep.equal([]);
      expect(await everywhere(env, true)).to.deep.equal(before);
    } finally {
      for (const socket of sockets) await socket.close();
    }
  });

  it('touches nothing while a host is cut off, shows its tasks as Unknown, and goes on when it is back (invariant 4)', async () => {
    await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 6 }));
    await controller.start();
    await running(6);
    await controller.cli('wait', 'svc/web', '--for=condition=Ready');
    const before = await everywhere(env);
    const started = await startTimes(env);
    await lab('cut', '2');
    await eventually('h2 is Unknown', async () => / Unknown /.test(await controller.cli('get', 'node', 'h2')), 40_000);
    const tasks = await controller.cli('get', 'tasks');
    expect(tasks.match(/ h2 +Unknown /g)).to.have.length(2);
    expect(tasks.match(/ h[13] +Running /g)).to.have.length(4);
    await lab('mend', '2');
    await eventually('h2 is Ready', async () => / Ready /.test(await controller.cli('get', 'node', 'h2')), 60_000);
    await eventually('all tasks are known', async () => !(await controller.cli('get', 'tasks')).includes('Unknown'));
    expect(await everywhere(env, true)).to.deep.equal(before);
    expect(await startTimes(env)).to.deep.equal(started);
  });
});

async function startTimes(env: LabEnv): Promise<string[]> {
  const lists = await Promise.all(
    env.hosts.map(async (host) =>
      docker(host, 'inspect', '-f', '{{.Id}} {{.State.StartedAt}} {{.RestartCount}}', ...(await containerIds(host, { all: true }))),
    ),
  );
  return lists.flatMap((list) => list.split('\n')).sort();
}
