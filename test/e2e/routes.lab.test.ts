import { expect } from 'chai';
import { lab, labHosts, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { stringify } from 'yaml';
import { writeFile } from 'node:fs/promises';
import { runLoad } from '../lab/load.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';
import { cleanHosts, containerOn, ready } from './dataplane.ts';

/** Within what networks get first, and after it. */
const CORPORATE = '10.210.64.0/20';
const LATER = '10.211.7.0/24';

describe('networks on hosts with routes of their own', function () {
  this.timeout(180_000);
  let env: LabEnv;
  let controller: Controller;
  const hostAt = (index: number): LabHost => env.hosts[index] ?? expect.fail('no such host');
  const route = (verb: string, subnet: string): Promise<string> => lab('enter', '2', 'ip', 'route', verb, subnet, 'via', env.gateway);
  const subnetOf = async (name: string): Promise<{ subnet?: string; state?: string; message?: string }> =>
    (JSON.parse(await controller.cli('get', 'net', name, '-o', 'json')) as { status: object }).status;

  before(async () => {
    env = await labHosts(2);
    await cleanHosts(env.hosts);
    await route('replace', CORPORATE);
    controller = await Controller.create(env.hosts);
    await controller.save('web.yaml', serviceManifest({ name: 'web', spec: { mode: 'global', replicas: undefined } }));
    await controller.start(2, 'auto');
  });

  after(async () => {
    for (const subnet of [CORPORATE, LATER]) await route('del', subnet).catch(() => undefined);
    await controller.remove();
    await lab('up', '2');
  });

  it('keep clear of them, though the service was there before the hosts were known (fault 79)', async () => {
    await ready(controller, 'web', 2);
    expect(await subnetOf('default')).to.include({ state: 'Ready', subnet: '10.211.0.0/16' });
    expect(JSON.parse(await controller.cli('get', 'node', 'h2', '-o', 'json'))).to.have.nested.property('status.routes').that.includes(CORPORATE); // prettier-ignore
    const inside = { host: hostAt(0), container: await containerOn(hostAt(0), 'web') };
    const { answers, failures } = await runLoad({ url: 'http://web:8080/', rate: 50, count: 20, inside });
    expect(failures).to.deep.equal([]);
    expect(Object.keys(answers), 'both hosts answer').to.have.length(2);
    expect(await lab('enter', '2', 'ip', 'route', 'get', '10.210.64.9'), 'its own way still stands').to.include(`via ${env.gateway}`);
  });

  it('are refused a subnet that one leads to, by file and by command, with the route and its host (fault 79)', async () => {
    const network = { apiVersion: 'dswarm/v1', kind: 'Network', metadata: { name: 'back' }, spec: { subnet: '10.210.0.0/16' } };
    const words = `10.210.0.0/16 overlaps ${CORPORATE}, a route of node h2`;
    const file = controller.path('back.yaml');
    await writeFile(file, stringify(network));
    const { code, stderr } = await controller.attempt('apply', '-f', file);
    expect(code).to.equal(1);
    expect(stderr).to.include(words).and.to.include('DSW_NETWORK_OVERLAP');
    expect(stderr.match(/overlaps/g), 'one error').to.have.length(1);
    await controller.save('back.yaml', network);
    await eventually('the source tells', async () => (await controller.cli('describe', 'sources')).includes(words));
    expect((await controller.attempt('get', 'net', 'back')).code).to.equal(1);
    await controller.drop('back.yaml');
  });

  it('say so where a route comes later, and are well when it is gone', async () => {
    await route('add', LATER);
    const words = `10.211.0.0/16 overlaps ${LATER}, a route of node h2`;
    await eventually('the network tells', async () => (await subnetOf('default')).message === words);
    expect(await controller.cli('describe', 'network', 'default')).to.include('SubnetOverlap');
    await route('del', LATER);
    await eventually('it is well', async () => (await subnetOf('default')).state === 'Ready');
    await ready(controller, 'web', 2);
  });
});
