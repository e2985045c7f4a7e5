import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import Docker from 'dockerode';
import { mustRun } from '../test/lab/shell.ts';
import type { LabHost } from '../test/lab/fixture.ts';

/** A container that an engine reported as started; the same view for every contender. */
export interface Start {
  id: string;
  host: LabHost;
  labels: Readonly<Record<string, string>>;
  /** performance.now() when the event came in. */
  at: number;
}

/** All engines of the lab, by their sockets on this machine, and what they tell of starts. */
export class Engines {
  readonly hosts: readonly LabHost[];
  readonly #clients: ReadonlyMap<LabHost, Docker>;
  readonly #streams: Readable[] = [];
  readonly #starts: Start[] = [];
  #notify: () => void = () => undefined;

  constructor(hosts: readonly LabHost[]) {
    this.hosts = hosts;
    this.#clients = new Map(hosts.map((host) => [host, new Docker({ socketPath: host.socket })]));
  }

  client(host: LabHost): Docker {
    const client = this.#clients.get(host);
    if (client === undefined) throw new Error(`no host ${host.name}`);
    return client;
  }

  async watch(): Promise<void> {
    for (const host of this.hosts) {
      const stream = (await this.client(host).getEvents({ filters: { type: ['container'], event: ['start'] } })) as Readable;
      this.#streams.push(stream);
      createInterface({ input: stream }).on('line', (line) => this.#onEvent(host, line));
    }
  }

  close(): void {
    for (const stream of this.#streams) stream.destroy();
  }

  #onEvent(host: LabHost, line: string): void {
    const { Actor: actor } = JSON.parse(line) as { Actor: { ID: string; Attributes: Record<string, string> } };
    this.#starts.push({ id: actor.ID, host, labels: actor.Attributes, at: performance.now() });
    this.#notify();
  }

  /** Waits until `count` starts with the label came in at or after `since`; resolves with them. */
  async starts(label: string, count: number, since: number): Promise<Start[]> {
    const [key = '', value] = label.split('=');
    const found = (): Start[] => this.#starts.filter((start) => start.at >= since && start.labels[key] === value);
    const deadline = performance.now() + 60_000;
    while (found().length < count) {
      if (performance.now() > deadline) throw new Error(`only ${found().length} of ${count} containers with ${label} started within 60 s`);
      await this.#nextStart(250);
    }
    return found().slice(0, count);
  }

  #nextStart(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#notify = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async ids(host: LabHost, label: string, all = true): Promise<string[]> {
    const containers = await this.client(host).listContainers({ all, filters: { label: [label] } });
    return containers.map((container) => container.Id);
  }

  /** Waits until no engine has a container with the label, not even a stopped one. */
  async gone(label: string): Promise<void> {
    const deadline = performance.now() + 60_000;
    for (;;) {
      const left = (await Promise.all(this.hosts.map((host) => this.ids(host, label)))).flat();
      if (left.length === 0) return;
      if (performance.now() > deadline) throw new Error(`${left.length} containers with ${label} are still there after 60 s`);
      await rest(100);
    }
  }

  /** Kills a container's process as a crash would, from outside of its host. */
  async crash(host: LabHost, id: string): Promise<void> {
    const files = await mustRun('find', ['/sys/fs/cgroup', '-path', `*${host.netns.split('-').at(-1)}*/${id}/cgroup.procs`]);
    const pids = new Set(
      files
        .split('\n')
        .filter(Boolean)
        .flatMap((file) => readFileSync(file, 'utf8').split('\n').filter(Boolean)),
    );
    for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
  }
}

export const rest = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
