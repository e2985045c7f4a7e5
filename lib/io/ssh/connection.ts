import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { Client, ClientChannel, ConnectConfig } from 'ssh2';
import type { DswarmError } from '../../errors/error.ts';
import { planAuth, type AuthSources } from './auth.ts';
import type { Endpoint } from './config.ts';
import { isPassing, mapChannelError, mapSshError, type DialContext } from './errors.ts';
import type { HostNames } from './host-names.ts';
import { hostKeyOf, orderAlgorithms } from './host-key.ts';
import { judgeHostKey, knownTypes, type Trust } from './trust.ts';
import { loadTrust } from './trust-files.ts';
import { TunnelSocket } from './tunnel-socket.ts';

/** Milliseconds until the host must have let us in. */
const CONNECT_TIMEOUT = 15_000;
/**
 * Keeps something to be heard on every connection. Whoever uses it for long judges the silence (lib/plan/node-liveness.ts); for all others
 * it ends 20 s after the host was last heard. ssh2's own default is never.
 */
const KEEPALIVE = { keepaliveInterval: 2000, keepaliveCountMax: 9 };

/** One SSH connection to a host, through all its jump hosts. */
export interface SshConnection {
  /** Resolves once it has ended, with why. */
  readonly closed: Promise<DswarmError>;
  /** Grows with everything that comes from the host. */
  readonly heard: number;
  /** A channel to a unix socket on the host. */
  openSocket(path: string): Promise<TunnelSocket>;
  /** A channel to an address as the host sees it. */
  openTcp(host: string, port: number): Promise<Duplex>;
  /** Runs a command whose text is fixed, and tells what it prints. */
  run(command: string): Promise<string>;
  /** At once, without a goodbye. */
  close(): void;
}

/** What one hop of a connection came to, for the preflight to tell. */
export interface DialOptions {
  sources: AuthSources;
  /** Where hosts are by their names. */
  names: HostNames;
  /** Tells how far it came. */
  progress?: (stage: 'connected' | 'trusted' | 'authenticated', endpoint: Endpoint) => void;
}

/** Connects and logs in. Every hop's host key is verified before anything is sent to it. */
export async function dial(endpoint: Endpoint, options: DialOptions): Promise<SshConnection> {
  const trust = await loadTrust(endpoint, options.sources.home);
  const auth = await planAuth(endpoint, options.sources);
  const context = { endpoint, offered: auth.offered };
  if (endpoint.jump === undefined) return connect(context, trust, options, { authHandler: auth.methods });
  const jump = await dial(endpoint.jump, options);
  try {
    const sock = (await jump.openTcp(endpoint.host, endpoint.port)) as NonNullable<ConnectConfig['sock']>;
    const connection = await connect(context, trust, options, { authHandler: auth.methods, sock });
    void connection.closed.then(() => {
      jump.close();
    });
    return connection;
  } catch (error) {
    jump.close();
    throw error;
  }
}

function connect(context: DialContext, trust: Trust, options: DialOptions, more: ConnectConfig): Promise<SshConnection> {
  const { endpoint } = context;
  const client = new ssh2.Client();
  const sock = (more.sock as Duplex | undefined) ?? openTransport(endpoint, options.names);
  let refused: DswarmError | undefined;
  const hostVerifier = (blob: Buffer): boolean => {
    options.progress?.('connected', endpoint);
    refused = judgeHostKey(trust, hostKeyOf(blob));
    if (refused === undefined) options.progress?.('trusted', endpoint);
    return refused === undefined;
  };
  return new Promise((resolve, reject) => {
    const closed = endOf(client, context);
    closed.then((error) => {
      reject(refused ?? error);
    }, reject);
    client.once('ready', () => {
      options.progress?.('authenticated', endpoint);
      resolve(new Ssh2Connection({ client, transport: sock, endpoint, closed }));
    });
    client.connect({
      username: endpoint.user,
      readyTimeout: CONNECT_TIMEOUT,
      ...KEEPALIVE,
      hostVerifier,
      algorithms: { serverHostKey: orderAlgorithms(knownTypes(trust)) },
      ...more,
      sock,
    });
    // Without this a small call waits up to 40 ms for the acknowledgement of the one before (Nagle).
    client.setNoDelay(true);
  });
}

/** Our own, and not ssh2's: what comes over it is a sign of life. */
function openTransport({ host, port }: Endpoint, { lookup }: HostNames): Socket {
  return createConnection({ host, port, lookup }).setMaxListeners(0);
}

/** The first thing that ended a client, once. Listens for good: an error that nobody listens for would end the process. */
function endOf(client: Client, context: DialContext): Promise<DswarmError> {
  return new Promise((resolve) => {
    const end = (failure: unknown): void => {
      resolve(mapSshError(failure, context));
      client.destroy();
    };
    client.on('error', (error) => {
      if (!isPassing(error)) end(error);
    });
    client.on('close', () => {
      end(new Error('the connection ended'));
    });
  });
}

interface Opened {
  client: Client;
  transport: Duplex;
  endpoint: Endpoint;
  closed: Promise<DswarmError>;
}

class Ssh2Connection implements SshConnection {
  readonly closed: Promise<DswarmError>;
  readonly #client: Client;
  readonly #endpoint: Endpoint;
  #heard = 0;

  constructor({ client, transport, endpoint, closed }: Opened) {
    this.#client = client;
    this.#endpoint = endpoint;
    this.closed = closed;
    transport.on('data', () => (this.#heard += 1));
  }

  get heard(): number {
    return this.#heard;
  }

  openSocket(path: string): Promise<TunnelSocket> {
    return this.#open((done) => this.#client.openssh_forwardOutStreamLocal(path, done), path);
  }

  openTcp(host: string, port: number): Promise<TunnelSocket> {
    return this.#open((done) => this.#client.forwardOut('127.0.0.1', 0, host, port, done), `${host}:${String(port)}`);
  }

  run(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#client.exec(command, (error, channel) => {
        if (error !== undefined) {
          reject(error);
          return;
        }
        let output = '';
        channel.on('data', (chunk: Buffer) => (output += chunk.toString()));
        channel.stderr.resume();
        channel.on('close', () => {
          resolve(output);
        });
        channel.on('error', reject);
      });
    });
  }

  close(): void {
    this.#client.destroy();
  }

  #open(ask: (done: (error: Error | undefined, channel: ClientChannel) => void) => unknown, target: string): Promise<TunnelSocket> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        reject(mapChannelError(error, this.#endpoint.where, target));
      };
      try {
        ask((error, channel) => {
          if (error === undefined) resolve(new TunnelSocket(channel));
          else fail(error);
        });
      } catch (error) {
        // ssh2 throws where it is not connected.
        fail(error);
      }
    });
  }
}
