import { DswarmError, hasCode } from '../errors/error.ts';
import { ENGINE_SILENT_MS, hear, judgeSilence, lastSign, LISTEN_MS, PROBE_MS, type Absence, type Signs } from '../plan/node-liveness.ts';
import type { Clock } from '../ports/clock.ts';

export interface PulseOptions {
  node: string;
  clock: Clock;
  ping: () => Promise<void>;
  /** Grows with everything that comes from the host; absent: nothing but the engine can be heard. */
  heard: (() => number) | undefined;
  /** Waits, less long where there is reason to ask the engine at once; tells whether there was. */
  pause: (ms: number) => Promise<boolean>;
  /** Ends such a pause. */
  wake: () => void;
  ended: () => boolean;
  measured: (rttMs: number) => void;
}

/** Milliseconds after which a ping is repeated, over another connection. */
const LOST_MS = ENGINE_SILENT_MS / 3;

/** How much a new measurement counts against those before. */
const SMOOTHING = 0.2;

/** Listens to one engine and its host by two signals, and asks when it is quiet. One late answer is not an absence. */
export class Pulse {
  readonly #options: PulseOptions;
  #signs: Signs;
  #count: number;
  #answered = false;
  #rttMs = 0;
  /** When each ping under way was sent. */
  readonly #asked = new Set<number>();
  #absence: Absence | undefined;
  #failure: Error | undefined;

  constructor(options: PulseOptions) {
    const now = options.clock.monotonic();
    this.#options = options;
    this.#count = options.heard?.() ?? 0;
    this.#signs = { host: options.heard === undefined ? undefined : now, engine: now };
  }

  /** When the host or its engine was last heard, on the monotonic clock. */
  get lastSign(): number {
    return lastSign(this.#signs);
  }

  /** Whether the link is to be given up for nothing of the host was heard, neither of its sshd nor of its engine. */
  get isHostGone(): boolean {
    return this.#absence?.who === 'host';
  }

  /** The engine has answered a call. */
  note(): void {
    this.#answered = true;
  }

  /** Until the session has ended; throws why the link is to be given up. */
  async watch(): Promise<void> {
    const { clock, pause, ended } = this.#options;
    for (;;) {
      const begun = clock.monotonic();
      const isUrgent = await pause(LISTEN_MS);
      if (ended()) return;
      const now = clock.monotonic();
      this.#listen(now, now - begun - LISTEN_MS);
      if (this.#failure !== undefined) throw this.#failure;
      this.#absence = judgeSilence(this.#signs, this.#rttMs, now);
      if (this.#absence !== undefined) throw this.#gone(this.#absence);
      if (this.#isDue(now, isUrgent)) void this.#ask();
    }
  }

  /** One ping at a time; a second one where the first is without an answer for so long that it may be lost. */
  #isDue(now: number, isUrgent: boolean): boolean {
    if (this.#asked.size > 0) return now - Math.max(...this.#asked) >= LOST_MS;
    return isUrgent || now - this.#signs.engine >= PROBE_MS - LISTEN_MS;
  }

  #listen(now: number, lateMs: number): void {
    const count = this.#options.heard?.() ?? 0;
    this.#signs = hear(this.#signs, { host: count !== this.#count, engine: this.#answered, lateMs }, now);
    this.#count = count;
    this.#answered = false;
  }

  async #ask(): Promise<void> {
    const { clock, ping, measured, wake } = this.#options;
    const sent = clock.monotonic();
    this.#asked.add(sent);
    try {
      await ping();
      const rttMs = clock.monotonic() - sent;
      this.#rttMs += SMOOTHING * (rttMs - this.#rttMs);
      this.#answered = true;
      measured(rttMs);
    } catch (error) {
      // That it did not answer in time shows in the silence; a broken or refused connection is an answer of its own.
      if (!hasCode(error, 'DSW_DOCKER_TIMEOUT')) {
        this.#failure = error instanceof Error ? error : new Error(String(error));
        wake();
      }
    } finally {
      this.#asked.delete(sent);
    }
  }

  #gone({ who, silentMs }: Absence): DswarmError {
    const seconds = (silentMs / 1000).toFixed(1);
    const where = this.#options.node;
    if (who === 'host') return new DswarmError('DSW_HOST_UNREACHABLE', `no sign of life for ${seconds} s`, { where });
    return new DswarmError('DSW_DOCKER_TIMEOUT', `the engine has not answered for ${seconds} s`, { where });
  }
}
