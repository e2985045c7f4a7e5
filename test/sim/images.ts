import type { ServiceSpec } from '../../lib/types/generated.ts';
import type { ContainerConfig } from '../../lib/ports/docker.ts';
import type { Behaviour } from '../fakes/engine-options.ts';

/** Images that run and stay healthy. */
export const IMAGES = ['registry.test/hello:1', 'registry.test/hello:2'] as const;

/** Images of which no service becomes ready: `crash` ends at once, `sick` fails its healthcheck, `stuck` never ends its first one, `none` is nowhere. */
export const BAD = {
  crash: 'registry.test/hello:crash',
  sick: 'registry.test/hello:sick',
  stuck: 'registry.test/hello:stuck',
  none: 'registry.test/hello:none',
} as const;

/** Images that do some work and end. */
export const WORK = { ok: 'registry.test/work:ok', fail: 'registry.test/work:fail' } as const;
const WORK_MS = 2_500;

export const PULLABLE: readonly string[] = [...IMAGES, BAD.crash, BAD.sick, BAD.stuck, WORK.ok, WORK.fail];

const BEHAVIOUR: Readonly<Record<string, Behaviour>> = {
  [BAD.crash]: { exit: { afterMs: 300, code: 3 } },
  [WORK.ok]: { exit: { afterMs: WORK_MS, code: 0 } },
  [WORK.fail]: { exit: { afterMs: WORK_MS, code: 5 } },
  [BAD.sick]: { health: 'unhealthy' },
  [BAD.stuck]: { health: 'starting' },
};

export const behaviourOf = ({ Image }: ContainerConfig): Behaviour => BEHAVIOUR[Image] ?? {};

/** Whether containers of this spec can never be ready. */
export function isBad({ image, healthcheck }: Pick<ServiceSpec, 'image' | 'healthcheck'>): boolean {
  if (image === BAD.sick || image === BAD.stuck) return healthcheck !== undefined;
  return image === BAD.crash || image === BAD.none;
}
