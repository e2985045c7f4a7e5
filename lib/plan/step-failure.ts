import type { ErrorCode } from '../errors/error.ts';
import { takenPort } from '../schedule/taken-port.ts';
import type { Step } from './step.ts';

/** Why a step failed, in one word: Kubernetes' where it has one. */
export type FailureReason =
  | 'NodeUnreachable'
  | 'ErrImageNeverPull'
  | 'ImagePullBackOff'
  | 'ImagePlatformMismatch'
  | 'NameConflict'
  | 'PortConflict'
  | 'AddressConflict'
  | 'DiskPressure'
  | 'PIDPressure'
  | 'NetworkNotReady'
  | 'CreateContainerError'
  | 'RunContainerError'
  | 'StopContainerError'
  | 'RemoveContainerError';

export interface FailedStep {
  op: Step['op'];
  code: ErrorCode | undefined;
  /** The engine's own words. */
  message: string;
}

export interface StepFailure {
  reason: FailureReason;
  /** What else fails in the same way there: nothing, this spec's tasks, tasks that bind the port, or all tasks. */
  reach: 'task' | 'spec' | 'port' | 'node';
  /** The host port that is taken: `8080/tcp`, or without a protocol where the engine does not say. Of reach `port`, and always there. */
  port?: string;
}

/** Steps that make a task: where one fails, another node may take it. */
const MAKING: ReadonlySet<Step['op']> = new Set(['pull', 'network', 'create', 'start']);

/**
 * Whether the slot's task is kept from that node for a while, so that its slot may be filled elsewhere at once. `hostPorts`: those that
 * the task binds.
 */
export function isAvoided({ reach, port }: StepFailure, op: Step['op'], hostPorts: readonly string[] = []): boolean {
  if (reach === 'task' || !MAKING.has(op)) return false;
  return reach !== 'port' || (port !== undefined && takenPort(hostPorts, [port]) !== undefined);
}

/** A node that lacks something that every task needs. */
export type Pressure = Extract<FailureReason, 'DiskPressure' | 'PIDPressure'>;

interface Rule {
  text: RegExp;
  failure: Pick<StepFailure, 'reason' | 'reach'>;
}

/** In the engines' words, of all versions from 19.03 on; the first that fits counts. */
const RULES: readonly Rule[] = [
  { text: /no space left on device|disk quota exceeded|read-only file system/i, failure: { reason: 'DiskPressure', reach: 'node' } },
  {
    text: /resource temporarily unavailable|cannot allocate memory|can't create new thread|too many open files/i,
    failure: { reason: 'PIDPressure', reach: 'node' },
  },
  {
    text: /exec format error|no matching manifest for|does not match the (?:specified|detected host) platform|cannot be used on this platform/i,
    failure: { reason: 'ImagePlatformMismatch', reach: 'spec' },
  },
  { text: /port is already allocated|ports are not available/i, failure: { reason: 'PortConflict', reach: 'port' } },
  // The kernel's words, of a port; in those of the engine's book of addresses, of an address in a network, they begin with a capital.
  { text: /\baddress already in use/, failure: { reason: 'PortConflict', reach: 'port' } },
  { text: /\bAddress already in use/, failure: { reason: 'AddressConflict', reach: 'task' } },
];

const BY_CODE: Partial<Record<ErrorCode, StepFailure>> = {
  DSW_HOST_UNREACHABLE: { reason: 'NodeUnreachable', reach: 'task' },
  DSW_IMAGE_MISSING: { reason: 'ErrImageNeverPull', reach: 'task' },
  DSW_IMAGE_PLATFORM: { reason: 'ImagePlatformMismatch', reach: 'spec' },
  DSW_NAME_CONFLICT: { reason: 'NameConflict', reach: 'task' },
};

const BY_STEP: Readonly<Record<Step['op'], FailureReason>> = {
  pull: 'ImagePullBackOff',
  network: 'NetworkNotReady',
  withdraw: 'StopContainerError',
  create: 'CreateContainerError',
  start: 'RunContainerError',
  stop: 'StopContainerError',
  remove: 'RemoveContainerError',
};

/** The one place that reads what an engine says of a failure. */
export function classifyFailure({ op, code, message }: FailedStep): StepFailure {
  const known = code === undefined ? undefined : BY_CODE[code];
  if (known !== undefined) return known;
  const rule = RULES.find(({ text }) => text.test(message));
  if (rule === undefined) return { reason: BY_STEP[op], reach: 'task' };
  if (rule.failure.reach !== 'port') return rule.failure;
  const port = portIn(message);
  return port === undefined ? { reason: rule.failure.reason, reach: 'task' } : { ...rule.failure, port };
}

/** The engine's words, and what they leave out: it does not say which address it is. */
export function explainFailure(message: string, { reason }: StepFailure, addresses: Readonly<Record<string, string>> = {}): string {
  if (reason !== 'AddressConflict') return message;
  const own = Object.entries(addresses).map(([network, address]) => `${address} in network ${network}`);
  return `${message}: something else on the host has ${own.length === 0 ? 'it' : own.join(', or ')}; the next task gets another`;
}

const HOST_PORT = /(?:Bind for|bind host port for|listen (tcp|udp|sctp)[46]?) (?:[\d.]+|\[[\da-f:]*\]|::):(\d{1,5})\b/;

/** `Bind for 0.0.0.0:8080 failed` of the engine's own book, `listen tcp4 0.0.0.0:8080: bind` of the kernel's. */
function portIn(message: string): string | undefined {
  const found = HOST_PORT.exec(message);
  if (found?.[2] === undefined) return undefined;
  return found[1] === undefined ? found[2] : `${found[2]}/${found[1]}`;
}

/** Milliseconds: the first wait, doubled with each failure in a row, and the longest. What no retry mends soon is not tried often. */
export function failureBackoff({ reason, reach }: StepFailure): { initialMs: number; maxMs: number; jitter: number } {
  if (reach !== 'task') return { initialMs: 10_000, maxMs: 300_000, jitter: 0.2 };
  if (reason === 'ImagePullBackOff') return { initialMs: 1_000, maxMs: 300_000, jitter: 0.2 };
  if (reason === 'NodeUnreachable') return { initialMs: 500, maxMs: 500, jitter: 0.2 };
  return { initialMs: 500, maxMs: 60_000, jitter: 0.2 };
}
