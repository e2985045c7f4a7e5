import { DswarmError } from '../../errors/error.ts';
import { sleep, type Clock } from '../../ports/clock.ts';
import type { SshConnection } from './connection.ts';

const TIMEOUT = 5000;

/** Only such a path is put into a command: it needs no quoting in any shell (invariant 18). */
const PLAIN_PATH = /^\/[A-Za-z0-9._/@+-]+$/;

/**
 * What stands between us and the engine's socket, in one word. /proc/net/unix lists listening sockets with the flags 00010000;
 * /var/run is /run on most hosts, so the last part of the path decides.
 */
const SCRIPT = [
  's=$1',
  'if [ ! -e $s ]; then echo absent',
  'elif [ ! -S $s ]; then echo other',
  'elif [ ! -r $s ] || [ ! -w $s ]; then echo denied',
  'elif [ ! -r /proc/net/unix ] || grep -q " 00010000 .*/${s##*/}\\$" /proc/net/unix; then echo listening',
  'else echo silent; fi',
].join('; ');

export interface ProbeOptions {
  connection: SshConnection;
  clock: Clock;
  where: string;
  user: string;
  socket: string;
}

/** sshd says only that it could not connect. Asks the host's shell why; falls back to naming all that it can be. */
export async function diagnoseSocket(options: ProbeOptions): Promise<DswarmError> {
  const { where, user, socket } = options;
  const answer = await ask(options);
  switch (answer) {
    case 'absent':
      return new DswarmError('DSW_DOCKER_NOT_RUNNING', `there is no socket ${socket}`, { where });
    case 'other':
      return new DswarmError('DSW_DOCKER_NOT_RUNNING', `${socket} is no socket`, { where });
    case 'silent':
      return new DswarmError('DSW_DOCKER_NOT_RUNNING', `nothing listens on ${socket}`, { where });
    case 'denied':
      return new DswarmError('DSW_DOCKER_SOCKET_DENIED', `user ${user} may not use ${socket}`, {
        where,
        hint: `On the host: "usermod -aG docker ${user}" (which makes the user as mighty as root), or log in as root.`,
      });
    case 'listening':
      return new DswarmError('DSW_SSH_FORWARDING_FORBIDDEN', `sshd forbids forwarding to ${socket}, though an engine listens there`, {
        where,
      });
    default:
      return new DswarmError('DSW_SSH_FORWARDING_FORBIDDEN', `sshd opened no connection to ${socket}`, {
        where,
        hint: `Check on the host: "AllowStreamLocalForwarding yes" in /etc/ssh/sshd_config; Docker runs; user ${user} may use ${socket}.`,
      });
  }
}

async function ask(options: ProbeOptions): Promise<string> {
  if (!PLAIN_PATH.test(options.socket)) return '';
  const waiting = new AbortController();
  const timeout = sleep(options.clock, TIMEOUT, waiting.signal).then(
    () => '',
    () => '',
  );
  try {
    // A user without a shell, or a forced command, gives no such word: the caller then names all causes.
    const answer = await Promise.race([options.connection.run(`sh -c '${SCRIPT}' sh ${options.socket}`), timeout]);
    return answer.trim();
  } catch {
    return '';
  } finally {
    waiting.abort();
  }
}
