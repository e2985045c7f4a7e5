import { expect } from 'chai';
import { node, service } from '../controllers/harness.ts';
import { put, startApi, task, type TestApi } from './api.ts';
import { NOW } from './support.ts';
import type { StoredTask } from '../../lib/types/objects.ts';

const ago = (ms: number): string => new Date(NOW - ms).toISOString();

/** A task of a slot, by its last status. */
function inSlot(
  name: string,
  status: NonNullable<StoredTask['status']>,
  more: { service?: string; node?: string; image?: string } = {},
): StoredTask {
  const made = task(name, { ...more, status });
  return { ...made, spec: { ...made.spec, slot: name.split('.')[1] ?? '', ...(more.image === undefined ? {} : { image: more.image }) } };
}

/** Port 80 of the container, on its host. */
const bound = (published: number): Pick<NonNullable<StoredTask['status']>, 'ports'> => ({
  ports: [{ target: 80, published, protocol: 'tcp' }],
});

const RUNNING = inSlot(
  'web.1.cccccc',
  { state: 'Running', desiredState: 'Running', since: ago(5_000), ...bound(8080) },
  { image: 'nginx:1.27@sha256:aa' },
);
const FAILED = inSlot('web.1.bbbbbb', {
  state: 'Failed',
  desiredState: 'Shutdown',
  since: ago(60_000),
  retiredAt: ago(55_000),
  reason: 'OOMKilled',
  message: 'ran out of memory (exit code 137) while it was starting up',
  ...bound(8080),
});
const SHUTDOWN = inSlot('web.1.aaaaaa', { state: 'Shutdown', desiredState: 'Shutdown', since: ago(7_200_000), retiredAt: ago(7_200_000) });
const TENTH = inSlot(
  'web.10.dddddd',
  { state: 'Ready', desiredState: 'Ready', since: ago(500), message: 'restarts at noon', ...bound(8080) },
  { node: 'h2' },
);
const SECOND = inSlot('web.2.eeeeee', { state: 'Running', since: ago(86_400_000 * 3), ...bound(32_768) }, { node: 'h2' });
const OTHER = inSlot('api.1.ffffff', { state: 'Running', since: ago(90_000) }, { service: 'api' });

