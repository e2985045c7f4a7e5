import type { Readable } from 'node:stream';
import { expect } from 'chai';
import { hasCode, type ErrorCode } from '../../lib/errors/error.ts';
import type { ContainerConfig, Docker, EngineEvent } from '../../lib/ports/docker.ts';
import type { ObservedContainer } from '../../lib/types/observation.ts';
import { networkContract } from './docker-networks.ts';
import { volumeContract } from './docker-volumes.ts';

/** An engine to hold to the contract, and how to make things happen on it. */
export interface DockerWorld {
  docker: Docker;
  /** An image it has, with busybox. */
  image: string;
  /** One that it has not, and how to give it. */
  loadable: { reference: string; tar: () => Readable };
  /** One that it can neither find nor pull. */
  missing: string;
  /** Waits until so, on whatever clock the engine runs. */
  until: (condition: () => Promise<boolean>) => Promise<void>;
  /** Makes the container's process end by itself with code 3. */
  crash: (id: string) => Promise<void>;
  /** Whether the host has a network interface of that name; absent: it has none that could be looked at. */
  hasInterface?: (name: string) => Promise<boolean>;
  /** Called after the start of a container that is to print `out` and `err`: a fake is told so. */
  printed: (id: string) => void;
  close: () => Promise<void>;
}

/** What the parts of the contract share. */
export interface ContractTools {
  world: () => DockerWorld;
  config: (more?: Partial<ContainerConfig>) => ContainerConfig;
  /** Its id. */
  create: (given?: ContainerConfig, called?: string) => Promise<string>;
  inspect: (id: string) => Promise<ObservedContainer>;
  /** The error that a call is refused with. */
  refusal: (call: Promise<unknown>, ...codes: ErrorCode[]) => Promise<Error>;
  /** Collects events from when the engine listens; an `ended` of our own comes last. */
  follow: (into: EngineEvent[], signal: AbortSignal) => Promise<void>;
}

/** Carried by all that the contract makes. */
export const LABEL = 'dswarm/contract';

