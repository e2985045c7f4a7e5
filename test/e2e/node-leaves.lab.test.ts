import { expect } from 'chai';
import { docker, lab, labHosts, nodeManifest, removeAllContainers, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { Controller, eventually } from './controller.ts';
import { cleanHosts, CLIENTS, getFromOutside, ready, webManifest } from './dataplane.ts';

/** All that a data plane could leave in a host's kernel, without counters. */
const KERNEL = [
  'nft -s list ruleset',
  'iptables-legacy -S',
  'ip -4 -br addr | sed "s/@.*//; s/ .* / /"',
  'ip -4 route show table all | sort',
  'ip rule',
  'ls /sys/class/net',
  'for file in /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/* /proc/sys/net/ipv4/neigh/eth0/unres_qlen_bytes; do echo "$file $(cat $file 2>/dev/null)"; done',
];

/** Other tests leave networks of other names. */
const OURS = /dswarm-plane|dswarm-mesh|dswarm_default_default/;

describe('a real host that leaves the cluster', function () {
  this.timeout(240_000);
  let env: LabEnv;
  let controller: Controller;
  let beforehand: string[];
  const hostAt = (index: number): LabHost => env.hosts[index] ?? expect.fail('no such host');
  const leaving = (): LabHost => hostAt(1);
  const kernel = (): Promise<string[]> => Promise.all(KERNEL.map((command) => lab('enter', '2', 'sh', '-c', command)));
  /** Names of what its engine has: containers, volumes, networks. */
  const engine = async (): Promise<string> =>
    (
      await Promise.all([
        docker(leaving(), 'ps', '-a', '--format', '{{.Names}}'),
        docker(leaving(), 'volume', 'ls', '--format', '{{.Name}}'),
        docker(leaving(), 'network', 'ls', '--format', '{{.Name}}'),
      ])
    ).join('\n');

  /** What earlier tests left in the kernel goes; the engine makes its own chains anew. */
  const clean = async (): Promise<void> => {
    await lab('kill-engine', '2');
    await lab(
      'enter',
      '2',
      'sh',
      '-c',
      'nft flush ruleset; iptables-legacy -F; iptables-legacy -X; ip link del dswarm0; ip link del dswarm1; echo 212992 >/proc/sys/net/ipv4/neigh/eth0/unres_qlen_bytes',
    );
    await lab('up', '2');
  };

  before(async () => {
    env = await labHosts(2);
    await cleanHosts(env.hosts);
    await clean();
    await lab('enter', '2', 'iptables-legacy', '-N', 'DOCKER-USER');
    beforehand = await kernel();
    controller = await Controller.create(env.hosts);
    await controller.save('web.yaml', webManifest(4));
    await controller.save('client.yaml', CLIENTS);
    await controller.start(30, 'auto');
    await ready(controller, 'web', 4);
    await ready(controller, 'client', 2);
  });

  after(async () => {
    await controller.remove();
    await removeAllContainers(leaving());
    await clean();
    await lab('up', '2');
  });

  it('keeps nothing: no rule, interface, address, route, setting, container, volume or network', async () => {
    expect(await engine()).to.match(/dswarm-plane/);
    expect((await kernel()).join('\n'))
      .to.match(/table ip dswarm/)
      .and.to.match(/unres_qlen_bytes 16384/);
    await controller.cli('drain', 'h2');
    await controller.cli('node', 'rm', 'h2');
    await eventually('its data plane is gone', async () => !OURS.test(await engine()));
    const after = await kernel();
    for (const [index, command] of KERNEL.entries()) expect(after[index], command).to.equal(beforehand[index]);
    expect(await controller.cli('events')).to.match(/DataPlaneRemoved .*node\/h2/i);
    await ready(controller, 'web', 4);
    expect(await getFromOutside(hostAt(0))).to.match(/^hello 1/);
  });

  it('serves again once it is back', async () => {
    const manifest = nodeManifest(leaving());
    await controller.save('nodes/h2.yaml', manifest);
    await ready(controller, 'client', 2);
    await eventually('it answers', async () => /^hello 1/.test(await getFromOutside(leaving()).catch(() => '')));
    await controller.save('web.yaml', webManifest(6));
    await ready(controller, 'web', 6);
  });

  it('keeps its data plane where containers run on', async () => {
    await controller.cli('node', 'rm', 'h2', '--force');
    await eventually('it is told', async () => (await controller.cli('events')).includes('DataPlaneLeft'));
    expect(await engine())
      .to.match(/dswarm-plane/)
      .and.to.match(/dswarm-mesh/);
    expect(await lab('enter', '2', 'nft', 'list', 'tables')).to.include('table ip dswarm\n');
  });
});
