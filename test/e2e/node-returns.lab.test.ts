import { expect } from 'chai';
import { docker, labHosts, nodeManifest, removeAllContainers, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { Controller, eventually } from './controller.ts';
import { cleanHosts, CLIENTS, containerOn, getFromOutside, ready, webManifest } from './dataplane.ts';

const NETWORK = 'dswarm_default_default';
/** One on each host, as nothing else may take its place. */
const EVERYWHERE = { mode: 'global', replicas: undefined };

interface ShownNode {
  metadata: { name: string };
  status: { conditions: { type: string; status: string; message: string }[] };
}

describe('a real host that was removed by force and is added again, when another has its part of the network', function () {
  this.timeout(300_000);
  let env: LabEnv;
  let controller: Controller;
  const hostAt = (index: number): LabHost => env.hosts[index] ?? expect.fail('no such host');
  const rangeOn = (host: LabHost): Promise<string> =>
    docker(host, 'network', 'inspect', '-f', '{{(index .IPAM.Config 0).IPRange}}', NETWORK);
  const networkReady = async (): Promise<string[]> => {
    const { items } = JSON.parse(await controller.cli('get', 'nodes', '-o', 'json')) as { items: ShownNode[] };
    return items.map(({ metadata, status }) => {
      const condition = status.conditions.find(({ type }) => type === 'NetworkReady');
      return `${metadata.name} ${condition?.status ?? ''} ${condition?.status === 'True' ? '' : (condition?.message ?? '')}`.trim();
    });
  };
  /** Who answers on the host's published port. */
  const answersOf = async (host: LabHost): Promise<string[]> => {
    const answers = new Set<string>();
    for (let request = 0; request < 12; request += 1) answers.add(await getFromOutside(host));
    return [...answers].sort();
  };

  before(async () => {
    env = await labHosts(3);
    await cleanHosts(env.hosts);
    controller = await Controller.create(env.hosts.slice(0, 2));
    await controller.save('web.yaml', webManifest(2, EVERYWHERE));
    await controller.save('client.yaml', CLIENTS);
    await controller.start(30, 'auto');
    await ready(controller, 'web', 2);
    await ready(controller, 'client', 2);
  });

  after(async () => {
    await controller.remove();
    for (const host of env.hosts) await removeAllContainers(host);
    await cleanHosts(env.hosts);
  });

  it('has its tasks replaced and its network made anew by itself, and all hosts lead to all tasks again', async () => {
    const [first, returning, taker] = [hostAt(0), hostAt(1), hostAt(2)];
    const earlier = await rangeOn(returning);
    const [kept, left] = [await containerOn(first, 'web'), await containerOn(returning, 'web')];
    await controller.cli('node', 'rm', 'h2', '--force');
    await eventually('it is told', async () => (await controller.cli('events')).includes('DataPlaneLeft'));
    await controller.save('nodes/h3.yaml', nodeManifest(taker));
    await eventually('the new host has a client', async () => (await containerOn(taker, 'client')) !== '');
    expect(await rangeOn(taker)).to.equal(earlier);
    expect(await containerOn(returning, 'web'), 'it runs on').to.equal(left);

    await controller.save('nodes/h2.yaml', nodeManifest(returning));
    await eventually('it is replaced', async () => (await containerOn(returning, 'web')) !== left, 120_000);
    await ready(controller, 'web', 3);
    await ready(controller, 'client', 3);
    expect(await rangeOn(returning)).to.not.equal(earlier);
    expect(await containerOn(first, 'web'), 'nothing else is touched').to.equal(kept);
    await eventually('all planes are current', async () => (await networkReady()).join() === 'h1 True,h2 True,h3 True');
    const all = await answersOf(first);
    expect(all).to.have.length(3);
    for (const host of [returning, taker]) expect(await answersOf(host), host.name).to.deep.equal(all);
    expect(await controller.cli('net', 'check')).to.include('nothing broken');
  });
});
