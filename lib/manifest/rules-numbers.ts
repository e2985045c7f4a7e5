import type { ServiceSpec } from '../types/generated.ts';
import { parseDuration } from './duration.ts';
import { invalid, show, type Problem } from './problem.ts';
import { parseCpus, parseSize } from './quantity.ts';
import type { Path } from './parse.ts';

/** The engine's own minimum ("Minimum memory limit allowed is 6MB", daemon/daemon_unix.go). */
const MIN_MEMORY = 6 * 1024 * 1024;
/** SwarmKit and the engine take no less (controlapi, validateResources). */
const MIN_CPUS = 0.001;

/** Any number in text is checked here once, so that all later code may parse it without a care. */
export function checkTimes(spec: ServiceSpec): Problem[] {
  const times: [Path, string | undefined][] = [
    [['spec', 'stopGracePeriod'], spec.stopGracePeriod],
    [['spec', 'restart', 'delay'], spec.restart.delay],
    [['spec', 'restart', 'window'], spec.restart.window],
    [['spec', 'failover', 'after'], spec.failover?.after],
  ];
  for (const name of ['update', 'rollback'] as const) {
    for (const field of ['delay', 'monitor', 'progressDeadline'] as const) times.push([['spec', name, field], spec[name][field]]);
  }
  return times.flatMap(([path, text]) => (text === undefined ? [] : checkDuration(path, text)));
}

/** A year: beyond it timers and the engine's nanoseconds overflow sooner or later. */
const MAX_DURATION = 365 * 24 * 3_600_000;

function checkDuration(path: Path, text: string): Problem[] {
  const ms = parseDuration(text);
  if (ms > MAX_DURATION) return [invalid(path, `expected at most 8760h, found ${show(text)}`)];
  return [];
}

export function checkHealthcheck({ healthcheck }: ServiceSpec): Problem[] {
  if (healthcheck === undefined) return [];
  const problems = (['interval', 'timeout', 'startPeriod', 'startInterval'] as const).flatMap((name) =>
    checkCheckTime(['spec', 'healthcheck', name], healthcheck[name]),
  );
  const path = ['spec', 'healthcheck', 'test'];
  if (healthcheck.test !== undefined) {
    const message = testProblem(healthcheck.test);
    if (message !== undefined)
      problems.push(invalid(path, message, 'Write [CMD, PROGRAM, ARGUMENT...], [CMD-SHELL, "COMMAND"] or [NONE].'));
    if (healthcheck.disable && healthcheck.test[0] !== 'NONE')
      problems.push(invalid(path, 'cannot be set together with disable: true', 'Remove one of the two.'));
  }
  return problems;
}

/** The engine takes 0 (its default) or at least a millisecond. */
function checkCheckTime(path: Path, text: string): Problem[] {
  const ms = parseDuration(text);
  if (ms > 0 && ms < 1) return [invalid(path, `expected 0s or at least 1ms, found ${show(text)}`)];
  return checkDuration(path, text);
}

function testProblem(test: readonly string[]): string | undefined {
  const [form, ...rest] = test;
  switch (form) {
    case 'NONE':
      return rest.length === 0 ? undefined : 'NONE takes nothing after it';
    case 'CMD':
      return rest.length > 0 ? undefined : 'CMD needs a program after it';
    case 'CMD-SHELL':
      return rest.length === 1 ? undefined : `CMD-SHELL needs one command after it, found ${rest.length}`;
    default:
      return `expected CMD, CMD-SHELL or NONE first, found ${show(form)}`;
  }
}

export function checkResources({ resources }: ServiceSpec): Problem[] {
  if (resources === undefined) return [];
  const { limits = {}, reservations = {} } = resources;
  const problems: Problem[] = [];
  for (const [name, values] of [
    ['limits', limits],
    ['reservations', reservations],
  ] as const) {
    problems.push(
      ...checkCpus(['spec', 'resources', name, 'cpus'], values.cpus),
      ...checkMemory(['spec', 'resources', name, 'memory'], values.memory),
    );
  }
  if (problems.length > 0) return problems;
  if (isMore(reservations.cpus, limits.cpus, parseCpus))
    problems.push(invalid(['spec', 'resources', 'reservations', 'cpus'], 'more CPUs are reserved than the limit allows'));
  if (isMore(reservations.memory, limits.memory, parseSize)) {
    problems.push(
      invalid(
        ['spec', 'resources', 'reservations', 'memory'],
        'more memory is reserved than the limit allows (Minimum memory limit should be larger than the reservation)',
      ),
    );
  }
  return problems;
}

function isMore(
  amount: number | string | undefined,
  limit: number | string | undefined,
  parse: (value: number | string) => number,
): boolean {
  return amount !== undefined && limit !== undefined && parse(limit) > 0 && parse(amount) > parse(limit);
}

function checkCpus(path: Path, value: number | string | undefined): Problem[] {
  if (value === undefined) return [];
  const cpus = parseCpus(value);
  return cpus >= MIN_CPUS && cpus <= 4096 ? [] : [invalid(path, `expected 0.001 to 4096 CPUs, found ${show(value)}`)];
}

function checkMemory(path: Path, value: number | string | undefined): Problem[] {
  if (value === undefined) return [];
  if (!isSize(value)) return [invalid(path, `${show(value)} is more than can be counted`)];
  return parseSize(value) >= MIN_MEMORY ? [] : [invalid(path, `minimum memory limit allowed is 6MB, found ${show(value)}`)];
}

function isSize(value: number | string): boolean {
  try {
    parseSize(value);
    return true;
  } catch {
    return false;
  }
}
