import { expect } from 'chai';
import { lab, labHosts, nodeManifest, type LabEnv } from '../lab/fixture.ts';
import { Controller, eventually } from './controller.ts';
import { cleanHosts, CLIENTS, ready, webManifest } from './dataplane.ts';

describe('real hosts behind NAT', function () {
  this.timeout(240_000);
  let env: LabEnv;
  let controller: Controller;
  const save = async (name: string, inbound: boolean): Promise<void> => {
    const host = env.hosts.find((one) => one.name === name) ?? expect.fail(name);
    const manifest = nodeManifest(host);
    await controller.save(`nodes/${name}.yaml`, { ...manifest, spec: { ...manifest.spec, inbound } });
  };
  const networkReady = async (name: string): Promise<string> => {
    const { status } = JSON.parse(await controller.cli('get', 'node', name, '-o', 'json')) as {
      status: { conditions: { type: string; reason: string; message: string }[] };
    };
    const { reason, message } = status.conditions.find(({ type }) => type === 'NetworkReady') ?? {};
    return `${String(reason)} ${String(message)}`;
  };

  before(async () => {
    env = await labHosts(3);
    await cleanHosts(env.hosts);
    controller = await Controller.create(env.hosts);
    for (const [name, other] of [
      ['h2', 'h3'],
      ['h3', 'h2'],
    ] as const) {
      // prettier-ignore
      await save(name, false);
      const address = env.hosts.find((host) => host.name === other)?.address ?? '';
      const rules = `add table inet nat_box; add chain inet nat_box in { type filter hook input priority -300; }; add rule inet nat_box in udp dport 51820 ct state new drop; add rule inet nat_box in udp dport 51820 ip saddr ${address} drop`; // prettier-ignore
      await lab('enter', name.slice(1), 'nft', rules);
    }
    await controller.save('web.yaml', webManifest(3));
    await controller.save('client.yaml', CLIENTS);
    await controller.start(5, 'auto');
    await ready(controller, 'web', 3);
    await ready(controller, 'client', 3);
  });

  after(async () => {
    for (const index of ['2', '3']) await lab('enter', index, 'nft', 'delete', 'table', 'inet', 'nat_box').catch(() => undefined);
    await controller.remove();
    await lab('up', '3');
  });

  it('reach each other by the host that both dial: everything that net check tries goes well', async () => {
    const check = (): Promise<string> => controller.cli('net', 'check');
    await eventually('nothing is broken', async () => (await check()).includes('nothing broken'), 60_000);
    const table = await check();
    for (const [from, to] of [['h2', 'h3'], ['h3', 'h2']] as const) expect(table).to.match(new RegExp(`^${from} +${to} +tunnel .* ok$`, 'm')); // prettier-ignore
    for (const name of ['h1', 'h2', 'h3']) expect(await networkReady(name)).to.match(/^Current /);
  });

  it('that nobody can pass packets on between are named, by net check and by their conditions', async () => {
    await save('h1', false);
    const words = 'both are behind NAT, and no node that both can dial passes packets on between them';
    await eventually('it is told', async () => (await networkReady('h2')).startsWith('NoWay it does not reach node h1, h3'), 60_000);
    const { code, stdout } = await controller.attempt('net', 'check');
    expect(code).to.equal(1);
    for (const [from, to] of [['h2', 'h3'], ['h1', 'h2']] as const) expect(stdout).to.match(new RegExp(`^${from} +${to} +tunnel .*${words}`, 'm')); // prettier-ignore
    await save('h1', true);
    await eventually('all is well', async () => /^Current /.test(await networkReady('h2')), 60_000);
  });
});
