import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { attempt, DemoError, lab, must, say } from './shell.ts';
import { ROOT } from './paths.ts';

/** The hosts of the demo: three of a lab, or the local engine. */
export interface DemoHosts {
  kind: 'lab' | 'local';
  /** Node manifests. */
  nodes: object[];
  /** Where they are reached from this machine; none for the local engine. */
  addresses: string[];
  /** The docker command line on the engine of a node. */
  docker(node: string, args: readonly string[]): string;
}

interface LabEnv {
  hosts: {
    index: number;
    name: string;
    address: string;
    port: number;
    user: string;
    identityFile: string;
    hostKey: string;
    socket: string;
  }[];
}

const IMAGE = '127.0.0.1:5000/dswarm/hello';

export function canHaveLab(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

const node = (name: string, spec: object): object => ({ apiVersion: 'dswarm/v1', kind: 'Node', metadata: { name }, spec });

export function labHosts(count: number): DemoHosts {
  lab('up', String(count));
  const { hosts } = JSON.parse(lab('env')) as LabEnv;
  for (const host of hosts) say(`  ${host.name}  ${host.address}  engine and sshd up`);
  return {
    kind: 'lab',
    addresses: hosts.map(({ address }) => address),
    nodes: hosts.map((host) =>
      node(host.name, {
        ssh: { host: host.address, port: host.port, user: host.user, identityFile: host.identityFile, hostKey: host.hostKey },
        docker: { socket: host.socket },
      }),
    ),
    docker: (name, args) => must('docker', ['-H', `unix://${hosts.find((host) => host.name === name)?.socket ?? ''}`, ...args]),
  };
}

/** The current context's engine as the only node, without ssh. */
export function localHost(): DemoHosts {
  const socket = localSocket();
  const docker = (args: readonly string[]): string => must('docker', ['-H', `unix://${socket}`, ...args]);
  if (attempt('docker', ['-H', `unix://${socket}`, 'version']).code !== 0)
    throw new DemoError(`no Docker engine answers on ${socket}. Start one, or run this as root on Debian for three hosts of its own.`);
  provideImage(socket);
  say(`  local  ${socket}`);
  return { kind: 'local', addresses: [], nodes: [node('local', { docker: { socket } })], docker: (_name, args) => docker(args) };
}

export function localSocket(): string {
  const fromEnv = process.env['DOCKER_HOST'] ?? '';
  const context = attempt('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']).stdout.trim();
  const candidates = [fromEnv, context].filter((url) => url.startsWith('unix://')).map((url) => url.slice('unix://'.length));
  const places = [...candidates, '/var/run/docker.sock', path.join(homedir(), '.docker/run/docker.sock')];
  return places.find((place) => existsSync(place)) ?? '/var/run/docker.sock';
}

/** Compiled here where there is a compiler for Linux, else by the engine. */
function provideImage(socket: string): void {
  if (attempt('docker', ['-H', `unix://${socket}`, 'image', 'inspect', `${IMAGE}:1`, `${IMAGE}:2`]).code === 0) return;
  const built = process.platform === 'linux' ? attempt('images/hello/build', ['.lab/cache']) : undefined;
  if (built?.code === 0) {
    must('docker', ['-H', `unix://${socket}`, 'load', '-q', '-i', built.stdout.trim()]);
    return;
  }
  say('  building the test image with the engine');
  for (const version of ['1', '2'])
    must('docker', [
      '-H',
      `unix://${socket}`,
      'build',
      '-q',
      '-t',
      `${IMAGE}:${version}`,
      '--build-arg',
      `VERSION=${version}`,
      path.join(ROOT, 'images/hello'),
    ]);
}
