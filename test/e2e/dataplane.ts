import { expect } from 'chai';
import { docker, IMAGE, lab, type LabHost } from '../lab/fixture.ts';
import type { LoadResult } from '../lab/load.ts';
import { mustRun, run } from '../lab/shell.ts';
import { eventually, serviceManifest, type Controller } from './controller.ts';

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

export async function ready(controller: Controller, service: string, tasks: number, namespace = 'default'): Promise<void> {
  await eventually(
    `${namespace}/${service} has ${tasks} ready tasks`,
    async () => {
      const { spec, status, metadata } = JSON.parse(await controller.cli('get', 'svc', service, '-n', namespace, '-o', 'json')) as Shown;
      return (
        spec !== undefined &&
        status?.summary === `${tasks}/${tasks}` &&
        status.state === 'Ready' &&
        status.observedGeneration === metadata.generation
      );
    },
    120_000,
  );
}

interface Shown {
  metadata: { generation: number };
  spec?: object;
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

/** Planes and networks of an earlier test go, as `labHosts` removes containers only. */
export async function cleanHosts(hosts: readonly LabHost[]): Promise<void> {
  await Promise.all(
    hosts.map(async (host) => {
      const remote = ['-H', `unix://${host.socket}`];
      const { stdout } = await run('docker', [...remote, 'network', 'ls', '-q', '--filter', 'label=dswarm/managed=true']);
      for (const id of stdout.split('\n').filter((line) => line !== '')) await run('docker', [...remote, 'network', 'rm', id]);
    }),
  );
}
