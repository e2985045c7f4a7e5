import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { crash, createLab, docker, IMAGE, labEnv, type LabHost } from './fixture.ts';
import { mustRun, run } from './shell.ts';

// An instance of its own, for this one is broken and taken down on purpose.
const NAME = 'selftest';
const lab = createLab(NAME);

async function host(index: number): Promise<LabHost> {
  const found = (await labEnv(NAME)).hosts.find((candidate) => candidate.index === index);
  if (found === undefined) throw new Error(`no host ${index}`);
  return found;
}

async function statusOf(index: number): Promise<string[]> {
  const line = (await lab('status')).split('\n').find((text) => text.startsWith(`h${index} `)) ?? '';
  return line.trim().split(/\s+/).slice(2);
}

describe('the lab', () => {
  before(() => lab('up', '2'));
  after(() => lab('down'));

  it('changes nothing when it is brought up twice', async () => {
    const before = await labEnv(NAME);
    const engine = await lab('enter', '1', 'pgrep', '-x', 'dockerd');
    await lab('up', '2');
    expect(await labEnv(NAME)).to.deep.equal(before);
    expect(await lab('enter', '1', 'pgrep', '-x', 'dockerd')).to.equal(engine);
  });

  it('gives every host its own name, engine, host key and address', async () => {
    const { hosts, knownHosts } = await labEnv(NAME);
    const ids = await Promise.all(hosts.map((each) => docker(each, 'info', '-f', '{{.Name}} {{.ID}}')));
    expect(ids[0]).to.match(/^h1 /);
    expect(ids[1]).to.match(/^h2 /);
    expect(new Set(ids.map((id) => id.split(' ')[1])).size).to.equal(2);
    expect(hosts[0]?.hostKey)
      .to.match(/^ssh-ed25519 AAAA/)
      .and.not.equal(hosts[1]?.hostKey);
    expect(await readFile(knownHosts, 'utf8')).to.equal(hosts.map((each) => `${each.address} ${each.hostKey}\n`).join(''));
    expect(await lab('ssh', '2', 'docker info -f {{.Name}}')).to.equal('h2\n');
  });

  it('lets a container reach its own network and nothing outside', async () => {
    const first = await host(1);
    const server = await docker(first, 'run', '-d', '--hostname', 'here', IMAGE);
    const address = await docker(first, 'inspect', '-f', '{{.NetworkSettings.IPAddress}}', server);
    expect(await docker(first, 'exec', server, '/hello', 'get', `http://${address}:8080/`)).to.equal('hello 1 from here');
    const outside = await lab.attempt(['docker', '1', 'exec', server, '/hello', 'get', 'http://192.0.2.1/']);
    expect(outside.code).to.equal(1);
    expect(outside.stderr).to.contain('No route to host');
    await docker(first, 'rm', '-f', server);
  });

  it('cuts and mends a host', async () => {
    const { hosts } = await labEnv(NAME);
    await lab('cut', '2');
    expect((await statusOf(2)).slice(0, 4)).to.deep.equal(['on', 'cut', 'up', 'up']);
    const ping = await lab.attempt(['enter', '1', 'timeout', '2', 'bash', '-c', `: </dev/tcp/${hosts[1]?.address}/22`]);
    expect(ping.code).to.not.equal(0);
    await lab('mend', '2');
    expect(await lab('ssh', '2', 'hostname')).to.equal('h2\n');
  });

  it('powers a host off and boots it: only what has a restart policy comes back', async () => {
    const second = await host(2);
    await docker(second, 'run', '-d', '--name', 'stays', '--restart', 'always', IMAGE);
    await docker(second, 'run', '-d', '--name', 'goes', IMAGE);
    await lab('off', '2');
    expect(await statusOf(2)).to.deep.equal(['off', '-', '-', '-', '-']);
    await lab('on', '2');
    expect((await docker(second, 'ps', '--format', '{{.Names}}')).split('\n')).to.deep.equal(['stays']);
    await docker(second, 'rm', '-f', 'stays', 'goes');
  });

  it('kills the process of a container, and nothing where there is none', async () => {
    const second = await host(2);
    await docker(second, 'run', '-d', '--name', 'ends', IMAGE);
    await crash(second, 'ends');
    expect(await docker(second, 'wait', 'ends')).to.equal('137');
    const error: unknown = await crash(second, 'ends').catch((reason: unknown) => reason);
    expect(String(error)).to.contain('container ends on h2 does not run');
    await docker(second, 'rm', '-f', 'ends');
  });

  it('kills, freezes and starts an engine and an sshd', async () => {
    await lab('kill-engine', '1');
    expect((await statusOf(1)).slice(2, 4)).to.deep.equal(['up', 'down']);
    await lab('start-engine', '1');
    await lab('stop-engine', '1');
    expect((await statusOf(1)).slice(2, 4)).to.deep.equal(['up', 'frozen']);
    await lab('start-engine', '1');
    await lab('kill-sshd', '1');
    expect((await statusOf(1)).slice(2, 4)).to.deep.equal(['down', 'up']);
    await lab('start-sshd', '1');
    expect(await lab('ssh', '1', 'hostname')).to.equal('h1\n');
  });

  it('mends with `up` what a crashed run left behind', async () => {
    const first = await host(1);
    await docker(first, 'run', '-d', IMAGE);
    await lab('kill-engine', '1');
    await lab('kill-sshd', '1');
    await lab('cut', '1');
    await lab('off', '2');
    await lab('up', '2');
    for (const index of [1, 2]) expect((await statusOf(index)).slice(0, 4)).to.deep.equal(['on', 'in', 'up', 'up']);
  });

  it('leaves nothing behind when it is taken down', async () => {
    const { subnet } = await labEnv(NAME);
    await docker(await host(1), 'run', '-d', IMAGE);
    await lab('down');
    expect(await mustRun('ip', ['netns', 'list'])).to.not.contain(`dslab-${NAME}-`);
    expect(await mustRun('ip', ['route', 'show', subnet])).to.equal('');
    expect(await readFile('/proc/mounts', 'utf8')).to.not.contain(`/${NAME}/`);
    expect((await run('pgrep', ['-f', `dswarm-lab/${NAME}/`])).stdout).to.equal('');
    for (const root of ['/run/dswarm-lab', '/var/lib/dswarm-lab', '/sys/fs/cgroup'])
      expect((await run('find', [root, '-path', `*dswarm-lab/${NAME}*`, '-print', '-quit'])).stdout).to.equal('');
    const again = await lab.attempt(['down']);
    expect(again.code).to.equal(0);
  });
});
