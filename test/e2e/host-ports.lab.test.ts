import { expect } from 'chai';
import { createLab, instanceName, lab, labHosts, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';
import { addressOn, cleanHosts, CLIENTS, containerOn, getFrom, getFromOutside, ready } from './dataplane.ts';

const PORT = 9443;
const FIREWALL = [
  '-A INPUT -i lo -j ACCEPT',
  '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT',
  '-A INPUT -p tcp --dport 22 -j ACCEPT',
  '-A INPUT -p udp --dport 51820 -j ACCEPT',
  '-P INPUT DROP',
];

describe('ports of mode host on the data plane of real hosts', function () {
  this.timeout(180_000);
  let env: LabEnv;
  let controller: Controller;
  const hostAt = (index: number): LabHost => env.hosts[index] ?? expect.fail('no such host');
  const answers = (text: string): boolean => text.startsWith('hello 1');

  before(async () => {
    env = await labHosts(2);
    await cleanHosts(env.hosts);
    controller = await Controller.create(env.hosts);
    const ports = [{ target: 8080, published: PORT, mode: 'host' }];
    const one = serviceManifest({ name: 'web', spec: { mode: 'global', replicas: undefined, ports, placement: { constraints: ['node.hostname==h1'] } } }); // prettier-ignore
    await controller.save('web.yaml', one);
    await controller.save('client.yaml', CLIENTS);
    const other = CLIENTS as { metadata: object };
    await controller.save('other.yaml', { ...other, metadata: { ...other.metadata, namespace: 'other' } });
    await controller.start(30, 'auto');
    await ready(controller, 'web', 1);
    await ready(controller, 'client', 2);
    await ready(controller, 'client', 2, 'other');
  });

  after(async () => {
    await lab('enter', '1', 'iptables', '-P', 'INPUT', 'ACCEPT');
    await lab('enter', '1', 'iptables', '-F', 'INPUT');
    await controller.remove();
    await lab('up', '2');
  });

  const everyWay = async (): Promise<Record<string, string>> => {
    const url = `http://${hostAt(0).address}:${PORT}/`;
    const clients = env.hosts.flatMap((host) => ['default', 'other'].map((namespace) => ({ host, namespace })));
    const asked = clients.map(async ({ host, namespace }): Promise<[string, string]> => {
      return [`${namespace} on ${host.name}`, await getFrom(host, await containerOn(host, 'client', namespace), url)];
    });
    const outside: [string, string] = ['outside', await getFromOutside(hostAt(0), PORT).catch((error: Error) => error.message)];
    const own: [string, string] = ['the host itself', (await createLab(instanceName()).attempt(['enter', '1', 'curl', '-sS', '-m', '3', `http://127.0.0.1:${PORT}/`])).stdout]; // prettier-ignore
    return Object.fromEntries([outside, own, ...(await Promise.all(asked))]);
  };

  it('answer on the address of their host: from outside, from it, and from containers of any host and namespace', async () => {
    for (const [from, text] of Object.entries(await everyWay())) expect(text, from).to.match(/^hello 1/);
    expect(answers(await getFromOutside(hostAt(1), PORT).catch(() => '')), 'the other host has no task').to.equal(false);
  });

  it('lead nobody into the network but by that port', async () => {
    const address = await addressOn(hostAt(0), await containerOn(hostAt(0), 'web'), 'dswarm_default_default');
    for (const host of env.hosts) {
      const stranger = await containerOn(host, 'client', 'other');
      expect(answers(await getFrom(host, stranger, `http://${address}:8080/`)), host.name).to.equal(false);
    }
  });

  it('answer from outside where the host drops what comes in', async () => {
    for (const rule of FIREWALL) await lab('enter', '1', 'iptables', ...rule.split(' '));
    await eventually('they answer', async () => answers(await getFromOutside(hostAt(0), PORT).catch(() => '')), 10_000);
    const url = `http://${hostAt(0).address}:${PORT}/`;
    expect(await getFrom(hostAt(1), await containerOn(hostAt(1), 'client'), url)).to.match(/^hello 1/);
  });
});
