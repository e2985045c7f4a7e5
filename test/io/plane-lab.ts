import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { renderChange } from '../../lib/dataplane/change.ts';
import { CONTAINER_MTU } from '../../lib/dataplane/constants.ts';
import type { Served, ServedNetwork, ServedNode } from '../../lib/dataplane/model.ts';
import { nodeState } from '../../lib/dataplane/node-state.ts';
import { renderNode } from '../../lib/dataplane/render.ts';
import type { PlaneState } from '../../lib/dataplane/state.ts';
import { systemClock } from '../../lib/io/clock.ts';
import { readPlaneImage, type PlaneImage } from '../../lib/io/plane/image.ts';
import { createPlanes } from '../../lib/io/plane/planes.ts';
import type { HostLink } from '../../lib/ports/hosts.ts';
import type { PlaneAck, Planes, PlaneTarget } from '../../lib/ports/plane.ts';
import { docker, IMAGE, instanceName, labHosts, type LabHost } from '../lab/fixture.ts';
import { mustRun, run, type ShellResult } from '../lab/shell.ts';
import { readyLink } from './links.ts';

const LAB = fileURLToPath(new URL('../lab/lab', import.meta.url));
const ENV = { DSWARM_LAB: instanceName() };
const BUILD = fileURLToPath(new URL('../../images/plane/build', import.meta.url));
const CACHE = fileURLToPath(new URL('../../dist/plane', import.meta.url));
/** Processes of a host begin in `/`, where no package is found by its name. */
const TRAFFIC = ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('traffic.ts', import.meta.url))];

export async function planeImage(): Promise<PlaneImage> {
  return readPlaneImage((await mustRun(BUILD, [CACHE], { timeout: 120_000 })).trim());
}

/** The lab's hosts with a plane each, told what to serve as a controller would tell them. Hosts count from 1. */
export class PlaneLab {
  readonly hosts: LabHost[];
  planes: Planes;
  readonly #image: PlaneImage;
  readonly #links: HostLink[];
  readonly #states = new Map<number, PlaneState>();
  readonly #pids = new Map<string, string>();
  readonly #children: ChildProcess[] = [];
  #generation = 0;
  keys: string[] = [];

