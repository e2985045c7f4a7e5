import type { Observable } from 'rxjs';
import type { DswarmError } from '../errors/error.ts';
import type { NodeSpec } from '../types/generated.ts';
import type { Docker } from './docker.ts';

export type LinkState =
  | { phase: 'connecting' }
  | { phase: 'ready' }
  /** Will be tried again by itself, with backoff. */
  | {
      phase: 'unreachable';
      error: DswarmError;
      /** When it last gave a sign of life, on the monotonic clock; absent: never. */ lastSign?: number | undefined;
    }
  /** Host key changed, not known or revoked: no traffic until the manifest or known_hosts changes. */
  | { phase: 'untrusted'; error: DswarmError };

/** A lasting link to one host: one SSH connection (or a local socket), kept up by itself. */
export interface HostLink {
  /** Replays the current state to each subscriber. */
  readonly state$: Observable<LinkState>;
  /** Calls reject with DSW_HOST_UNREACHABLE at once while the link is not ready. */
  readonly docker: Docker;
  /** Milliseconds since the host or its engine last gave a sign of life; 0 while the link is not ready. */
  silentMs(): number;
  /** Tries to reconnect at once instead of waiting for the backoff. */
  retry(): void;
  /** Ends the connection and all channels; idempotent. */
  close(): Promise<void>;
}

export interface HostTarget {
  /** The node's name, for messages. */
  node: string;
  spec: NodeSpec;
  /** Finds another Node by name, for proxyJump. */
  jump?: (node: string) => NodeSpec | undefined;
}

export interface Hosts {
  connect(target: HostTarget): HostLink;
}