describe('dswarm ps', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startApi();
    await put(api.store, node('h1'), node('h2'), service('web'), service('api'));
    await put(api.store, FAILED, RUNNING, TENTH, SECOND, SHUTDOWN, OTHER);
  });
  afterEach(async () => {
    await api.close();
  });

  it('lists slot by slot in natural order, the newest task first, those before it below', async () => {
    const { code, out } = await api.dswarm('ps web');
    expect(code).to.equal(0);
    expect(out.trimEnd().split('\n')).to.deep.equal([
      'ID              NAME        IMAGE        NODE   DESIRED STATE   CURRENT STATE                  ERROR                                        PORTS',
      'web.1.cccccc    web.1       nginx:1.27   h1     Running         Running 5 seconds ago                                                       *:8080->80/tcp',
      'web.1.bbbbbb     \\_ web.1   nginx:1.27   h1     Shutdown        Failed about a minute ago      "OOMKilled: ran out of memory (exit code…"',
      'web.1.aaaaaa     \\_ web.1   nginx:1.27   h1     Shutdown        Shutdown 2 hours ago',
      'web.2.eeeeee    web.2       nginx:1.27   h2     Running         Running 3 days ago                                                          *:32768->80/tcp',
      'web.10.dddddd   web.10      nginx:1.27   h2     Ready           Ready less than a second ago   "restarts at noon"',
    ]);
  });

  it('without a service lists those of all of the namespace, with -A of all namespaces', async () => {
    expect((await api.dswarm('ps -q')).out).to.equal(
      'api.1.ffffff\nweb.1.cccccc\nweb.1.bbbbbb\nweb.1.aaaaaa\nweb.2.eeeeee\nweb.10.dddddd\n',
    );
    expect((await api.dswarm('ps -q -n shop')).out).to.equal('');
    expect((await api.dswarm('ps -n shop')).err).to.equal('No tasks found.\n');
    const all = (await api.dswarm('ps -A --no-headers')).out.split('\n');
    expect(all[0]).to.match(/^default {5}api\.1\.ffffff {4}api\.1 /);
    expect((await api.dswarm('ps web -A')).err).to.contain('a service cannot be named across all namespaces');
  });

  it('says of a service that does not exist so, shows the others, and exits with 1', async () => {
    const ran = await api.dswarm('ps nosuch service/api -q');
    expect(ran).to.deep.include({ code: 1, out: 'api.1.ffffff\n' });
    expect(ran.err).to.equal('Error from server (NotFound): services.dswarm "nosuch" not found\n');
    expect(await api.dswarm('ps nosuch')).to.deep.equal({ code: 1, out: '', err: ran.err });
    expect((await api.dswarm('ps node/h1')).err).to.contain('node/h1 is not a service');
  });

  const filters: [string, string[]][] = [
    ['id=web.1.c', ['web.1.cccccc']],
    ['id=eeee', ['web.2.eeeeee']],
    ['name=web.1 -f node=h2', ['web.10.dddddd']],
    ['node=h1 -f desired-state=Running', ['api.1.ffffff', 'web.1.cccccc']],
    ['desired-state=ready -f desired-state=shutdown', ['web.1.bbbbbb', 'web.1.aaaaaa', 'web.10.dddddd']],
    ['name=nothing', []],
  ];
  for (const [filter, found] of filters) {
    it(`keeps with -f ${filter} ${found.length} of them: values of a key are alternatives, keys must all hold (conformance C199)`, async () => {
      expect((await api.dswarm(`ps -q -f ${filter}`)).out.split('\n').filter((line) => line !== '')).to.deep.equal(found);
    });
  }

  it('refuses filters and formats that it does not know, and says which there are', async () => {
    expect((await api.dswarm('ps -f label=x')).err)
      .to.contain('there is no filter "label"')
      .and.to.contain('id, name, node, desired-state');
    expect((await api.dswarm('ps -f desired-state=gone')).err).to.contain('ready, running, complete, shutdown');
    expect((await api.dswarm('ps -f web')).err).to.contain('--filter web is not KEY=VALUE');
    expect((await api.dswarm('ps --format xml')).err).to.contain('table, json');
    expect((await api.dswarm('ps -q -o json')).err).to.contain('only one of --format, --output and --quiet');
  });

  it('prints as JSON a line a task as docker does, and whole objects with -o', async () => {
    const { out } = await api.dswarm('ps web --format json --no-trunc -f id=bbbbbb');
    expect(JSON.parse(out)).to.deep.equal({
      ID: 'web.1.bbbbbb',
      Name: 'web.1',
      Image: 'nginx:1.27',
      Node: 'h1',
      DesiredState: 'Shutdown',
      CurrentState: 'Failed about a minute ago',
      Error: '"OOMKilled: ran out of memory (exit code 137) while it was starting up"',
      Ports: '',
    });
    expect(
      (JSON.parse((await api.dswarm('ps api -o json')).out) as { items: StoredTask[] }).items.map((item) => item.metadata.name),
    ).to.deep.equal(['api.1.ffffff']);
    expect((await api.dswarm('ps api -o yaml')).out).to.match(/^apiVersion: v1\nitems:\n {2}- apiVersion: dswarm\/v1\n {4}kind: Task\n/);
    expect((await api.dswarm('ps api -o name')).out).to.equal('task/api.1.ffffff\n');
    expect((await api.dswarm('ps api -o wide')).out).to.match(/RESTARTS +ADDRESS +CONTAINER\n/);
    expect((await api.dswarm('ps web --no-trunc -f id=cccccc')).out).to.contain('nginx:1.27@sha256:aa');
  });

  it('colours states on a terminal, but not in a pipe nor with NO_COLOR', async () => {
    expect((await api.dswarm('ps web', { isTTY: true })).out).to.contain('\u001B[31mFailed about a minute ago\u001B[39m');
    expect((await api.dswarm('ps web', { isTTY: true, env: { NO_COLOR: '1' } })).out).to.not.contain('\u001B');
    expect((await api.dswarm('ps web')).out).to.not.contain('\u001B');
  });

  it('says on stderr what is missing and why: a task that no node takes has no row', async () => {
    const status = { state: 'Pending', desired: 4, ready: 3, message: '3 of 4 tasks ready; no suitable node' };
    await put(api.store, { ...service('web'), status });
    expect((await api.dswarm('ps web')).err).to.equal('service/web: Pending: 3 of 4 tasks ready; no suitable node\n');
    expect((await api.dswarm('ps web -q')).err).to.equal('');
  });

  it('and get and describe tell in place of the state, in one word, why a task does not run, as kubectl does', async () => {
    const waits = { state: 'Ready', reason: 'CrashLoopBackOff', message: 'restarts at noon: exited with code 1' } as const;
    await put(api.store, inSlot('api.1.ffffff', waits, { service: 'api' }));
    const { out } = await api.dswarm('get tasks --history');
    const shown = out.split('\n').map((line) => line.split(/ {2,}/));
    expect(shown.slice(1, -1).map(([name, , state]) => [name, state])).to.deep.equal([
      ['api.1.ffffff', 'CrashLoopBackOff'],
      ['web.1.aaaaaa', 'Shutdown'],
      ['web.1.bbbbbb', 'OOMKilled'],
      ['web.1.cccccc', 'Running'],
      ['web.2.eeeeee', 'Running'],
      ['web.10.dddddd', 'Ready'],
    ]);
    expect((await api.dswarm('describe service api')).out).to.match(/api\.1\.ffffff +h1 +CrashLoopBackOff +0 +60s/);
  });

  it('of nodes lists what is and was there, of all namespaces', async () => {
    const { out } = await api.dswarm('node ps h2');
    expect(out).to.match(/^NAMESPACE +ID +NAME/);
    expect(out).to.contain('web.2.eeeeee').and.to.contain('web.10.dddddd').and.to.not.contain('web.1.');
    expect((await api.dswarm('node ps -n default -q -f name=api')).out).to.equal('api.1.ffffff\n');
    expect((await api.dswarm('node ps h9')).code).to.equal(1);
  });
});
