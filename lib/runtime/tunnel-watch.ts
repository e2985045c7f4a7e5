import type { Clock } from '../ports/clock.ts';
import type { PlaneTunnel } from '../ports/plane.ts';

/** An end that is heard renews its handshake after two minutes, and what is three minutes old is of no use to either end. */
const STALE_MS = 200_000;
/** So long the first handshake may take. */
const FIRST_MS = 30_000;

/** Remembers for how long the far ends of a node's tunnels have been silent. */
export class TunnelWatch {
  readonly #clock: Clock;
  /** By public key: since when an end without any handshake is known. */
  readonly #begun = new Map<string, number>();
  #tunnels: readonly PlaneTunnel[] = [];
  #seenAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  see(tunnels: readonly PlaneTunnel[]): void {
    this.#tunnels = tunnels;
    this.#seenAt = this.#clock.monotonic();
    const keys = new Set(tunnels.map(({ publicKey }) => publicKey));
    for (const key of this.#begun.keys()) if (!keys.has(key)) this.#begun.delete(key);
    for (const key of keys) if (!this.#begun.has(key)) this.#begun.set(key, this.#seenAt);
  }

  /** Public keys of the ends that are not heard, as it was last seen. */
  silent(): string[] {
    return this.#tunnels.filter((tunnel) => this.#isSilent(tunnel)).map(({ publicKey }) => publicKey);
  }

  #isSilent({ publicKey, handshakeAgeMs }: PlaneTunnel): boolean {
    if (handshakeAgeMs !== undefined) return handshakeAgeMs > STALE_MS;
    return this.#seenAt - (this.#begun.get(publicKey) ?? this.#seenAt) >= FIRST_MS;
  }
}
