import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { nodeManifest, type LabHost } from '../test/lab/fixture.ts';
import { run } from '../test/lab/shell.ts';
import type { Contender } from './contender.ts';
import { rest } from './engines.ts';

const DSWARM = fileURLToPath(new URL('../bin/dswarm', import.meta.url));

export interface Dswarm extends Contender {
  /** The controller's process. */
  pid: number;
  stop(): Promise<void>;
}

/** A controller over ssh on the lab's hosts, driven by saving files in its watched directory. */
export async function createDswarm(directory: string, hosts: readonly LabHost[], image: string): Promise<Dswarm> {
  const manifests = path.join(directory, 'manifests');
  const socket = path.join(directory, 'dswarm.sock');
  mkdirSync(manifests, { recursive: true });
  writeFileSync(path.join(manifests, 'nodes.yaml'), hosts.map((host) => stringify(nodeManifest(host))).join('---\n'));
  // Services of the peer are in no overlay network either, as none is asked for.
  const child = startController(directory, [
    '--manifests',
    manifests,
    '--state',
    path.join(directory, 'state'),
    '--socket',
    socket,
    '--data-plane',
    'off',
  ]);
  await waitForNodes(child, socket, directory);
  return {
    name: 'dswarm',
    pid: child.pid ?? 0,
    create: (service, replicas) =>
      Promise.resolve(writeFileSync(path.join(manifests, `${service}.yaml`), stringify(serviceManifest(service, replicas, image)))),
    remove: (service) => Promise.resolve(rmSync(path.join(manifests, `${service}.yaml`))),
    label: (service) => `dswarm/service=${service}`,
    stop: () => stop(child),
  };
}

function serviceManifest(name: string, replicas: number, image: string): object {
  return { apiVersion: 'dswarm/v1', kind: 'Service', metadata: { name }, spec: { image, replicas } };
}

function startController(directory: string, args: readonly string[]): ChildProcess {
  const log = openSync(path.join(directory, 'controller.log'), 'a');
  const child = spawn(process.execPath, [DSWARM, 'controller', ...args], { stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

async function waitForNodes(child: ChildProcess, socket: string, directory: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const wait = await run(DSWARM, ['wait', 'nodes', '--all', '--for=condition=Ready', '--timeout=20s', '--socket', socket]);
    if (wait.code === 0) return;
    const log = readFileSync(path.join(directory, 'controller.log'), 'utf8').split('\n').slice(-10).join('\n');
    if (child.exitCode !== null) throw new Error(`the controller ended:\n${log}`);
    if (performance.now() > deadline) throw new Error(`the nodes are not ready: ${wait.stderr}\n${log}`);
    await rest(200);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await Promise.race([ended, rest(10_000)]);
  child.kill('SIGKILL');
}
