import { expect } from 'chai';
import type { Served } from '../../lib/dataplane/model.ts';
import { network, service } from '../dataplane/sample.ts';
import { docker } from '../lab/fixture.ts';
import { run } from '../lab/shell.ts';
import { until } from './links.ts';
import { PlaneLab } from './plane-lab.ts';

const SHOP = network('shop', 210, 1);
const VIP = '10.210.240.1';

describe('the plane of a host', () => {
  let plane: PlaneLab;
  let served: Served;

  before(async function () {
    this.timeout(240_000);
    // A volume with little room stands for a full disk.
    plane = await PlaneLab.up(1, { stateBytes: 2_000_000 });
    await plane.makeNetwork(SHOP);
    for (const slot of [2, 3]) {
      const name = `web-${String(slot)}`;
      await plane.start([1, name], SHOP, `10.210.1.${String(slot)}`);
      await plane.traffics([1, name], 'serve', 'tcp', '9000', 'echo');
    }
    const ports = [{ protocol: 'tcp', published: 30_080, target: 8080, policy: 'cluster' } as const];
    served = {
      nodes: plane.nodes(),
      networks: [SHOP],
      services: [{ ...service('shop', 'web', VIP, ['10.210.1.2', '10.210.1.3']), ports }],
    };
    await plane.serve(served);
  });

  after(() => plane.down());

  const outside = (): Promise<number> =>
    run('curl', ['-s', '-o', '/dev/null', '-m', '2', `http://${plane.host(1).address}:30080/`]).then(({ code }) => code);
  const agent = (...args: string[]): Promise<string> => docker(plane.host(1), 'exec', 'dswarm-plane', ...args);

  it('is upgraded without a failed request, a broken connection or an unanswered name', async function () {
    this.timeout(60_000);
    const held = await plane.traffics([1, 'web-2'], 'hold', VIP, '9000');
    let failures = 0;
    let requests = 0;
    let upgraded = false;
    const load = async (): Promise<void> => {
      while (!upgraded || requests < 10) {
        const [published, name] = await Promise.all([outside(), plane.traffic([1, 'web-2'], 'dns', '127.0.0.11', 'web')]);
        requests += 1;
        if (published !== 0 || name !== `NOERROR ${VIP}`) failures += 1;
      }
    };
    const before = await docker(plane.host(1), 'inspect', '-f', '{{.Id}}', 'dswarm-plane');
    const loaded = load();
    await plane.upgrade();
    upgraded = true;
    await loaded;
    expect(await docker(plane.host(1), 'inspect', '-f', '{{.Id}}', 'dswarm-plane')).to.not.equal(before);
    expect(failures, `of ${String(requests)}`).to.equal(0);
    const answered = new Promise((resolve) => {
      held.stdout?.once('data', (data: Buffer) => resolve(data.toString()));
      held.once('exit', () => resolve('the connection ended'));
    });
    held.stdin?.write('\n');
    expect(await answered).to.match(/^echo /);
    held.stdin?.end();
    await plane.serve(served);
  });

  it('answers for names, and on whatever the host listens, by its gateways to its own networks alone', async () => {
    const host = plane.host(1).address;
    await plane.traffics(1, 'serve', 'tcp', '9999', 'host');
    await plane.on(0, 'ip', 'route', 'add', '10.210.1.1/32', 'via', host);
    try {
      expect(await plane.traffic(0, 'ask', 'tcp', host, '9999', '1')).to.match(/^host /);
      expect(await plane.traffic(0, 'ask', 'tcp', '10.210.1.1', '9999', '1')).to.equal('silence');
      expect(await plane.traffic(0, 'dns', '10.210.1.1', 'web')).to.equal('ETIMEOUT');
      expect(await plane.traffic([1, 'web-2'], 'dns', '10.210.1.1', 'web')).to.equal(`NOERROR ${VIP}`);
    } finally {
      await plane.on(0, 'ip', 'route', 'del', '10.210.1.1/32', 'via', host);
    }
  });

  it('keeps what it had where the disk has no room for more', async () => {
    const { generation } = await plane.planes.status(plane.target(1));
    const files = { 'ruleset.nft': `# ${'x'.repeat(3_000_000)}\n` };
    const error: unknown = await plane.planes
      .apply(plane.target(1), { generation: generation + 1, full: () => files })
      .catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'DSW_PLANE_REJECTED');
    expect(String(error)).to.include('ruleset.nft cannot be stored: is the disk full?');
    expect((await plane.planes.status(plane.target(1))).generation).to.equal(generation);
    expect(await outside()).to.equal(0);
    await plane.serve({ ...served, services: served.services.map((one) => ({ ...one, tasks: one.tasks.slice(1) })) });
    await plane.serve(served);
  });

  it('is at one generation or the other when it is killed in the middle of an application', async function () {
    this.timeout(120_000);
    for (let turn = 0; turn < 12; turn += 1) {
      const tasks = served.services[0]?.tasks.slice(turn % 2) ?? [];
      const change = plane.serve({ ...served, services: served.services.map((one) => ({ ...one, tasks })) }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, turn * 5));
      await plane.on(1, 'sh', '-c', 'kill -9 $(pgrep -x nft) $(pgrep -f "[/]bin/agent session") 2>/dev/null');
      await change;
      expect(await outside()).to.equal(0);
    }
    await plane.serve(served);
    const listing = (await plane.on(1, 'nft', 'list', 'chain', 'ip', 'dswarm', 'vip_10_210_240_1')).stdout;
    expect(listing).to.include('10.210.1.2').and.to.include('10.210.1.3');
  });

  it('goes back to the set before where the last one is torn', async function () {
    this.timeout(60_000);
    await plane.serve({ ...served, nodes: [...served.nodes, { name: 'other' }] });
    await agent('/bin/sh', '-c', 'echo "table ip dswarm { chain" >/state/current/ruleset.nft');
    await plane.on(1, 'nft', 'delete', 'table', 'ip', 'dswarm');
    await until(async () => (await outside()) === 0, 15_000);
    await plane.serve(served);
  });

  it('lets names and published ports through a firewall that drops what comes in', async function () {
    this.timeout(60_000);
    const rules = [
      '-A INPUT -i lo -j ACCEPT',
      '-A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT',
      '-A INPUT -p tcp --dport 22 -j ACCEPT',
      '-P INPUT DROP',
    ];
    for (const rule of rules) await plane.on(1, 'iptables', ...rule.split(' '));
    try {
      await until(async () => (await plane.traffic([1, 'web-2'], 'dns', '10.210.1.1', 'web')) === `NOERROR ${VIP}`, 15_000);
      expect(await outside()).to.equal(0);
      expect(await plane.code(1, 'http://127.0.0.1:30080/')).to.equal(0);
      // Still of a form that iptables itself can read: Docker must go on working with it.
      const rule = '-A INPUT -d 10.210.1.1/32 -j ACCEPT';
      expect((await plane.on(1, 'iptables', '-S')).stdout).to.include(rule);
      await plane.serve({ ...served, networks: [], services: [] });
      await until(async () => !(await plane.on(1, 'iptables', '-S')).stdout.includes(rule), 15_000);
      await plane.serve(served);
    } finally {
      await plane.on(1, 'iptables', '-P', 'INPUT', 'ACCEPT');
      await plane.on(1, 'iptables', '-F', 'INPUT');
    }
  });

  it('passes chains of the legacy iptables, behind what its owner put there', async function () {
    this.timeout(60_000);
    const rules = [
      '-N DOCKER-USER',
      '-A DOCKER-USER -s 192.0.2.1/32 -j DROP',
      '-A DOCKER-USER -j RETURN',
      '-A FORWARD -j DOCKER-USER',
      // As Docker does for each of its bridges.
      `-A FORWARD -i ${SHOP.bridge} ! -o ${SHOP.bridge} -j ACCEPT`,
    ];
    const legacy = async (rule: string): Promise<void> =>
      void expect((await plane.on(1, 'iptables-legacy', ...rule.split(' '))).code, rule).to.equal(0);
    try {
      // The plane opens DOCKER-USER as soon as it is there: what it would be without is seen before.
      await legacy('-P FORWARD DROP');
      expect(await outside()).to.not.equal(0);
      for (const rule of rules) await legacy(rule);
      await until(async () => (await outside()) === 0, 15_000);
      const chain = (await plane.on(1, 'iptables-legacy', '-S', 'DOCKER-USER')).stdout.trim().split('\n').slice(1);
      expect(chain).to.deep.equal([
        '-A DOCKER-USER -s 192.0.2.1/32 -j DROP',
        '-A DOCKER-USER -o dsw+ -j ACCEPT',
        '-A DOCKER-USER -i dswarm+ -j ACCEPT',
        '-A DOCKER-USER -j RETURN',
      ]);
    } finally {
      for (const rule of ['-P FORWARD ACCEPT', '-F', '-X']) await plane.on(1, 'iptables-legacy', ...rule.split(' '));
    }
  });

  it('stands beside ports that Docker publishes itself', async () => {
    await docker(plane.host(1), 'run', '-d', '--name', 'plain', '--hostname', 'plain', '-p', '31000:8080', '127.0.0.1:5000/dswarm/hello:1');
    const { stdout } = await run('curl', ['-s', '-m', '2', `http://${plane.host(1).address}:31000/`]);
    expect(stdout).to.equal('hello 1 from plain\n');
    expect(await plane.code(1, 'http://127.0.0.1:31000/')).to.equal(0);
    expect(await outside()).to.equal(0);
  });

  it('leaves other hosts’ tables alone: each has its own', async () => {
    const { stdout } = await run('nft', ['list', 'tables']);
    expect(stdout).to.not.include('table ip dswarm\n');
  });
});
