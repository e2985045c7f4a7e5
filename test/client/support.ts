import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Address } from '../../lib/client/address.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface Stub {
  address: Address;
  server: Server;
  close(): Promise<void>;
}

/** An HTTP server on a unix socket of its own that answers as told. */
export async function stubServer(answer: Answer): Promise<Stub> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'dswarm-client-'));
  const socket = path.join(folder, 's.sock');
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    address: { type: 'socket', path: socket },
    server,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}
