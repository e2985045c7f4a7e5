import { DswarmError } from '../errors/error.ts';

/** Where a controller listens. */
export type Address = { type: 'socket'; path: string } | { type: 'url'; url: URL; token: string | undefined };

export interface AddressChoice {
  socket?: string | undefined;
  server?: string | undefined;
  token?: string | undefined;
}

export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** User id; 0 is root. */
  uid: number;
}

const SYSTEM_SOCKET = '/run/dswarm/dswarm.sock';

/** The socket a controller listens on if none is named: the system's for root, else one in the user's own runtime directory. */
export function defaultSocket({ env, uid }: Surroundings): string {
  if (env.DSWARM_SOCKET !== undefined && env.DSWARM_SOCKET !== '') return env.DSWARM_SOCKET;
  if (uid === 0) return SYSTEM_SOCKET;
  return `${env.XDG_RUNTIME_DIR ?? `/run/user/${uid}`}/dswarm.sock`;
}

/** Flags win over the environment; a server over a socket. */
export function chooseAddress(choice: AddressChoice, surroundings: Surroundings): Address {
  const { env } = surroundings;
  if (choice.socket !== undefined) return { type: 'socket', path: choice.socket };
  const server = choice.server ?? env.DSWARM_SERVER;
  if (server === undefined || server === '') return { type: 'socket', path: defaultSocket(surroundings) };
  return { type: 'url', url: parseServer(server), token: choice.token ?? env.DSWARM_TOKEN };
}

function parseServer(server: string): URL {
  const text = server.includes('://') ? server : `http://${server}`;
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (['http:', 'https:'].includes(url.protocol)) return url;
  }
  throw new DswarmError('DSW_CLI_USAGE', `--server ${server} is not an address`, {
    expected: 'http://HOST:PORT',
    found: server,
    hint: 'Write it as http://HOST:PORT.',
  });
}

export function describeAddress(address: Address): string {
  return address.type === 'socket' ? `unix socket ${address.path}` : address.url.origin;
}
