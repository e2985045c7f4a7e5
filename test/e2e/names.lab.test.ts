import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { containerIds, crash, docker, lab, labHosts, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { NameWatch, type Answer } from '../lab/names.ts';
import { undisturbed } from '../lab/undisturbed.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';
import { addressOn, cleanHosts, CLIENTS, containerOn, getFrom, HEALTHCHECK, ready } from './dataplane.ts';

/** Milliseconds after an engine's word until every container on every node is told right. */
const LIMIT_MS = 500;
/** So many right answers in a row are no accident. */
const ROW = 5;
const NETWORK = 'dswarm_default_default';
const QUESTIONS = ['rr', 'tasks.rr', 'tasks.web'];

/** An engine's word on one container. */
interface Turn {
  service: string;
  container: string;
  /** Of the container, on its network. */
  address: string;
  what: 'healthy' | 'unhealthy' | 'die';
  /** Milliseconds since the epoch. */
  at: number;
}

interface EngineEvent {
  id: string;
  status: string;
  timeNano: number;
  Actor: { Attributes: Record<string, string> };
}

/** What engines say of their containers' health and end, with the addresses that these have. */
class Turns {
  readonly turns: Turn[] = [];
  readonly #children: ChildProcess[] = [];
  readonly #addresses = new Map<string, string>();
  readonly #reading: Promise<unknown>[] = [];

  watch(host: LabHost): void {
    const filters = ['health_status', 'die', 'start'].flatMap((event) => ['--filter', `event=${event}`]);
    const child = spawn('docker', ['-H', `unix://${host.socket}`, 'events', '--format', '{{json .}}', ...filters], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(host, JSON.parse(line) as EngineEvent));
  }

  /** Of a container that was there before. */
  async know(host: LabHost, container: string): Promise<void> {
    this.#addresses.set(container, await addressOn(host, container, NETWORK));
  }

  async stop(): Promise<Turn[]> {
    await Promise.all(
      this.#children.map(async (child) => {
        const ended = once(child, 'close');
        child.kill();
        await ended;
      }),
    );
    await Promise.all(this.#reading);
    return this.turns.map((turn) => ({ ...turn, address: this.#addresses.get(turn.container) ?? '' })).sort((a, b) => a.at - b.at);
  }

  #hear(host: LabHost, { id, status, timeNano, Actor }: EngineEvent): void {
    const service = Actor.Attributes['dswarm/service'];
    if (service !== 'rr' && service !== 'web') return;
    if (status === 'start') this.#reading.push(this.know(host, id));
    const what = /^(?:health_status: )?(healthy|unhealthy|die)$/.exec(status)?.[1] as Turn['what'] | undefined;
    if (what !== undefined) this.turns.push({ service, container: id, address: '', what, at: timeNano / 1e6 });
  }
}

/**
 * Milliseconds from a turn to the end of the last answer that was wrong about it; answers are of one name in one container. A healthy task
 * is left out again before it is told to end, so of such only what comes before a row of right answers counts.
 */
function wrongFor({ address, what, at }: Turn, until: number, answers: readonly Answer[]): number {
  const since = answers.filter(({ askedAt, answeredAt }) => askedAt >= at && answeredAt < until);
  const isWrong = ({ addresses = [] }: Answer): boolean => addresses.includes(address) !== (what === 'healthy');
  const settled = since.findIndex((_, index) => index + ROW <= since.length && !since.slice(index, index + ROW).some(isWrong));
  if (settled < 0) return until - at;
  const wrong = (what === 'healthy' ? since.slice(0, settled) : since).filter(isWrong);
  return Math.max(0, ...wrong.map(({ answeredAt }) => answeredAt - at));
}

function shares(waits: readonly number[]): string {
  const ordered = [...waits].sort((a, b) => a - b);
  const at = (share: number): string => (ordered[Math.floor((ordered.length - 1) * share)] ?? NaN).toFixed(0);
  return `p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, at most ${at(1)} ms`;
}

describe('names on three real hosts', function () {
  this.timeout(400_000);
  let env: LabEnv;
  let controller: Controller;
  const hostAt = (index: number): LabHost => env.hosts[index] ?? expect.fail('no such host');
  const manifest = (name: string, replicas: number): object =>
    serviceManifest({ name, replicas, spec: { healthcheck: HEALTHCHECK, ...(name === 'rr' ? { endpointMode: 'dnsrr' } : {}) } });
  const scale = async (replicas: number): Promise<void> => {
    for (const name of ['rr', 'web']) await controller.save(`${name}.yaml`, manifest(name, replicas));
    for (const name of ['rr', 'web']) await ready(controller, name, replicas);
  };

  /** Each change by itself: a container has ended, and six tasks are healthy by the engines' own word. */
  const settled = async (turns: Turns, service: string, ended: string): Promise<void> => {
    const hasEnded = (): boolean => turns.turns.some(({ container, what }) => container === ended && what === 'die');
    await eventually(`a task of ${service} has ended`, () => Promise.resolve(hasEnded()), 60_000);
    const filters = ['--filter', `label=dswarm/service=${service}`, '--filter', 'health=healthy'];
    const healthy = async (host: LabHost): Promise<number> =>
      (await docker(host, 'ps', '-q', ...filters)).split('\n').filter(Boolean).length;
    const isWhole = async (): Promise<boolean> => (await Promise.all(env.hosts.map(healthy))).reduce((sum, one) => sum + one) === 6;
    await eventually(`six of ${service} are healthy`, isWhole, 60_000);
  };

  before(async () => {
    env = await labHosts(3);
    await cleanHosts(env.hosts);
    controller = await Controller.create(env.hosts);
    await controller.save('client.yaml', CLIENTS);
    await controller.start(30, 'auto');
    await ready(controller, 'client', 3);
  });

  after(async () => {
    await controller.remove();
    await lab('up', '3');
  });

  it('are right in every container within 500 ms of what an engine says of a task', async () => {
    expect(await undisturbed(LIMIT_MS, worst)).to.be.lessThan(LIMIT_MS);
  });

  /** Milliseconds until the last container was told right, over tasks that become healthy, sick, crash, are removed and are withdrawn. */
  async function worst(): Promise<number> {
    await scale(3);
    const turns = new Turns();
    for (const host of env.hosts) {
      for (const service of ['rr', 'web'])
        for (const id of await containerIds(host, { labels: [`dswarm/service=${service}`] })) await turns.know(host, id);
      turns.watch(host);
    }
    const watches = await Promise.all(
      env.hosts.map(async (host) => NameWatch.start({ host, container: await containerOn(host, 'client') }, QUESTIONS)),
    );
    await changes(turns);
    const said = await turns.stop();
    const told = await Promise.all(watches.map((watch) => watch.stop()));
    const kinds = (what: Turn['what']): number => said.filter((turn) => turn.what === what).length;
    expect(told.flat().flatMap(({ error }) => error ?? [])).to.deep.equal([]);
    for (const what of ['healthy', 'unhealthy', 'die'] as const) expect(kinds(what), what).to.be.at.least(2);
    const waits = waitsOf(said, told);
    console.log(`      ${told.flat().length} answers; right after`);
    for (const what of ['healthy', 'unhealthy', 'die'] as const)
      console.log(`        ${kinds(what)} ${what}: ${shares(waits.filter((wait) => wait.what === what).map(({ ms }) => ms))}`);
    return Math.max(...waits.map(({ ms }) => ms));
  }

  /** The engine starts what crashes again; a sick task is replaced, as is one that is removed. */
  async function changes(turns: Turns): Promise<void> {
    await scale(6);
    for (const service of ['rr', 'web']) {
      const [first = '', sick = '', last = ''] = await Promise.all(env.hosts.map((host) => containerOn(host, service)));
      await crash(hostAt(0), first);
      await settled(turns, service, first);
      expect(await getFrom(hostAt(1), sick, 'http://127.0.0.1:8080/fail')).not.to.include('curl');
      await settled(turns, service, sick);
      await docker(hostAt(2), 'rm', '-f', last);
      await settled(turns, service, last);
    }
    await scale(2);
  }

  /** Of each turn, for each name and host. */
  function waitsOf(said: readonly Turn[], told: readonly (readonly Answer[])[]): { what: Turn['what']; ms: number }[] {
    return said.flatMap((turn, index) => {
      const until = said.slice(index + 1).find(({ address }) => address === turn.address)?.at ?? Infinity;
      expect(turn.address, `of ${turn.container}`).to.match(/^10\./);
      const names = QUESTIONS.filter((name) => name.endsWith(turn.service));
      return told.flatMap((answers) =>
        names.map((asked) => ({
          what: turn.what,
          ms: wrongFor(
            turn,
            until,
            answers.filter(({ name }) => name === asked),
          ),
        })),
      );
    });
  }
});
