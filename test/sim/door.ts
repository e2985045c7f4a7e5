import { DswarmError } from '../../lib/errors/error.ts';
import { sleep, type Clock } from '../../lib/ports/clock.ts';
import type { Docker, EngineEvent } from '../../lib/ports/docker.ts';
import type { FakeEngine } from '../fakes/docker.ts';
import { Fanout } from '../fakes/streams.ts';
import { deadlineOf, type FateSource, type SimCall } from './fate.ts';

export interface DoorOptions {
  node: string;
  engine: FakeEngine;
  clock: Clock;
  fates: () => FateSource;
  nextSerial: () => number;
  /** A call leaves its caller. */
  sending: (call: SimCall) => void;
  /** Its caller hears that it failed, or gives up. */
  failed: (call: SimCall) => void;
  /** Just before a call is applied: what it may not do is caught here. */
  applying: (call: SimCall) => void;
  /** Just after: kills the controller, when its fate says so. */
  killController: () => void;
  /** A call fails though nothing is wrong with it. `isSilent`: it was a question, and nothing is answered. */
  isUnheard: (isSilent: boolean) => void;
  /** A call will be applied after its caller has given up: in so many ms. */
  isLate: (ms: number) => void;
  note: (text: string) => void;
}

const MUTATING: ReadonlySet<string> = new Set([
  'createNetwork',
  'removeNetwork',
  'connectNetwork',
  'pullImage',
  'createContainer',
  'startContainer',
  'stopContainer',
  'removeContainer',
]);
const STREAMS: ReadonlySet<string> = new Set(['events', 'logs']);

/** What stands between a host's link and its engine: it makes calls fail, hang, come late or lose their answers. */
export class Door {
  readonly docker: Docker;
  readonly #options: DoorOptions;
  /** While the engine hangs: settles when it goes on. */
  #frozen: Promise<void> | undefined;
  #thaw: () => void = () => undefined;
  /** Calls that change something and are on their way. */
  #underWay = 0;
  /** What each call that changes something takes beside its own time, ms. */
  #slowness = 0;

  constructor(options: DoorOptions) {
    this.#options = options;
    this.docker = new Proxy<Docker>(options.engine, {
      get: (engine, property): unknown => {
        const op = property as keyof Docker;
        if (op === 'events') return (given: Parameters<Docker['events']>[0]) => this.#events(given);
        const method = engine[op] as (...args: unknown[]) => unknown;
        if (STREAMS.has(op)) return method.bind(engine);
        return (...args: unknown[]) => this.#call(op, args, () => method.apply(engine, args) as Promise<unknown>);
      },
    });
  }

  /** The engine takes calls and answers none, as under SIGSTOP. */
  freeze(): void {
    if (this.#frozen === undefined) this.#frozen = new Promise((resolve) => (this.#thaw = resolve));
  }

  /** It does all that it was asked meanwhile. */
  thaw(): void {
    this.#frozen = undefined;
    this.#thaw();
  }

  /** What it does next nobody may be waiting for any more: the controller that asked for it is gone. */
  get hasOrphans(): boolean {
    return this.#underWay > 0;
  }

  slowDown(ms: number): void {
    this.#slowness = ms;
  }

  async #call(op: keyof Docker, args: unknown[], apply: () => Promise<unknown>): Promise<unknown> {
    const { clock, node, nextSerial, fates } = this.#options;
    const call: SimCall = { serial: nextSerial(), node, op, mutating: MUTATING.has(op), args };
    this.#options.sending(call);
    const fate = fates().call(call);
    if (call.mutating && fate.kind !== 'refuse' && fate.kind !== 'drop') this.#underWay += 1;
    const outcome = this.#meetFate(call, fate, apply);
    const fail = (error: unknown, reject: (error: unknown) => void): void => {
      this.#options.failed(call);
      reject(error);
    };
    return new Promise<unknown>((resolve, reject) => {
      const cancel = clock.after(deadlineOf(call), () =>
        fail(new DswarmError('DSW_DOCKER_TIMEOUT', `${op} took longer than its deadline`, { where: node }), reject),
      );
      void outcome.finally(cancel).then(resolve, (error: unknown) => fail(error, reject));
    });
  }

  async #meetFate(call: SimCall, fate: ReturnType<FateSource['call']>, apply: () => Promise<unknown>): Promise<unknown> {
    const { clock, node } = this.#options;
    const never = new Promise<never>(() => undefined);
    if (fate.kind === 'refuse' || fate.kind === 'drop') this.#options.isUnheard(fate.kind === 'drop' && !call.mutating);
    if (fate.kind !== 'pass') this.#options.note(`${node} ${call.op} #${call.serial}: ${fate.kind}`);
    switch (fate.kind) {
      case 'pass': {
        const before = fate.before + (call.mutating ? this.#slowness : 0);
        if (before > 0) await sleep(clock, before);
        const answer = await this.#apply(call, apply);
        if (fate.after > 0) await sleep(clock, fate.after);
        return answer;
      }
      case 'refuse':
        throw new DswarmError('DSW_DOCKER_REFUSED', 'server error: injected', { where: node });
      case 'drop':
        return never;
      case 'lost':
        await this.#apply(call, apply);
        return never;
      case 'late':
        this.#options.isLate(deadlineOf(call) + fate.by);
        await sleep(clock, deadlineOf(call) + fate.by);
        await this.#apply(call, apply);
        return never;
      case 'kill':
        await this.#apply(call, apply);
        this.#options.killController();
        return never;
    }
  }

  async #apply(call: SimCall, apply: () => Promise<unknown>): Promise<unknown> {
    while (this.#frozen !== undefined) await this.#frozen;
    if (call.mutating) this.#underWay -= 1;
    this.#options.applying(call);
    if (call.mutating) this.#options.note(`${call.node} ${call.op} #${call.serial} ${describe(call, this.#options.engine)}`);
    return apply();
  }

  async *#events(given: Parameters<Docker['events']>[0]): AsyncGenerator<EngineEvent> {
    while (this.#frozen !== undefined) await this.#frozen;
    const out = new Fanout<EngineEvent>();
    const own = new AbortController();
    const signal = AbortSignal.any([given.signal, own.signal]);
    const pump = async (): Promise<void> => {
      for await (const event of this.#options.engine.events({ ...given, signal })) this.#forward(event, out);
    };
    const relayed = out.read(signal);
    const first = relayed.next();
    pump().then(
      () => out.end(),
      (error: unknown) => out.end(error as Error),
    );
    try {
      for (let step = await first; step.done !== true; step = await relayed.next()) yield step.value;
    } finally {
      own.abort();
    }
  }

  #forward(event: EngineEvent, out: Fanout<EngineEvent>): void {
    const fate = this.#options.fates().event(this.#options.node);
    switch (fate.kind) {
      case 'drop':
        return;
      case 'delay':
        this.#options.clock.after(fate.ms, () => out.push(event));
        return;
      case 'twice':
        out.push(event);
        out.push(event);
        return;
      case 'pass':
        out.push(event);
    }
  }
}

function describe(call: SimCall, engine: FakeEngine): string {
  const subject = String(call.args[0]);
  return engine.containers.get(subject)?.name ?? subject;
}
