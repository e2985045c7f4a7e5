import { BehaviorSubject, type Observable } from 'rxjs';
import { DswarmError, hasCode } from '../errors/error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Docker } from '../ports/docker.ts';
import type { HostLink, LinkState } from '../ports/hosts.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { Metrics } from '../ports/metrics.ts';
import { createDocker, type Deadlines, type Engine } from './docker/engine.ts';
import { DockerGate } from './hosts-gate.ts';
import { Pulse } from './hosts-pulse.ts';
import type { Session } from './hosts-session.ts';
import { backoffDelay } from './ssh/backoff.ts';

export interface LinkOptions {
  node: string;
  clock: Clock;
  ids: Ids;
  log: Log;
  metrics: Metrics;
  open: () => Promise<Session>;
  /** Changes when known_hosts does; never rejects. */
  trustStamp: () => Promise<string>;
  deadlines?: Partial<Deadlines>;
}

/** A link that held less long counts as another failure, so that one that flaps is not retried at full speed. */
const STABLE = 10_000;
/** While the connection stands and only the engine is away, it is asked this often at least. */
const ENGINE_RETRY = 5000;
/** How often an untrusted host's known_hosts is looked at. */
const TRUST_POLL = 10_000;

const AUTH_CODES = ['DSW_SSH_AUTH_FAILED', 'DSW_SSH_NO_KEY', 'DSW_SSH_KEY_UNREADABLE', 'DSW_SSH_KEY_ENCRYPTED'] as const;
const TRUST_CODES = [
  'DSW_SSH_HOST_KEY_UNKNOWN',
  'DSW_SSH_HOST_KEY_CHANGED',
  'DSW_SSH_HOST_KEY_REVOKED',
  'DSW_SSH_HOST_KEY_INVALID',
] as const;

/**
 * Keeps one host's link up: connect, agree on a version, listen to its pulse; on failure wait and begin again. The connection may outlive the engine:
 * while sshd answers and Docker does not, it stays, and only the engine is tried again.
 */
