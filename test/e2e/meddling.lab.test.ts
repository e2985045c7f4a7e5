import { expect } from 'chai';
import { docker, type LabHost } from '../lab/fixture.ts';
import { countRunning, listOurs } from './containers.ts';
import { eventually, serviceManifest } from './controller.ts';
import { useController } from './setup.ts';

interface EventOfChange {
  reason: string;
  message: string;
  count?: number;
}

interface Found {
  host: LabHost;
  id: string;
  name: string;
}

describe('what people do by hand to containers, on real hosts', () => {
  const world = useController(3, 10);

  before(async () => {
    await world.controller.save('web.yaml', serviceManifest({ name: 'web', replicas: 6 }));
    await eventually('6 run', async () => (await countRunning(world.hosts)) === 6);
  });

  beforeEach(async () => {
    await world.controller.cli('wait', 'svc/web', '--for=condition=Ready', '--timeout=60s');
  });

  const anyOn = async (index: number): Promise<Found> => {
    const host = world.hosts[index] as LabHost;
    const [line = ''] = await listOurs([host], '{{.ID}} {{.Names}}', 'status=running');
    const [id = '', name = ''] = line.split(' ');
    return { host, id, name };
  };
  const changes = async (): Promise<EventOfChange[]> => {
    const { items } = JSON.parse(await world.controller.cli('events', '-o', 'json')) as { items: EventOfChange[] };
    return items.filter(({ reason }) => reason === 'ExternalChange');
  };
  /** How often it was told, by what the events say. */
  const told = async (name: string, what: RegExp): Promise<number> =>
    (await changes())
      .filter(({ message }) => message.startsWith(`container ${name} on `) && what.test(message))
      .reduce((sum, { count = 1 }) => sum + count, 0);
  const untilMended = (): Promise<number> =>
    eventually(
      '6 run and nothing else',
      async () => (await countRunning(world.hosts)) === 6 && (await listOurs(world.hosts, '{{.ID}}')).length === 6,
      60_000,
    );

  for (const [what, command, words] of [
    // What runs ends before it goes, and may be seen in between.
    ['removed', ['rm', '-f'], /was (removed|stopped) by somebody else; it is (made again|replaced)/],
    ['stopped', ['stop', '-t', '1'], /was stopped by somebody else; it is replaced/],
    ['killed', ['kill'], /was stopped by somebody else; it is replaced/],
  ] as const)
    it(`is mended and told: one that was ${what} (fault 54)`, async () => {
      const { host, id, name } = await anyOn(0);
      const before = await told(name, words);
      await docker(host, ...command, id);
      await eventually('it is told', async () => (await told(name, words)) > before);
      await untilMended();
      expect(await listOurs(world.hosts, '{{.ID}}')).to.not.include(id);
    });

  it('is mended when all containers of a host are removed at once (fault 54)', async () => {
    const host = world.hosts[1] as LabHost;
    const ids = await listOurs([host], '{{.ID}}');
    expect(ids.length).to.be.greaterThan(1);
    const before = (await changes()).reduce((sum, { count = 1 }) => sum + count, 0);
    await docker(host, 'rm', '-f', ...ids);
    await eventually('each is told', async () => (await changes()).reduce((sum, { count = 1 }) => sum + count, 0) >= before + ids.length);
    await eventually('none of them is left', async () => (await listOurs(world.hosts, '{{.ID}}')).every((id) => !ids.includes(id)));
    await untilMended();
  });

  it('is told: one that was renamed is known by its labels, and kept (fault 55)', async () => {
    const { host, id, name } = await anyOn(0);
    await docker(host, 'rename', id, 'mine');
    await eventually('it is told', async () => (await told(name, /was renamed to mine/)) === 1);
    await world.controller.cli('wait', 'svc/web', '--for=condition=Ready', '--timeout=60s');
    expect(await listOurs([host], '{{.ID}} {{.Names}}')).to.include(`${id} mine`);
    expect(await countRunning(world.hosts)).to.equal(6);
  });

  it('is told: one that was paused does nothing, and goes on once it is unpaused (fault 55)', async () => {
    const { host, id, name } = await anyOn(2);
    await docker(host, 'pause', id);
    await eventually('it is told', async () => (await told(name, /was paused by somebody else/)) === 1);
    expect((await world.controller.attempt('wait', 'svc/web', '--for=condition=Ready', '--timeout=1s')).code).to.not.equal(0);
    await docker(host, 'unpause', id);
    await world.controller.cli('wait', 'svc/web', '--for=condition=Ready', '--timeout=60s');
    expect(await listOurs([host], '{{.ID}}')).to.include(id);
  });

  it('is told: one that was given other limits is no longer what its spec says (fault 55)', async () => {
    const { host, id, name } = await anyOn(1);
    await docker(host, 'update', '--memory', '64m', '--memory-swap', '64m', id);
    await eventually('it is told', async () => (await told(name, /was updated by somebody else/)) === 1);
    expect(await listOurs([host], '{{.ID}}')).to.include(id);
  });
});
