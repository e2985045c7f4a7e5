import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { lab, labHosts, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { countRunning, listOurs } from './containers.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';

interface Condition {
  type: string;
  status: string;
  message?: string;
}

/** What a host lacks, how it comes to that, and how many calls that change it may be made in half a minute of it. */
const PRESSURES = [
  {
    title: 'whose disk is full gets no tasks, says why, and is not asked again and again; it is used again once there is room (fault 52)',
    type: 'DiskPressure',
    words: 'no space left on device',
    begin: ['fill-disk', '1'],
    end: ['free-disk', '1'],
  },
  {
    title: 'that can start no more processes gets no tasks, says why, and is used again once it can (fault 53)',
    type: 'PIDPressure',
    words: 'resource temporarily unavailable',
    begin: ['limit-processes', '1', 'on'],
    end: ['limit-processes', '1', 'off'],
  },
] as const;
const MOST_CALLS = 20;

describe('a real host under pressure', () => {
  let env: LabEnv;
  let controller: Controller;
  let h1: LabHost;
  let h2: LabHost;

  before(async () => {
    env = await labHosts(2);
    [h1, h2] = env.hosts as [LabHost, LabHost];
    await lab('small-disk', '1', 'on');
    controller = await Controller.create(env.hosts);
    await controller.start();
  });

  after(async () => {
    await controller.remove();
    await labHosts(2);
    await lab('small-disk', '1', 'off');
    await labHosts(2);
  });

  const conditionOf = async (type: string): Promise<Condition | undefined> => {
    const { status } = JSON.parse(await controller.cli('get', 'node/h1', '-o', 'json')) as { status: { conditions: Condition[] } };
    return status.conditions.find((each) => each.type === type && each.status === 'True');
  };
  /** Calls so far that change h1. */
  const calls = async (): Promise<number> => {
    const metrics = await new Promise<string>((resolve, reject) => {
      request({ socketPath: controller.path('api.sock'), path: '/metrics' }, (answer) => void text(answer).then(resolve, reject))
        .on('error', reject)
        .end();
    });
    const counts = metrics.matchAll(/^dswarm_mutations_total\{[^}]*host="h1"[^}]*\} (\d+)$/gm);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };

  for (const { title, type, words, begin, end } of PRESSURES)
    it(title, async () => {
      await lab(...begin);
      const before = await calls();
      await controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 4 }));
      await controller.save(
        'pinned.yaml',
        serviceManifest({ name: 'pinned', spec: { placement: { constraints: ['node.hostname==h1'] } } }),
      );
      await eventually('all of web run elsewhere', async () => (await countRunning([h2])) === 4);
      await eventually('the node says so', async () => (await conditionOf(type)) !== undefined);
      expect((await conditionOf(type))?.message?.toLowerCase()).to.contain(words);
      expect((await controller.cli('describe', 'svc', 'pinned')).toLowerCase()).to.contain(words);
      expect(await listOurs([h1], '{{.Names}}', 'status=running')).to.deep.equal([]);
      await new Promise((resolve) => setTimeout(resolve, 15_000));
      expect(await calls())
        .to.be.greaterThan(before)
        .and.lessThan(before + MOST_CALLS);
      await lab(...end);
      await eventually('what is bound to it runs there', async () => (await countRunning([h1])) === 1, 90_000);
      await eventually('it has recovered', async () => (await conditionOf(type)) === undefined);
      expect(await countRunning([h2])).to.equal(4);
      await controller.drop('web.yaml');
      await controller.drop('pinned.yaml');
      await eventually('nothing is left', async () => (await listOurs(env.hosts, '{{.Names}}')).length === 0);
    });
});
