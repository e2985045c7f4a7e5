import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { docker, IMAGE, IMAGE_2, lab, type LabEnv, type LabHost } from '../lab/fixture.ts';
import { Load, type LoadResult } from '../lab/load.ts';
import { eventually, type Controller } from './controller.ts';
import { addressOn, containerOn, ready, rollOut, startedWithWeb, WEB_PORT, webManifest } from './dataplane.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RATE = 100;
const REQUESTS = 20_000;

/** What a load met that is not an answer of the service. */
function failuresOf(results: readonly LoadResult[]): string[] {
  return results.flatMap(({ failures }) => failures.map(({ at, error }) => `${new Date(at).toISOString()} ${error}`));
}

describe('a service under constant load on three real hosts', function () {
  this.timeout(600_000);
  let env: LabEnv;
  let controller: Controller;
  let loads: Load[] = [];
  const hostAt = (index: number): LabHost => env.hosts[index] ?? expect.fail('no such host');

  before(async () => {
    ({ env, controller } = await startedWithWeb());
  });

  afterEach(async () => {
    await Promise.all(loads.map((load) => load.stop()));
    loads = [];
  });

  after(async () => {
    await controller.remove();
    await lab('up', '3');
  });

  /** By published port from outside, and by name from containers of two hosts. */
  async function startLoads(): Promise<void> {
    const names = [0, 1].map(async (index) => {
      const inside = { host: hostAt(index), container: await containerOn(hostAt(index), 'client') };
      return Load.start({ url: 'http://web:8080/', rate: RATE, inside });
    });
    loads = await Promise.all([Load.start({ url: `http://${hostAt(0).address}:${WEB_PORT}/`, rate: RATE }), ...names]);
  }

  async function stopLoads(): Promise<LoadResult[]> {
    const results = await Promise.all(loads.map((load) => load.stop()));
    loads = [];
    return results;
  }

  const sentAtLeast = (begun: number): number => ((performance.now() - begun) / 1000) * RATE * 3;

  it('answers every request through updates, scaling, a drain, a killed controller and an upgrade of the data plane (conformance C080)', async () => {
    const begun = performance.now();
    await startLoads();
    const step = async (what: string, act: () => Promise<unknown>): Promise<void> => {
      const since = performance.now();
      await act();
      console.log(`      ${what}: ${String(Math.round(performance.now() - since))} ms`);
    };
    const startFirst = { update: { parallelism: 2, monitor: '1s', order: 'start-first' } };
    await step('start-first update', async () => {
      await rollOut(controller, 6, webManifest(6, startFirst, IMAGE_2));
    });
    await step('stop-first update', async () => {
      await rollOut(controller, 6, webManifest(6, {}, IMAGE));
    });
    await step('scale to 2', async () => {
      await controller.save('web.yaml', webManifest(2));
      await ready(controller, 'web', 2);
      await eventually('four are gone', async () => (await running()) === 2, 60_000);
    });
    await step('scale to 8', async () => {
      await controller.save('web.yaml', webManifest(8));
      await ready(controller, 'web', 8);
    });
    await step('drain', async () => {
      await controller.cli('drain', 'h3');
      await eventually('h3 runs none', async () => (await webOn(hostAt(2))) === 0 && (await running()) === 8, 120_000);
      await controller.cli('uncordon', 'h3');
    });
    await step('controller killed and started again', async () => {
      await controller.stop('SIGKILL');
      await controller.start(30, 'auto');
      await ready(controller, 'web', 8);
    });
    await step('upgrade of the data plane', upgrade);
    await eventually('enough requests were sent', () => Promise.resolve(sentAtLeast(begun) >= REQUESTS * 1.05), 300_000);
    const results = await stopLoads();
    const sent = results.reduce((sum, result) => sum + result.sent, 0);
    console.log(`      ${String(sent)} requests, slowest ${String(Math.max(...results.map(({ slowestMs }) => slowestMs)))} ms`);
    expect(failuresOf(results)).to.deep.equal([]);
    expect(sent).to.be.at.least(REQUESTS);
  });

  const webOn = async (host: LabHost): Promise<number> => {
    const ids = await docker(host, 'ps', '-q', '--filter', 'label=dswarm/service=web');
    return ids.split('\n').filter((id) => id !== '').length;
  };
  const running = async (): Promise<number> => (await Promise.all(env.hosts.map(webOn))).reduce((sum, count) => sum + count, 0);

  /** The same image but for its version: the controller is started anew with it. */
  async function upgrade(): Promise<void> {
    const folder = await mkdtemp(path.join(tmpdir(), 'dswarm-plane-'));
    await cp(path.join(ROOT, 'images/plane'), folder, { recursive: true });
    const agent = path.join(folder, 'agent.sh');
    await writeFile(agent, `${await readFile(agent, 'utf8')}# another version\n`);
    const cache = path.join(ROOT, 'dist/plane');
    const facts = (await promisify(execFile)(path.join(folder, 'build'), [cache])).stdout.trim();
    const { archive, version } = JSON.parse(await readFile(facts, 'utf8')) as { archive: string; version: string };
    try {
      const versions = (): Promise<string[]> =>
        Promise.all(
          env.hosts.map((host) => docker(host, 'inspect', '-f', '{{index .Config.Labels "dswarm/plane"}}', 'dswarm-plane').catch(() => '')),
        );
      expect(await versions()).not.to.include(version);
      await controller.stop();
      await controller.start(30, 'auto');
      await eventually('all planes are upgraded', async () => (await versions()).every((each) => each === version), 120_000);
      await eventually('they serve', async () => (await Promise.all(env.hosts.map(({ name }) => isCurrent(name)))).every(Boolean), 60_000);
    } finally {
      await Promise.all([rm(facts), rm(path.join(cache, archive)), rm(folder, { recursive: true })]);
    }
  }

  async function isCurrent(node: string): Promise<boolean> {
    const { status } = JSON.parse(await controller.cli('get', 'node', node, '-o', 'json')) as {
      status: { conditions: { type: string; status: string }[] };
    };
    return status.conditions.some((condition) => condition.type === 'NetworkReady' && condition.status === 'True');
  }

  it('goes on, but for what was on its way to it, when a host loses its power; connections to other tasks never break', async () => {
    await controller.save('web.yaml', webManifest(3));
    await ready(controller, 'web', 3);
    await controller.save('web.yaml', webManifest(9));
    await ready(controller, 'web', 9);
    const lost = await webOn(hostAt(2));
    expect(lost, 'h3 has tasks to lose').to.be.greaterThan(0);
    const own = await addressOn(hostAt(2), await containerOn(hostAt(2), 'web'), 'dswarm_default_default');
    const addressesOfH3 = own.slice(0, own.lastIndexOf('.') + 1);
    await startLoads();
    const slow = await openSlowly(hostAt(0), 24);
    const elsewhere = slow.filter(({ task }) => !task.startsWith(addressesOfH3));
    expect(elsewhere.length, 'connections to tasks of other hosts').to.be.within(1, slow.length - 1);
    await lab('off', '3');
    const offAt = Date.now();
    await eventually('h3 is Down', async () => (await controller.cli('get', 'node', 'h3')).includes('Down'), 60_000);
    const downAt = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    const results = await stopLoads();
    const failures = results.flatMap((result) => result.failures);
    console.log(
      `      Down after ${String(downAt - offAt)} ms; ${String(failures.length)} failed meanwhile, the last begun ${String(Math.max(0, ...failures.map(({ at }) => at - downAt)))} ms after it`,
    );
    expect(failures.length, 'its tasks were in use').to.be.greaterThan(0);
    expect(failures.filter(({ at }) => at > downAt + 3_000)).to.deep.equal([]);
    expect(await Promise.all(elsewhere.map(({ end }) => end))).to.deep.equal(elsewhere.map(() => 'slow'));
    await lab('on', '3');
  });
});

