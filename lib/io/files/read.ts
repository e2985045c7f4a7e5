import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { LIMITS } from '../../manifest/limits.ts';

/** What tells one state of a file from another, in nanoseconds where it is time. */
export interface Stamp {
  device: bigint;
  inode: bigint;
  size: bigint;
  modified: bigint;
  changed: bigint;
}

interface BigStats {
  dev: bigint;
  ino: bigint;
  size: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
}

export function stampOf(stats: BigStats): Stamp {
  return { device: stats.dev, inode: stats.ino, size: stats.size, modified: stats.mtimeNs, changed: stats.ctimeNs };
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.device === b.device && a.inode === b.inode && a.size === b.size && a.modified === b.modified && a.changed === b.changed;
}

export type Reading = { kind: 'read'; content: Buffer; stamp: Stamp } | { kind: 'refused'; reason: string } | { kind: 'moving' };

/**
 * Reads a regular file, and nothing else: the last part of the path may not be a link (what it leads to was checked before), a pipe does
 * not block the open, and what grows while it is read is left for the next time.
 */
export async function readRegular(path: string): Promise<Reading> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const before = await handle.stat({ bigint: true });
    if (!before.isFile()) return { kind: 'refused', reason: 'is not a regular file' };
    if (before.size > BigInt(LIMITS.fileBytes))
      return { kind: 'refused', reason: `has ${before.size} bytes; at most ${LIMITS.fileBytes} are read` };
    const buffer = Buffer.allocUnsafeSlow(Number(before.size) + 1);
    const length = await readAll(handle, buffer);
    const after = await handle.stat({ bigint: true });
    if (length !== Number(before.size) || !sameStamp(stampOf(before), stampOf(after))) return { kind: 'moving' };
    return { kind: 'read', content: buffer.subarray(0, length), stamp: stampOf(after) };
  } finally {
    await handle.close();
  }
}

async function readAll(handle: Awaited<ReturnType<typeof open>>, buffer: Buffer): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
