import type { Readable } from 'node:stream';
import type { Clock } from '../../lib/ports/clock.ts';
import type { ContainerConfig } from '../../lib/ports/docker.ts';
import type { FakeContainer } from './container.ts';
import type { EngineInfo } from '../../lib/types/observation.ts';

export interface FakeEngineOptions {
  clock: Clock;
  /** Makes ids unlike those of other engines. */
  seed?: number;
  info?: Partial<EngineInfo>;
  /** What the engine has at once. */
  images?: readonly string[];
  /** What it can pull, and how many milliseconds that takes. */
  pullable?: Readonly<Record<string, number>>;
  /** Milliseconds that each call takes; absent: none. */
  latency?: { create?: number; start?: number; stop?: number; remove?: number; list?: number };
  /** Milliseconds from start to the first result of a healthcheck; 'manual': only setHealth tells. Default 0. */
  healthAfter?: number | 'manual';
  /** What containers do by themselves; absent: they run on, and their healthchecks succeed. */
  behaviour?: (config: ContainerConfig) => Behaviour;
  /** Is told of each container whose process has ended. */
  ended?: (container: FakeContainer) => void;
  exec?: (command: readonly string[]) => { output: string; exitCode: number };
}

/** What a container does when it is started. */
export interface Behaviour {
  /** It does not run at all, and why. */
  cannotStart?: string;
  /** It ends by itself. */
  exit?: { afterMs: number; code: number };
  /** What its healthcheck comes to, if it has one; `starting`: it never comes to anything. */
  health?: 'healthy' | 'unhealthy' | 'starting';
}

/** What an engine tells of itself, all but its id. */
export const ENGINE_SHAPE: Omit<EngineInfo, 'id'> = {
  hostname: 'fake',
  version: '28.0.0',
  apiVersion: '1.48',
  os: 'linux',
  arch: 'amd64',
  cpus: 2,
  memory: 4 * 2 ** 30,
  labels: {},
  logDrivers: ['json-file', 'local'],
};

/** A tar of images, as the fake takes one: a reference a line. */
export async function referencesIn(tar: Readable): Promise<string[]> {
  const text = Buffer.concat((await tar.toArray()) as Buffer[]).toString();
  return text.split('\n').filter((line) => line !== '');
}