/** Below those that kernels give out: no request of a load came from them, nor, mostly, one of the run before. */
const FIRST_PORT = 20_000 + (process.pid % 400) * 25;

/** Answers that take long: their connections stay open meanwhile. The host's kernel tells which task each one leads to. */
async function openSlowly(host: LabHost, count: number): Promise<{ task: string; end: Promise<string> }[]> {
  const answers = Array.from({ length: count }, (_, index) => slowAnswer(host, FIRST_PORT + index));
  let flows = new Map<string, string>();
  await eventually('all connections are open', async () => {
    flows = await flowsOf(host);
    return answers.every(({ from }) => flows.has(from));
  });
  return answers.map(({ from, end }) => ({ task: flows.get(from) ?? '', end }));
}

function slowAnswer(host: LabHost, port: number): { from: string; end: Promise<string> } {
  const url = `http://${host.address}:${WEB_PORT}/slow?ms=25000`;
  const answer = promisify(execFile)('curl', ['-sS', '-m', '60', '--local-port', String(port), url]);
  const end = answer.then(
    ({ stdout }) => stdout.trim(),
    (error: Error) => error.message,
  );
  return { from: String(port), end };
}

/** By the client's port: the address that answers it. */
async function flowsOf(host: LabHost): Promise<Map<string, string>> {
  const table = await docker(host, 'exec', 'dswarm-plane', 'conntrack', '-L', '-p', 'tcp', '--orig-port-dst', String(WEB_PORT));
  const flows = [...table.matchAll(/sport=(\d+) dport=\d+ (?:\[\w+\] )?src=([\d.]+)/g)];
  return new Map(flows.map(([, port = '', task = '']) => [port, task]));
}
