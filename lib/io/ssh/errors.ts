import { DswarmError } from '../../errors/error.ts';
import type { Endpoint } from './config.ts';

/** What ssh2 adds to its errors. */
interface SshFailure {
  level?: string;
  code?: string | number;
  message?: string;
  /** Of a refused channel: RFC 4254, 5.1. */
  reason?: unknown;
}

const ADMINISTRATIVELY_PROHIBITED = 1;

export interface DialContext {
  endpoint: Endpoint;
  /** What was offered to log in with. */
  offered: readonly string[];
}

/** ssh2 tells of an agent that fails, and goes on with the next method. */
export function isPassing(error: unknown): boolean {
  return (error as SshFailure).level === 'agent';
}

/** What is wrong with the name of a host, if that is it (codes of getaddrinfo, as Node has them). */
export function nameProblem(failure: unknown, host: string): string | undefined {
  const { syscall, code } = failure as NodeJS.ErrnoException;
  if (syscall !== 'getaddrinfo') return undefined;
  return code === 'ENOTFOUND' ? `the name ${host} does not resolve to an address` : `the resolver does not answer for ${host}`;
}

/** Why a connection could not be made, or ended. */
export function mapSshError(failure: unknown, context: DialContext): DswarmError {
  if (failure instanceof DswarmError) return failure;
  const { endpoint } = context;
  const { level, message = String(failure) } = failure as SshFailure;
  const where = endpoint.where;
  if (level === 'client-authentication' || /too many authentication failures/i.test(message)) {
    const found = `user ${endpoint.user} with ${context.offered.join(', ')}`;
    return new DswarmError('DSW_SSH_AUTH_FAILED', `${endpoint.host} refused the login of ${found}`, { where, found });
  }
  const unresolved = nameProblem(failure, endpoint.host);
  if (unresolved !== undefined) return new DswarmError('DSW_HOST_UNREACHABLE', unresolved, { where, cause: failure });
  const address = `${endpoint.host} port ${String(endpoint.port)}`;
  if (level === 'client-timeout')
    return new DswarmError('DSW_HOST_UNREACHABLE', `${address} gives no answer over SSH: ${message}`, { where, cause: failure });
  return new DswarmError('DSW_HOST_UNREACHABLE', `${address}: ${message}`, { where, cause: failure });
}

/** Why sshd opened no channel to the engine's socket. OpenSSH mostly says only "open failed"; the probe finds out more. */
export function mapChannelError(failure: unknown, where: string, socket: string): DswarmError {
  const { reason, message = String(failure) } = failure as SshFailure;
  const details = { where, cause: failure };
  if (reason === ADMINISTRATIVELY_PROHIBITED)
    return new DswarmError('DSW_SSH_FORWARDING_FORBIDDEN', `sshd forbids the connection to ${socket}`, details);
  if (reason === undefined) return new DswarmError('DSW_HOST_UNREACHABLE', `the connection to the host ended: ${message}`, details);
  return new DswarmError('DSW_DOCKER_NOT_RUNNING', `sshd could not connect to ${socket}`, details);
}
