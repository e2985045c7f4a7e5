import { expect } from 'chai';
import { docker, IMAGE, lab, labHosts, type LabEnv, type LabHost } from '../lab/fixture.ts';
import type { LoadResult } from '../lab/load.ts';
import { mustRun, run } from '../lab/shell.ts';
import { Controller, eventually, serviceManifest } from './controller.ts';

export const HEALTHCHECK = { test: ['CMD', '/hello', 'check'], interval: '1s', timeout: '2s', retries: 3 };
export const WEB_PORT = 8080;

/** A web service of the test image behind a published port. */
export function webManifest(replicas: number, spec: object = {}, image = IMAGE): object {
  const ports = [{ target: 8080, published: WEB_PORT }];
  const update = { parallelism: 2, monitor: '1s' };
  return serviceManifest({
    name: 'web',
    replicas,
    image,
    spec: { stopGracePeriod: '10s', healthcheck: HEALTHCHECK, ports, update, ...spec },
  });
}

/** Clients in the same namespace, one a host. */
export const CLIENTS = serviceManifest({ name: 'client', spec: { mode: 'global', replicas: undefined, stopGracePeriod: '1s' } });

/** A controller with the data plane on three hosts: six tasks of `web`, and a client on each host. */
export async function startedWithWeb(): Promise<{ env: LabEnv; controller: Controller }> {
  const env = await labHosts(3);
  await cleanHosts(env.hosts);
  const controller = await Controller.create(env.hosts);
  await controller.save('web.yaml', webManifest(6));
  await controller.save('client.yaml', CLIENTS);
  await controller.start(30, 'auto');
  await ready(controller, 'web', 6);
  await ready(controller, 'client', 3);
  return { env, controller };
}

export async function ready(controller: Controller, service: string, tasks: number, namespace = 'default'): Promise<void> {
  await readyAfter(0, { controller, service, tasks, namespace });
}

/** Saves another manifest of `web`, and waits until that one is in force. */
export async function rollOut(controller: Controller, tasks: number, manifest: object): Promise<void> {
  const { metadata } = await shown(controller, 'web', 'default');
  await controller.save('web.yaml', manifest);
  await readyAfter(metadata.generation, { controller, service: 'web', tasks, namespace: 'default' });
}

interface Awaited {
  controller: Controller;
  service: string;
  tasks: number;
  namespace: string;
}

async function readyAfter(generation: number, { controller, service, tasks, namespace }: Awaited): Promise<void> {
  await eventually(
    `${namespace}/${service} has ${tasks} ready tasks`,
    async () => {
      const { status, metadata } = await shown(controller, service, namespace);
      const isSettled = metadata.generation > generation && status?.observedGeneration === metadata.generation;
      return isSettled && status.summary === `${tasks}/${tasks}` && status.state === 'Ready';
    },
    120_000,
  );
}

async function shown(controller: Controller, service: string, namespace: string): Promise<Shown> {
  return JSON.parse(await controller.cli('get', 'svc', service, '-n', namespace, '-o', 'json')) as Shown;
}

interface Shown {
  metadata: { generation: number };
  status?: { summary?: string; state?: string; observedGeneration?: number };
}

/** The container of a service on a host: the first. */
export async function containerOn(host: LabHost, service: string, namespace = 'default'): Promise<string> {
  const filters = ['--filter', `label=dswarm/service=${service}`, '--filter', `label=dswarm/namespace=${namespace}`];
  const [first] = (await docker(host, 'ps', '-q', '--no-trunc', ...filters)).split('\n');
  return first === undefined || first === '' ? expect.fail(`${host.name} runs no ${service}`) : first;
}

/** Its address on a network of its namespace. */
export function addressOn(host: LabHost, container: string, network: string): Promise<string> {
  return docker(host, 'inspect', '-f', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, container);
}

/** A request as a process of a container: the answer, or what went wrong. */
export async function getFrom(host: LabHost, container: string, url: string): Promise<string> {
  const pid = await docker(host, 'inspect', '-f', '{{.State.Pid}}', container);
  const result = await lab('enter', String(host.index), 'nsenter', '-t', pid, '-n', 'curl', '-sS', '-m', '3', url).catch(
    (error: Error) => error.message,
  );
  return result.trim();
}

/** A request from outside of all hosts. */
export async function getFromOutside(host: LabHost, port = WEB_PORT, path = '/'): Promise<string> {
  return (await mustRun('curl', ['-sS', '-m', '3', `http://${host.address}:${port}${path}`])).trim();
}

/** Six tasks, each with a sixth of the answers, give or take a tenth of that. */
export function expectEven({ sent, answers, failures }: LoadResult, tasks = 6): void {
  expect(failures).to.deep.equal([]);
  expect(Object.keys(answers)).to.have.length(tasks);
  const share = sent / tasks;
  for (const [answer, count] of Object.entries(answers)) expect(count, answer).to.be.within(share * 0.9, share * 1.1);
}

/** Networks of an earlier test go, as `labHosts` removes containers only. */
export async function cleanHosts(hosts: readonly LabHost[]): Promise<void> {
  await Promise.all(
    hosts.map(async (host) => {
      const remote = ['-H', `unix://${host.socket}`];
      const { stdout } = await run('docker', [...remote, 'network', 'ls', '-q', '--filter', 'label=dswarm/managed=true']);
      for (const id of stdout.split('\n').filter((line) => line !== '')) await run('docker', [...remote, 'network', 'rm', id]);
    }),
  );
}
