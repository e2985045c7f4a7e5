import { Agent, type AgentOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Agents } from '../docker/modem.ts';

/** Opens one channel to the engine's socket. */
export type OpenSocket = () => Promise<Duplex>;

/** Connections for quick calls; more wait in line. */
const CALLS = 16;
/** Streams last, and each is asked for by somebody; this only keeps a mistake from opening channels without end. */
const STREAMS = 512;

class TunnelAgent extends Agent {
  readonly #open: OpenSocket;

  constructor(open: OpenSocket, options: AgentOptions) {
    super(options);
    this.#open = open;
  }

  override createConnection(_options: object, done: (error: Error | null, socket: Duplex) => void): undefined {
    this.#open().then(
      (socket) => {
        done(null, socket);
      },
      (error: unknown) => {
        // http.Agent looks at the socket only where there is no error.
        (done as (error: unknown) => void)(error);
      },
    );
  }
}

/** The two agents of one SSH connection. */
export function tunnelAgents(open: OpenSocket): Agents {
  return {
    calls: new TunnelAgent(open, { keepAlive: true, maxSockets: CALLS, maxFreeSockets: CALLS }),
    streams: new TunnelAgent(open, { keepAlive: false, maxSockets: STREAMS }),
  };
}

/** The same two for an engine that needs no tunnel. */
export function directAgents(): Agents {
  return {
    calls: new Agent({ keepAlive: true, maxSockets: CALLS, maxFreeSockets: CALLS }),
    streams: new Agent({ keepAlive: false, maxSockets: STREAMS }),
  };
}

/** Destroys their sockets: calls under way fail. */
export function destroyAgents(agents: Agents): void {
  agents.calls.destroy();
  agents.streams.destroy();
}
