import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { DswarmError } from '../errors/error.ts';
import { EXEC_PROTOCOL } from '../types/exec-frames.ts';
import { toStatus, type Api } from './app.ts';
import { joinExec, parseExec, startExec } from './exec.ts';
import { statusOf } from './status.ts';
import { isAuthorized } from './token.ts';
import { listenOnSocket } from './unix-socket.ts';

export interface ListenOptions {
  /** Path of the unix socket; only this user may connect. */
  socket?: string;
  /** A loopback address as well, for clients that speak no unix sockets (kubectl). Port 0: any free one. */
  tcp?: { host: string; port: number; token: string };
}

export interface Listening {
  socket: string | undefined;
  /** `http://127.0.0.1:6443` */
  url: string | undefined;
  /** Ends all streams, then all connections. */
  close(): Promise<void>;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
/** A client that sends its request this slowly is cut off (slow-loris). */
const HEADERS_MS = 10_000;
const REQUEST_MS = 60_000;
const MAX_CONNECTIONS = 4000;
const GRACE_MS = 1000;

export async function listenApi(api: Api, options: ListenOptions): Promise<Listening> {
  await api.app.ready();
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    api.streams.closeAll();
    await Promise.all(servers.map((server) => closeServer(api, server)));
    await api.app.close();
  };
  try {
    if (options.socket !== undefined) {
      const server = makeServer(api, () => true);
      await listenOnSocket(server, options.socket);
      servers.push(server);
    }
    const url = options.tcp === undefined ? undefined : await listenOnLoopback(api, options.tcp, servers);
    return { socket: options.socket, url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listenOnLoopback(api: Api, tcp: NonNullable<ListenOptions['tcp']>, servers: Server[]): Promise<string> {
  const { host, port, token } = tcp;
  if (!LOOPBACK.has(host))
    throw new DswarmError('DSW_API_LISTEN', `${host} is not a loopback address`, {
      hint: 'Listen on 127.0.0.1 or ::1; reach it from elsewhere through SSH (ssh -L).',
    });
  if (token.length < 16) throw new DswarmError('DSW_API_LISTEN', 'the token is shorter than 16 characters');
  const server = makeServer(api, (request) => isAuthorized(request.headers.authorization, token));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'EADDRINUSE' ? 'DSW_API_SOCKET_IN_USE' : 'DSW_API_LISTEN';
      reject(new DswarmError(code, `cannot listen: ${error.message}`, { where: `${host}:${port}`, cause: error }));
    });
    server.listen(port, host, resolve);
  });
  servers.push(server);
  const address = server.address() as AddressInfo;
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

type Allow = (request: IncomingMessage) => boolean;

function makeServer(api: Api, allow: Allow): Server {
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    if (allow(request)) return api.app.routing(request, response);
    const status = unauthorized();
    response
      .writeHead(status.code, { 'content-type': 'application/json', 'www-authenticate': 'Bearer, Basic realm="dswarm"' })
      .end(JSON.stringify(status));
  };
  const server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS }, handle);
  server.maxConnections = MAX_CONNECTIONS;
  server.on('upgrade', (request, socket, head) => {
    // Detached from the server's own list of connections: closed along with the streams.
    api.streams.closeWith(socket);
    void upgrade(api, { request, socket, head, allowed: allow(request) });
  });
  return server;
}

function unauthorized(): ReturnType<typeof statusOf> {
  return statusOf(new DswarmError('DSW_API_UNAUTHORIZED', 'a token is required'));
}

/** Exec: refusals are answered as HTTP, then the connection speaks frames. */
async function upgrade(api: Api, from: { request: IncomingMessage; socket: Duplex; head: Buffer; allowed: boolean }): Promise<void> {
  const { request, socket, head, allowed } = from;
  // Until the streams are joined, a client that leaves must not bring the process down.
  socket.on('error', () => socket.destroy());
  try {
    if (!allowed) return refuse(socket, unauthorized());
    const exec = parseExec(api.deps, request);
    const session = await startExec(api.deps, exec);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${EXEC_PROTOCOL}\r\n\r\n`);
    if (head.length > 0) socket.unshift(head);
    await joinExec(session, socket, { tty: exec.options.tty, size: exec.size });
  } catch (error) {
    const status = toStatus(error);
    if (status.code >= 500) api.deps.log.warn({ error }, 'exec failed');
    refuse(socket, status);
  }
}

function refuse(socket: Duplex, status: ReturnType<typeof statusOf>): void {
  const body = JSON.stringify(status);
  const head = [
    `HTTP/1.1 ${status.code} ${STATUS_CODES[status.code] ?? ''}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function closeServer(api: Api, server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cancel = api.deps.clock.after(GRACE_MS, () => server.closeAllConnections());
    server.close(() => {
      cancel();
      resolve();
    });
    server.closeIdleConnections();
  });
}
