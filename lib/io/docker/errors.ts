import { DswarmError, hasCode, type ErrorCode } from '../../errors/error.ts';

/** What docker-modem rejects with: an HTTP answer, or what node:http says of the connection. */
interface EngineFailure {
  statusCode?: number;
  json?: unknown;
  message?: string;
  code?: string;
}

export interface FailedCall {
  /** The host, for messages. */
  where: string;
  /** What was asked for, such as `start container web`. */
  what: string;
}

/** The codes that node:http gives to a connection that broke or never was. */
const UNREACHABLE = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

const NOT_MODIFIED = 304;

/** What docker-modem puts before an answer that it has not parsed, as those of streams. */
const BEFORE_WORDS = /^\(HTTP code \d+\) .*? - /;

/** Characters of what an engine says that are taken over. */
const MOST_WORDS = 1_000;

/** Makes any failure of a call one of the port's errors, in the engine's own words where it gave some. */
export function mapError(failure: unknown, call: FailedCall): DswarmError {
  if (failure instanceof DswarmError) return failure;
  const { statusCode, code, message = String(failure) } = failure as EngineFailure;
  const details = { where: call.where, cause: failure };
  if (statusCode !== undefined)
    return new DswarmError(codeOf(statusCode), `${call.what}: ${engineWords(failure as EngineFailure)}`, details);
  if (code === 'EACCES' || code === 'EPERM') return new DswarmError('DSW_DOCKER_SOCKET_DENIED', `${call.what}: ${message}`, details);
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return new DswarmError('DSW_DOCKER_NOT_RUNNING', `${call.what}: ${message}`, details);
  if (UNREACHABLE.has(code ?? '')) return new DswarmError('DSW_HOST_UNREACHABLE', `${call.what}: ${message}`, details);
  return new DswarmError('DSW_DOCKER_REFUSED', `${call.what}: ${message}`, details);
}

function codeOf(status: number): ErrorCode {
  if (status === 404) return 'DSW_DOCKER_NOT_FOUND';
  if (status === 409) return 'DSW_DOCKER_CONFLICT';
  return 'DSW_DOCKER_REFUSED';
}

function engineWords(failure: EngineFailure): string {
  const message = (failure.json as { message?: unknown } | null | undefined)?.message;
  if (typeof message === 'string' && message !== '') return clip(message);
  return clip((failure.message ?? '').replace(BEFORE_WORDS, '').trim());
}

/** An engine that cannot start a process answers with all the stacks of the one that failed: the beginning says it. */
function clip(words: string): string {
  return words.length <= MOST_WORDS ? words : `${words.slice(0, MOST_WORDS)}... (${words.length - MOST_WORDS} characters more)`;
}

/** Whether the connection broke before an answer: the call may have been applied (invariant 8). */
export function isBroken(error: unknown): boolean {
  return error instanceof DswarmError && error.code === 'DSW_HOST_UNREACHABLE';
}

/** An error that a pull tells inside an answer that began with 200. */
export function pullError(line: Record<string, unknown>, call: FailedCall): DswarmError | undefined {
  const detail = (line['errorDetail'] as { message?: unknown } | undefined)?.message;
  const words = typeof detail === 'string' ? detail : line['error'];
  if (typeof words !== 'string') return undefined;
  const absent = /not found|manifest unknown|does not exist/i.test(words);
  return new DswarmError(absent ? 'DSW_DOCKER_NOT_FOUND' : 'DSW_DOCKER_REFUSED', `${call.what}: ${clip(words)}`, { where: call.where });
}

/** Undefined where the engine does not have it. */
export async function orAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (hasCode(error, 'DSW_DOCKER_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** False: the engine says that it is so already. */
export async function unlessSo(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (failure) {
    if ((failure as EngineFailure).statusCode !== NOT_MODIFIED) throw failure;
    return false;
  }
}
