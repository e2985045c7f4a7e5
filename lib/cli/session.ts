import type { Command } from 'commander';
import { chooseAddress } from '../client/address.ts';
import { createClient, type Client } from '../client/client.ts';
import { printNote, type Io } from './io.ts';

export interface ClientOptions {
  namespace?: string;
  allNamespaces?: boolean;
  socket?: string;
  server?: string;
  token?: string;
}

/** What a client command works with. */
export interface Session {
  io: Io;
  client: Client;
  /** Where names are looked up. */
  namespace: string;
  /** Where lists are taken from; undefined: from all namespaces. */
  listNamespace: string | undefined;
}

export const DEFAULT_NAMESPACE = 'default';
export const GLOBAL_FLAGS = 'Global flags:';

export function addClientOptions(command: Command): Command {
  return command
    .optionsGroup(GLOBAL_FLAGS)
    .option('-n, --namespace <name>', `namespace of the objects (default: ${DEFAULT_NAMESPACE})`)
    .option('--socket <path>', "the controller's unix socket (default: $DSWARM_SOCKET, else the system's or the user's)")
    .option('--server <url>', "http://HOST:PORT of the controller's TCP listener (default: $DSWARM_SERVER)")
    .option('--token <token>', 'token for --server (default: $DSWARM_TOKEN)')
    .optionsGroup('Flags:');
}

export function openSession(command: Command, io: Io): Session {
  const options = command.optsWithGlobals<ClientOptions>();
  const namespace = options.namespace ?? DEFAULT_NAMESPACE;
  const client = createClient(chooseAddress(options, io), (text) => {
    printNote(io, `Warning: ${text}`);
  });
  return { io, client, namespace, listNamespace: options.allNamespaces === true ? undefined : namespace };
}
