import { readFileSync, readlinkSync } from 'node:fs';

/** A process that holds the store, told apart from a later one that got the same pid. */
export interface Holder {
  pid: number;
  /** Clock ticks since boot, from /proc; '' where there is no /proc. */
  startTime: string;
  bootId: string;
  /** Pids mean something only within one of these. */
  pidNamespace: string;
}

export function thisProcess(): Holder {
  return { pid: process.pid, startTime: startTimeOf(process.pid) ?? '', bootId: bootId(), pidNamespace: pidNamespace() };
}

/** Whether the holder still runs. From another pid namespace that cannot be known: then it counts as running. */
export function isAlive(holder: Holder): boolean {
  if (holder.bootId !== bootId()) return false;
  if (holder.pidNamespace !== pidNamespace()) return true;
  if (holder.startTime !== '') return startTimeOf(holder.pid) === holder.startTime;
  return signalReaches(holder.pid);
}

/** Field 22 of /proc/PID/stat; undefined if there is no such process, or it is a zombie. */
function startTimeOf(pid: number): string | undefined {
  const stat = readOr(`/proc/${pid}/stat`);
  // The second field, the program's name, may hold blanks and brackets: count from its closing one.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
}

function bootId(): string {
  return readOr('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch (error) {
    return orRethrow(error, '');
  }
}

function readOr(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return orRethrow(error, undefined);
  }
}

function orRethrow<T>(error: unknown, otherwise: T): T {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ESRCH' || code === 'ENOTDIR') return otherwise;
  throw error;
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