/** Ends with 0 on SIGTERM and with 3 on SIGUSR1; prints a line on each stream. */
const SCRIPT = 'trap "exit 0" TERM; trap "exit 3" USR1; echo out; echo err >&2; while :; do sleep 1000 & wait; done';
export function dockerContract(name: string, open: () => Promise<DockerWorld>): void {
  describe(`Docker port: ${name}`, function () {
    this.timeout(60_000);
    let world: DockerWorld;
    let docker: Docker;

    before(async () => {
      world = await open();
      docker = world.docker;
    });

    after(async () => {
      await world.close();
    });

    afterEach(async () => {
      for (const container of await docker.listContainers({ labels: [LABEL] })) await docker.removeContainer(container.id, { force: true });
      for (const network of await docker.listNetworks({ labels: [LABEL] })) await docker.removeNetwork(network.id);
    });

    const config = (more: Partial<ContainerConfig> = {}): ContainerConfig => ({
      Image: world.image,
      Cmd: ['/bin/sh', '-c', SCRIPT],
      Labels: { [LABEL]: 'yes' },
      HostConfig: { RestartPolicy: { Name: 'no' }, NetworkMode: 'none' },
      ...more,
    });

    const withPolicy = (policy: ContainerConfig['HostConfig']['RestartPolicy']): ContainerConfig =>
      config({ HostConfig: { RestartPolicy: policy, NetworkMode: 'none' } });

    const create = async (given = config(), called = 'contract-a'): Promise<string> => (await docker.createContainer(called, given)).id;

    const start = async (given = config(), called = 'contract-a'): Promise<string> => {
      const id = await create(given, called);
      await docker.startContainer(id);
      world.printed(id);
      return id;
    };

    const inspect = async (id: string): Promise<ObservedContainer> => {
      const found = await docker.inspectContainer(id);
      if (found === undefined) throw new Error(`no container ${id}`);
      return found;
    };

    const untilState = async (id: string, is: (seen: ObservedContainer) => boolean): Promise<ObservedContainer> => {
      await world.until(async () => is(await inspect(id)));
      return inspect(id);
    };

    const refusal = async (call: Promise<unknown>, ...codes: ErrorCode[]): Promise<Error> => {
      const error: unknown = await call.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(hasCode(error, ...codes), `${String(error)} is one of ${codes.join(', ')}`).to.equal(true);
      return error as Error;
    };

    const follow = (into: EngineEvent[], signal: AbortSignal): Promise<void> =>
      new Promise<void>((ready, failed) => {
        const read = async (): Promise<void> => {
          for await (const event of docker.events({ signal, ready })) into.push(event);
        };
        read().then(() => into.push({ type: 'test', action: 'ended', id: '', attributes: {}, timeNano: 0 }), failed);
      });

    const tools: ContractTools = { world: () => world, config, create, inspect, refusal, follow };

    it('answers a ping and tells what it is', async () => {
      await docker.ping();
      const info = await docker.info();
      expect(info.id).to.match(/\S/);
      expect(info.version).to.match(/^\d+\./);
      expect(info.apiVersion).to.match(/^1\.\d+$/);
      expect(info.os).to.equal('linux');
      expect(info.cpus).to.be.greaterThan(0);
      expect(info.memory).to.be.greaterThan(1_000_000);
      expect(info.logDrivers).to.include('json-file');
    });

    it('keeps the name, image and labels of what it creates', async () => {
      const id = await create(config({ Labels: { [LABEL]: 'yes', 'a.b/c': 'x=y' } }));
      const seen = await inspect(id);
      expect(seen).to.include({ id, name: 'contract-a', image: world.image, state: 'created' });
      expect(seen.labels).to.include({ 'a.b/c': 'x=y' });
      expect(seen.createdAt).to.be.greaterThan(0);
      expect(seen).not.to.have.any.keys('startedAt', 'finishedAt', 'exitCode', 'health');
    });

    it('refuses a name in use, so that a second create collides instead of duplicating (invariant 6)', async () => {
      await create();
      const error = await refusal(create(), 'DSW_DOCKER_CONFLICT');
      expect(error.message).to.contain('already in use');
      expect(await docker.listContainers({ labels: [LABEL] })).to.have.length(1);
    });

    it('does not create from an image it lacks', async () => {
      await refusal(create(config({ Image: world.missing })), 'DSW_DOCKER_NOT_FOUND');
    });

    it('lists by label key, by key and value, by several labels, and by ids', async () => {
      const a = await create(config({ Labels: { [LABEL]: 'yes', slot: '1' } }), 'contract-a');
      const b = await create(config({ Labels: { [LABEL]: 'yes', slot: '2' } }), 'contract-b');
      const ids = async (filter: { labels?: string[]; ids?: string[] }): Promise<string[]> =>
        (await docker.listContainers(filter)).map((container) => container.id).sort();
      expect(await ids({ labels: [LABEL] })).to.deep.equal([a, b].sort());
      expect(await ids({ labels: [`${LABEL}=yes`, 'slot=2'] })).to.deep.equal([b]);
      expect(await ids({ labels: [`${LABEL}=no`] })).to.deep.equal([]);
      expect(await ids({ ids: [a] })).to.deep.equal([a]);
      expect(await ids({ ids: [] }), 'no ids, no containers').to.deep.equal([]);
    });

    it('tells in a list what a list can tell', async () => {
      const id = await start();
      const [running] = await docker.listContainers({ labels: [LABEL] });
      expect(running).to.include({ id, name: 'contract-a', image: world.image, state: 'running' });
      expect(running).not.to.have.any.keys('exitCode', 'health');
      await world.crash(id);
      await untilState(id, (seen) => seen.state === 'exited');
      const [ended] = await docker.listContainers({ labels: [LABEL] });
      expect(ended).to.include({ state: 'exited', exitCode: 3 });
    });

    it('starts; starting a running one is success; an unknown one is not found', async () => {
      const id = await start();
      await docker.startContainer(id);
      const seen = await inspect(id);
      expect(seen).to.include({ state: 'running', restartCount: 0, oomKilled: false });
      expect(seen.startedAt).to.be.at.least(seen.createdAt - 1000);
      await refusal(docker.startContainer('0'.repeat(64)), 'DSW_DOCKER_NOT_FOUND');
    });

    it('stops with the stop signal; stopping a stopped one is success; the restart policy leaves it stopped', async () => {
      const id = await start(withPolicy({ Name: 'unless-stopped' }));
      expect(await docker.stopContainer(id, 10)).to.equal(true);
      const seen = await inspect(id);
      expect(seen).to.include({ state: 'exited', exitCode: 0 });
      expect(seen.finishedAt).to.be.at.least(seen.startedAt ?? Infinity);
      expect(await docker.stopContainer(id, 10)).to.equal(false);
      await refusal(docker.stopContainer('0'.repeat(64), 1), 'DSW_DOCKER_NOT_FOUND');
    });

    it('removes; a running one only by force; one that is gone is success', async () => {
      const id = await start();
      await refusal(docker.removeContainer(id, { force: false }), 'DSW_DOCKER_CONFLICT');
      await docker.removeContainer(id, { force: true });
      await docker.removeContainer(id, { force: true });
      expect(await docker.inspectContainer(id)).to.equal(undefined);
      expect(await docker.listContainers({ labels: [LABEL] })).to.deep.equal([]);
    });

    it('restarts a crashed container where its policy says so (invariant 13)', async () => {
      const id = await start(withPolicy({ Name: 'unless-stopped' }));
      await world.crash(id);
      const seen = await untilState(id, (container) => container.restartCount === 1 && container.state === 'running');
      expect(seen.state).to.equal('running');
    });

    it('leaves a crashed container ended without a policy, with its exit code', async () => {
      const id = await start();
      await world.crash(id);
      const seen = await untilState(id, (container) => container.state === 'exited');
      expect(seen).to.include({ exitCode: 3, restartCount: 0 });
    });

    it('gives up after the retries of on-failure', async () => {
      const id = await start(withPolicy({ Name: 'on-failure', MaximumRetryCount: 1 }));
      await world.crash(id);
      await untilState(id, (container) => container.restartCount === 1 && container.state === 'running');
      await world.crash(id);
      const seen = await untilState(id, (container) => container.state === 'exited');
      expect(seen).to.include({ exitCode: 3, restartCount: 1 });
    });

    it('counts restarts anew when it is started again by hand', async () => {
      const id = await start(withPolicy({ Name: 'on-failure', MaximumRetryCount: 1 }));
      await world.crash(id);
      await untilState(id, (container) => container.restartCount === 1 && container.state === 'running');
      await docker.stopContainer(id, 10);
      await docker.startContainer(id);
      expect(await inspect(id)).to.include({ state: 'running', restartCount: 0 });
    });

    it('does not start a container whose host port another one has; once that is gone it does', async () => {
      const HostConfig = { ...config().HostConfig, NetworkMode: 'bridge', PortBindings: { '80/tcp': [{ HostPort: '18099' }] } };
      const first = await start(config({ ExposedPorts: { '80/tcp': {} }, HostConfig }), 'contract-a');
      const second = await create(config({ ExposedPorts: { '80/tcp': {} }, HostConfig }), 'contract-b');
      const error = await refusal(docker.startContainer(second), 'DSW_DOCKER_REFUSED');
      expect(error.message).to.contain('port is already allocated');
      expect(await inspect(second)).to.include({ state: 'created', restartCount: 0 });
      await docker.removeContainer(first, { force: true });
      await docker.startContainer(second);
      expect(await inspect(second)).to.include({ state: 'running' });
    });

    it('says why it cannot start a container, and leaves it created', async () => {
      const id = await create(config({ ...withPolicy({ Name: 'unless-stopped' }), Cmd: ['/no/such/program'] }));
      const error = await refusal(docker.startContainer(id), 'DSW_DOCKER_REFUSED', 'DSW_DOCKER_NOT_FOUND');
      expect(error.message).to.contain('/no/such/program');
      expect(await inspect(id)).to.include({ state: 'created', restartCount: 0 });
      await docker.removeContainer(id, { force: false });
    });

    it('removes once what it is asked to remove twice: the second call is refused while the first is under way', async () => {
      const id = await start();
      const both = await Promise.allSettled([docker.removeContainer(id, { force: true }), docker.removeContainer(id, { force: true })]);
      const refused = both.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []));
      expect(refused.length, 'one at most').to.be.lessThan(2);
      for (const error of refused) expect(error).to.include({ code: 'DSW_DOCKER_CONFLICT' });
      expect(await docker.inspectContainer(id)).to.equal(undefined);
    });

    it('tells of a container whose healthcheck fails: starting, then unhealthy, running all the while', async () => {
      const id = await start(config({ Healthcheck: { Test: ['CMD', '/bin/false'], Interval: 3e8, Timeout: 5e9, Retries: 2 } }));
      expect((await inspect(id)).health).to.equal('starting');
      const seen = await untilState(id, (container) => container.health === 'unhealthy');
      expect(seen).to.include({ state: 'running', restartCount: 0 });
    });

    it('tells health: starting, then healthy, in list and inspection', async () => {
      const id = await start(config({ Healthcheck: { Test: ['CMD', '/bin/true'], Interval: 3e8, Timeout: 5e9, Retries: 3 } }));
      expect((await inspect(id)).health).to.equal('starting');
      await untilState(id, (seen) => seen.health === 'healthy');
      const [listed] = await docker.listContainers({ ids: [id] });
      expect(listed?.health).to.equal('healthy');
    });

    it('tells every subscriber what happens, with labels and exit code, until told to stop', async () => {
      const stop = new AbortController();
      const seen: EngineEvent[][] = [[], []];
      await Promise.all(seen.map((into) => follow(into, stop.signal)));
      const id = await start();
      await world.crash(id);
      await untilState(id, (container) => container.state === 'exited');
      await docker.removeContainer(id, { force: false });
      const actions = (events: EngineEvent[]): string[] =>
        events
          .filter((event) => event.type === 'container' && event.id === id && /^(create|start|die|destroy)$/.test(event.action))
          .map((event) => event.action);
      const expected = ['create', 'start', 'die', 'destroy'];
      await world.until(() => Promise.resolve(seen.every((events) => actions(events).length >= expected.length)));
      stop.abort();
      await world.until(() => Promise.resolve(seen.every((events) => events.at(-1)?.action === 'ended')));
      for (const events of seen) {
        expect(actions(events)).to.deep.equal(expected);
        const died = events.find((event) => event.action === 'die');
        expect(died?.attributes).to.include({ [LABEL]: 'yes', name: 'contract-a', exitCode: '3' });
        expect(died?.timeNano).to.be.greaterThan(1e15);
      }
    });

    it('tells of a stop: killed, ended, stopped; and of a second start', async () => {
      const stop = new AbortController();
      const seen: EngineEvent[] = [];
      await follow(seen, stop.signal);
      const id = await start();
      await docker.stopContainer(id, 10);
      await docker.startContainer(id);
      const actions = (): string[] =>
        seen.filter((event) => event.id === id && /^(start|kill|die|stop)$/.test(event.action)).map((event) => event.action);
      await world.until(() => Promise.resolve(actions().length >= 5));
      stop.abort();
      expect(actions()).to.deep.equal(['start', 'kill', 'die', 'stop', 'start']);
    });

    it('knows its images, takes new ones, and says why it cannot pull one', async () => {
      expect(JSON.stringify(await docker.image(world.image))).to.match(/^{"id":"sha256:[0-9a-f]{64}","arch":"(amd64|arm64|arm)"}$/);
      expect(await docker.image(world.missing)).to.equal(undefined);
      await docker.loadImage(world.loadable.tar());
      expect((await docker.image(world.loadable.reference))?.id).to.match(/^sha256:/);
      await refusal(docker.pullImage(world.missing), 'DSW_DOCKER_NOT_FOUND', 'DSW_DOCKER_REFUSED');
    });

    networkContract(tools);
    volumeContract(tools);

    it('binds a port of the host where one is asked for without a number, and tells it while it runs', async () => {
      const bound = config({ ExposedPorts: { '80/tcp': {} } });
      const PortBindings = { '80/tcp': [{ HostPort: '' }] };
      const id = await start({ ...bound, HostConfig: { ...bound.HostConfig, NetworkMode: 'bridge', PortBindings } });
      const [port] = (await inspect(id)).ports ?? [];
      expect(port).to.include({ target: 80, protocol: 'tcp' });
      expect(port?.published).to.be.greaterThan(1023);
      expect((await docker.listContainers({ ids: [id] }))[0]?.ports).to.deep.equal([port]);
      await docker.stopContainer(id, 0);
      expect(await inspect(id)).to.not.have.property('ports');
    });

    it('reads logs by stream and from the end (conformance C197)', async () => {
      const id = await start();
      const read = async (tail?: number): Promise<string[]> => {
        const lines: string[] = [];
        for await (const chunk of docker.logs(id, { follow: false, timestamps: false, tail }))
          lines.push(`${chunk.stream}: ${chunk.data.toString().trim()}`);
        return lines.sort();
      };
      await world.until(async () => (await read()).length === 2);
      expect(await read()).to.deep.equal(['stderr: err', 'stdout: out']);
      expect(await read(1)).to.have.length(1);
      expect(await read(0)).to.deep.equal([]);
    });

    it('ends a followed log when the container ends (conformance C197)', async () => {
      const id = await start();
      const read = async (): Promise<void> => {
        for await (const chunk of docker.logs(id, { follow: true, timestamps: false, tail: 0 })) expect(chunk.stream).to.match(/^std/);
      };
      const reading = read();
      await docker.stopContainer(id, 10);
      await reading;
    });

    it('runs a command inside and tells its output and exit code', async () => {
      const id = await start();
      const session = await docker.exec(id, { command: ['/bin/sh', '-c', 'echo hello; exit 7'], tty: false, stdin: false });
      const output = Buffer.concat((await session.stream.toArray()) as Buffer[]);
      expect(output.readUInt8(0), 'stdout').to.equal(1);
      expect(output.subarray(8).toString()).to.equal('hello\n');
      expect(await session.exitCode()).to.equal(7);
      await docker.stopContainer(id, 10);
      await refusal(docker.exec(id, { command: ['/bin/true'], tty: false, stdin: false }), 'DSW_DOCKER_CONFLICT');
    });
  });
}
