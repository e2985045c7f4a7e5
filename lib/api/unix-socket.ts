import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { DswarmError } from '../errors/error.ts';

/** Linux's sun_path, less its terminating NUL. */
const MAX_PATH = 107;

/** Listens on a path that only this user may connect to. A socket file that a killed process left is taken over. */
export async function listenOnSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_PATH) {
    throw new DswarmError('DSW_API_LISTEN', `the path of the socket is longer than the ${MAX_PATH} bytes that the system allows`, {
      where: path,
    });
  }
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    await removeStale(path);
    await bind(server, path);
    chmodSync(path, 0o600);
  } catch (error) {
    throw error instanceof DswarmError
      ? error
      : new DswarmError('DSW_API_LISTEN', `cannot listen: ${(error as Error).message}`, { where: path, cause: error });
  }
}

async function removeStale(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket())
    throw new DswarmError('DSW_API_LISTEN', 'there is a file that is no socket', {
      where: path,
      hint: 'Remove the file, or give another --socket.',
    });
  if (await answers(path)) throw new DswarmError('DSW_API_SOCKET_IN_USE', 'another process listens on the socket', { where: path });
  rmSync(path, { force: true });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else reject(error);
    });
  });
}

/** The socket is made within listen(): never for a moment is it open to others. */
function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const mask = process.umask(0o177);
    try {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
}