export class Link implements HostLink {
  readonly docker: Docker;
  readonly #options: LinkOptions;
  readonly #log: Log;
  readonly #gate: DockerGate;
  readonly #state = new BehaviorSubject<LinkState>({ phase: 'connecting' });
  #engine: Engine | undefined;
  #session: Session | undefined;
  /** Of the engine in use, or the last one that was. */
  #pulse: Pulse | undefined;
  #closed = false;
  #failures = 0;
  #wake: (() => void) | undefined;
  #poked = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#log = options.log.child({ node: options.node });
    this.#gate = new DockerGate({
      engine: () => this.#engine ?? this.#whyNot(),
      suspect: () => {
        if (this.#state.value.phase === 'ready') this.#poke();
      },
      heard: () => this.#pulse?.note(),
    });
    this.docker = this.#gate.docker;
    void this.#run();
  }

  get state$(): Observable<LinkState> {
    return this.#state;
  }

  silentMs(): number {
    if (this.#state.value.phase !== 'ready' || this.#pulse === undefined) return 0;
    return Math.max(0, this.#options.clock.monotonic() - this.#pulse.lastSign);
  }

  retry(): void {
    this.#poke();
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    this.#engine = undefined;
    this.#gate.rejectPending(this.#whyNot());
    this.#session?.close();
    this.#wake?.();
    this.#state.complete();
    return Promise.resolve();
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      // Before the attempt: a change made while it ran must count, too.
      const trust = await this.#options.trustStamp();
      const begun = this.#options.clock.monotonic();
      const error = await this.#live();
      if (this.#closed) return;
      this.#lost(error);
      if (this.#options.clock.monotonic() - begun > STABLE) this.#failures = 0;
      this.#failures += 1;
      if (this.#state.value.phase === 'untrusted') await this.#untilTrustChanges(trust);
      else await this.#pause(this.#delay(error));
    }
  }

  /** One session from its beginning to its end; tells why it ended. */
  async #live(): Promise<DswarmError> {
    const { metrics, node, open } = this.#options;
    try {
      const session = await open();
      this.#session = session;
      const end: { error?: DswarmError } = {};
      void session.closed.then((error) => {
        end.error = error;
        // At once: whoever waits for an answer on it waits in vain.
        if (this.#session === session) this.#lost(error);
        this.#wake?.();
      });
      if (this.#closed) session.close();
      metrics.count('dswarm_ssh_connects_total', { host: node });
      const ended = (): boolean => this.#closed || end.error !== undefined;
      while (!ended()) await this.#useEngine(session, ended);
      return end.error ?? this.#whyNot();
    } catch (error) {
      return this.#known(error);
    } finally {
      this.#session?.close();
      this.#session = undefined;
    }
  }

  /** From the first answer of the engine to its last; then waits a little. */
  async #useEngine(session: Session, ended: () => boolean): Promise<void> {
    const { clock, metrics, node, deadlines = {} } = this.#options;
    const engine = createDocker({ address: session.address, clock, where: node, metrics, deadlines });
    const begun = clock.monotonic();
    try {
      await engine.negotiate();
      if (ended()) return;
      this.#engine = engine;
      this.#pulse = this.#pulseOf(engine, session, ended);
      this.#become({ phase: 'ready' });
      return await this.#pulse.watch();
    } catch (error) {
      if (ended()) return;
      this.#engine = undefined;
      // Nothing comes over the connection any more: only a new one can tell that the host is back.
      if (this.#pulse?.isHostGone === true) throw error;
      const why = await session.explain(this.#known(error));
      if (ended()) return;
      this.#lost(why);
      this.#failures = clock.monotonic() - begun > STABLE ? 1 : this.#failures + 1;
      await this.#pause(Math.min(this.#delay(why), ENGINE_RETRY));
    }
  }

  #pulseOf(engine: Engine, session: Session, ended: () => boolean): Pulse {
    const { clock, metrics, node } = this.#options;
    return new Pulse({
      node,
      clock,
      ping: () => engine.ping(),
      heard: session.heard,
      pause: (ms) => this.#pause(ms),
      wake: () => this.#poke(),
      ended,
      measured: (rttMs) => metrics.set('dswarm_host_rtt_seconds', rttMs / 1000, { host: node }),
    });
  }

  /** All callers learn of it, once; then the state tells. */
  #lost(error: DswarmError): void {
    if (this.#closed) return;
    this.#engine = undefined;
    this.#gate.rejectPending(unreachable(this.#options.node, error));
    if (hasCode(error, ...TRUST_CODES)) {
      // It is not absent: should it be so later, that absence begins then.
      this.#pulse = undefined;
      this.#become({ phase: 'untrusted', error });
    } else this.#become({ phase: 'unreachable', error, lastSign: this.#pulse?.lastSign });
  }

  #become(state: LinkState): void {
    const before = this.#state.value;
    if (before.phase === state.phase && codeOf(before) === codeOf(state)) return;
    this.#state.next(state);
    if (state.phase === 'ready') this.#log.info({}, 'host ready');
    else if ('error' in state) {
      this.#log.warn({ code: state.error.code, error: state.error.message }, `host ${state.phase}`);
      this.#options.metrics.count('dswarm_ssh_failures_total', { host: this.#options.node, reason: state.error.code });
    }
  }

  #delay(error: DswarmError): number {
    const kind = hasCode(error, ...AUTH_CODES) ? 'auth' : 'network';
    return backoffDelay(this.#failures, kind, this.#options.ids.random());
  }

  /** Nothing is sent to an untrusted host until somebody says so, or known_hosts changes. */
  async #untilTrustChanges(before: string): Promise<void> {
    for (;;) {
      const poked = await this.#pause(TRUST_POLL);
      if (poked || this.#closed || (await this.#options.trustStamp()) !== before) return;
    }
  }

  /** Waits; a poke, the end of the session or a close wake it. Tells whether it was poked. */
  async #pause(ms: number): Promise<boolean> {
    if (!this.#poked && !this.#closed) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.after(ms, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
      this.#wake = undefined;
    }
    const poked = this.#poked;
    this.#poked = false;
    return poked;
  }

  /** Cuts the current wait short, or else the next one. */
  #poke(): void {
    this.#poked = true;
    this.#wake?.();
  }

  #known(error: unknown): DswarmError {
    if (error instanceof DswarmError) return error;
    this.#log.error({ error: String(error) }, 'unexpected failure of a host link');
    return new DswarmError('DSW_HOST_UNREACHABLE', error instanceof Error ? error.message : String(error), {
      where: this.#options.node,
      cause: error,
    });
  }

  #whyNot(): DswarmError {
    const state = this.#state.value;
    if ('error' in state) return unreachable(this.#options.node, state.error);
    const message = this.#closed ? 'the link is closed' : 'not connected yet';
    return new DswarmError('DSW_HOST_UNREACHABLE', message, { where: this.#options.node });
  }
}

function codeOf(state: LinkState): string {
  return 'error' in state ? `${state.error.code} ${state.error.message}` : '';
}

/** The port promises this code while a link is down; the state's error tells the exact cause. */
function unreachable(node: string, error: DswarmError): DswarmError {
  if (error.code === 'DSW_HOST_UNREACHABLE') return error;
  return new DswarmError('DSW_HOST_UNREACHABLE', error.message, { where: node, hint: error.hint, cause: error });
}