  static async up(count: number, { stateBytes }: { stateBytes?: number } = {}): Promise<PlaneLab> {
    const image = await planeImage();
    const { hosts } = await labHosts(count);
    for (const host of hosts) {
      await clearHost(host);
      if (stateBytes !== undefined) await makeSmallVolume(host, stateBytes);
    }
    const links = await Promise.all(hosts.map(async (host) => (await readyLink(host)).link));
    const made = new PlaneLab(hosts, links, image);
    made.keys = await Promise.all(hosts.map((host) => made.#keyOf(host.index)));
    return made;
  }

  private constructor(hosts: LabHost[], links: HostLink[], image: PlaneImage) {
    this.hosts = hosts;
    this.#links = links;
    this.#image = image;
    this.planes = createPlanes({ clock: systemClock, images: [image] });
  }

  /** As if the image were a newer one. */
  async upgrade(): Promise<void> {
    this.planes.close();
    this.planes = createPlanes({ clock: systemClock, images: [{ ...this.#image, version: `${this.#image.version}-next` }] });
    for (const { index } of this.hosts) await this.#keyOf(index);
  }

  async down(): Promise<void> {
    for (const child of this.#children) child.stdin?.end();
    this.planes.close();
    await Promise.all(this.#links.map((link) => link.close()));
  }

  host(index: number): LabHost {
    const host = this.hosts[index - 1];
    if (host === undefined) throw new Error(`no host ${String(index)}`);
    return host;
  }

  target(index: number): PlaneTarget {
    const link = this.#links[index - 1];
    if (link === undefined) throw new Error(`no host ${String(index)}`);
    return { node: this.host(index).name, cluster: 'test', docker: link.docker };
  }

  /** As the model wants them. */
  nodes(): ServedNode[] {
    return this.hosts.map(({ name, address }, index) => ({ name, address, publicKey: this.keys[index] ?? '' }));
  }

  /** The engine's part of a network on every host. */
  async makeNetwork({ namespace, name, bridge, subnet, nodes }: ServedNetwork): Promise<void> {
    const options = [`bridge.name=${bridge}`, 'bridge.enable_ip_masquerade=false', `driver.mtu=${String(CONTAINER_MTU)}`];
    const flags = options.flatMap((option) => ['-o', `com.docker.network.${option}`]);
    await Promise.all(
      this.hosts.map(async (host) => {
        const part = nodes[host.name];
        if (part === undefined) return;
        const label = `dswarm_${namespace}_${name}`;
        await docker(host, 'network', 'create', '--subnet', subnet, '--ip-range', part.subnet, '--gateway', part.gateway, ...flags, label);
      }),
    );
  }

  /** A container with an address of the network; its host name is its name. */
  async start([index, name]: [number, string], network: ServedNetwork, ip: string, ...command: string[]): Promise<void> {
    const gateway = network.nodes[this.host(index).name]?.gateway ?? '';
    const where = ['--network', `dswarm_${network.namespace}_${network.name}`, '--ip', ip, '--dns', gateway];
    const flags = ['-d', '--name', name, '--hostname', name, '--restart', 'unless-stopped', '--cap-add', 'NET_ADMIN', ...where];
    await docker(this.host(index), 'run', ...flags, IMAGE, ...command);
  }

  /** A change where one is enough. */
  async serve(served: Served, only = this.hosts.map(({ index }) => index)): Promise<PlaneAck[]> {
    this.#generation += 1;
    const generation = this.#generation;
    return Promise.all(
      only.map(async (index) => {
        const before = this.#states.get(index);
        const after = nodeState(served, this.host(index).name, before);
        if (after.refused.length > 0) throw new Error(JSON.stringify(after.refused));
        const change = before === undefined ? undefined : renderChange(before, after);
        const files = change === undefined ? {} : { change: { base: this.#generations.get(index) ?? 0, files: change } };
        const ack = await this.planes.apply(this.target(index), { generation, full: () => renderNode(after, before), ...files });
        this.#states.set(index, after);
        this.#generations.set(index, generation);
        return ack;
      }),
    );
  }
  readonly #generations = new Map<number, number>();

  /** A program as a process of a host, or of a container's network there; host 0 is the machine that holds the lab. */
  async on(place: number | [number, string], file: string, ...args: string[]): Promise<ShellResult> {
    if (place === 0) return run(file, args, { timeout: 60_000 });
    const [index, inside] = await this.#inside(place);
    return run(LAB, ['enter', String(index), ...inside, file, ...args], { env: ENV, timeout: 60_000 });
  }

  async traffic(place: number | [number, string], ...args: string[]): Promise<string> {
    const { stdout, stderr, code } = await this.on(place, process.execPath, ...TRAFFIC, ...args);
    if (code !== 0) throw new Error(stderr);
    return stdout.trimEnd();
  }

  /** Runs until the lab goes down; resolves once it has said its first line. */
  async traffics(place: number | [number, string], ...args: string[]): Promise<ChildProcess> {
    const [index, inside] = await this.#inside(place);
    const program = [process.execPath, ...TRAFFIC, ...args];
    const [file = '', ...words] = place === 0 ? program : [LAB, 'enter', String(index), ...inside, ...program];
    const child = spawn(file, words, { env: { ...process.env, ...ENV }, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#children.push(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout?.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`traffic ended with ${String(code)}`)));
    });
    return child;
  }

  /** The bodies of so many requests, each by a connection of its own; what failed is a line with curl's code. */
  async get(place: number | [number, string], url: string, count = 1): Promise<string[]> {
    const { stdout } = await this.on(place, 'curl', '-s', '-m', '3', '-w', '%{stderr}', `${url}?[1-${String(count)}]`);
    return stdout.split('\n').filter((line) => line !== '');
  }

  /** Of one request: 0, or why it failed (7: refused, 28: no answer in time). */
  async code(place: number | [number, string], url: string, limit = 2): Promise<number> {
    return (await this.on(place, 'curl', '-s', '-o', '/dev/null', '-m', String(limit), url)).code;
  }

  async #inside(place: number | [number, string]): Promise<[number, string[]]> {
    if (typeof place === 'number') return [place, []];
    const [index, container] = place;
    const key = `${String(index)}/${container}`;
    const pid = this.#pids.get(key) ?? (await docker(this.host(index), 'inspect', '-f', '{{.State.Pid}}', container));
    this.#pids.set(key, pid);
    return [index, ['nsenter', '-t', pid, '-n']];
  }

  /** A host was switched off and on: its containers have other processes. */
  forgetProcesses(): void {
    this.#pids.clear();
  }

  /** The session opens once the agent has made its key. */
  async #keyOf(index: number): Promise<string> {
    let { publicKey } = await this.planes.ensure(this.target(index));
    while (publicKey === '') ({ publicKey } = await this.planes.status(this.target(index)));
    return publicKey;
  }
}

async function makeSmallVolume(host: LabHost, bytes: number): Promise<void> {
  const options = ['type=tmpfs', 'device=tmpfs', `o=size=${String(bytes)}`].flatMap((option) => ['--opt', option]);
  await docker(host, 'volume', 'create', ...options, 'dswarm-plane');
}

/** What an earlier run left: networks of ours, and what its plane kept. */
async function clearHost(host: LabHost): Promise<void> {
  const networks = (await docker(host, 'network', 'ls', '-q', '--filter', 'name=^dswarm_')).split('\n').filter((id) => id !== '');
  if (networks.length > 0) await docker(host, 'network', 'rm', ...networks);
  for (const volume of ['dswarm-plane', 'dswarm-plane-run'])
    await run('docker', ['-H', `unix://${host.socket}`, 'volume', 'rm', '-f', volume]);
  for (const args of [
    ['nft', 'delete', 'table', 'ip', 'dswarm'],
    ['ip', 'link', 'del', 'dswarm0'],
    ['ip', 'link', 'del', 'dswarm1'],
  ]) {
    await run(LAB, ['enter', String(host.index), ...args], { env: ENV });
  }
}
