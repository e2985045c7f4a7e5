import { expect } from 'chai';
import { docker, IMAGE, lab, labHosts, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';
import { cleanHosts, ready } from './dataplane.ts';

describe('what goes wrong with the data plane of real hosts', function () {
  this.timeout(300_000);
  let env: LabEnv;
  let controller: Controller;
  const hostAt = (index: number): LabHost => env.hosts[index] ?? expect.fail('no such host');

  /** What `dswarm describe` says under Conditions and Events, by their heads. */
  async function described(object: string): Promise<{ conditions: string; events: string }> {
    const text = await controller.cli('describe', object);
    const [, conditions = '', events = ''] = /\nConditions:\n(.*?)\nTasks:.*?\nEvents:\n(.*)$/s.exec(text) ?? [];
    return { conditions, events };
  }
  const tells = (object: string, condition: RegExp, event: RegExp): Promise<number> =>
    eventually(
      `${object} tells ${String(event)}`,
      async () => {
        const { conditions, events } = await described(object);
        return condition.test(conditions) && event.test(events);
      },
      120_000,
    );

  before(async () => {
    env = await labHosts(2);
    await cleanHosts(env.hosts);
    // Somebody else has the name on h2, and a firewall in front of h1 lets no tunnel begin.
    await docker(hostAt(1), 'run', '-d', '--name', 'dswarm-plane', IMAGE);
    const rules = 'add table inet cut; add chain inet cut in { type filter hook input priority -300; }; add rule inet cut in udp dport 51820 drop'; // prettier-ignore
    await lab('enter', '1', 'nft', rules);
    controller = await Controller.create(env.hosts);
    await controller.save('web.yaml', serviceManifest({ name: 'web', spec: { mode: 'global', replicas: undefined } }));
    await controller.start(5, 'auto');
  });

  after(async () => {
    await lab('enter', '1', 'nft', 'delete table inet cut').catch(() => undefined);
    await controller.remove();
    await lab('up', '2');
  });

  it('is told as a condition and an event of the node: a plane that cannot be made, and then is', async () => {
    const words = 'the container dswarm-plane is not of the cluster default';
    await tells('node/h2', new RegExp(`NetworkReady +False .* NotCurrent +${words}`), new RegExp(`Warning +NotCurrent .*${words}`));
    await docker(hostAt(1), 'rm', '-f', 'dswarm-plane');
    await tells('node/h2', /NetworkReady +True .* Current/, /Normal +NetworkReady /);
  });

  it('is told: a tunnel without a handshake, by both its ends, until there is one', async () => {
    const words = (other: string): string => `its tunnel to node ${other} has no handshake: does UDP 51820 pass between them`;
    await tells('node/h1', new RegExp(`NetworkReady +False .* TunnelSilent +${words('h2')}`), new RegExp(`Warning +TunnelSilent .*${words('h2')}`)); // prettier-ignore
    await tells('node/h2', new RegExp(`NetworkReady +False .* TunnelSilent +${words('h1')}`), new RegExp(`Warning +TunnelSilent .*${words('h1')}`)); // prettier-ignore
    await lab('enter', '1', 'nft', 'delete table inet cut');
    for (const name of ['h1', 'h2']) await tells(`node/${name}`, /NetworkReady +True .* Current/, /Normal +NetworkReady /);
    await ready(controller, 'web', 2);
  });

  it('is told: a network whose subnets are used up, and one that is in a host’s way', async () => {
    const network = (name: string, spec: object): object => ({ apiVersion: 'dswarm/v1', kind: 'Network', metadata: { name }, spec });
    await controller.save('all.yaml', network('all', { subnet: '172.16.0.0/12' }));
    await eventually('it is refused', async () =>
      (await controller.cli('describe', 'sources')).includes('172.16.0.0/12 overlaps 172.17.0.0/16'),
    );
    await controller.drop('all.yaml');
    for (let index = 0; index < 16; index += 1) await controller.save(`n${String(index)}.yaml`, network(`n${String(index)}`, {}));
    const names = Array.from({ length: 16 }, (_, index) => `n${String(index)}`);
    await eventually('one has no subnet', async () => {
      const texts = await Promise.all(names.map((name) => controller.attempt('describe', 'network', name)));
      return texts.some(({ stdout }) => /Warning +Exhausted .*no \/16 for a network is left of 10\.208\.0\.0\/12: 16 in all/.test(stdout));
    });
    for (const name of names) await controller.drop(`${name}.yaml`);
  });
});
