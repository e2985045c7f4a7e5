import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Clock } from '../../ports/clock.ts';

/** After so many ms of silence from the name server, what it said last counts. */
export const SLOW_MS = 2_000;

export type Resolve = (name: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void;

const resolveAll: Resolve = (name, done) => {
  systemLookup(name, { all: true }, done);
};

/**
 * Where hosts are, by their names: as the resolver of this machine says, or as it said last while it fails or is slow. A host is not lost
 * because its name is. All addresses are given, of both families, so that a connection can fall back from one to the next.
 */
export class HostNames {
  readonly #clock: Clock;
  readonly #resolve: Resolve;
  readonly #last = new Map<string, LookupAddress[]>();

  constructor(clock: Clock, resolve: Resolve = resolveAll) {
    this.#clock = clock;
    this.#resolve = resolve;
  }

  /** For net.connect. */
  readonly lookup: LookupFunction = (name, { all }, done) => {
    const answer = (addresses: LookupAddress[]): void => {
      const [first] = addresses;
      if (all === true) done(null, addresses);
      else done(null, first?.address ?? '', first?.family);
    };
    this.#find(name).then(answer, (error: NodeJS.ErrnoException) => {
      done(error, '');
    });
  };

  #find(name: string): Promise<LookupAddress[]> {
    return new Promise((resolve, reject) => {
      const useLast = (): void => {
        const last = this.#last.get(name);
        if (last !== undefined) resolve(last);
      };
      const cancel = this.#clock.after(SLOW_MS, useLast);
      this.#resolve(name, (error, addresses) => {
        cancel();
        if (error === null) this.#last.set(name, addresses);
        else useLast();
        // Whoever has an answer already hears no second one.
        if (error === null) resolve(addresses);
        else reject(error);
      });
    });
  }
}
