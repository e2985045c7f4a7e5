import { iterationHash } from '../../lib/jobs/iteration.ts';
import { isJob } from '../../lib/jobs/modes.ts';
import { LABELS } from '../../lib/plan/names.ts';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import type { StoreEvent } from '../../lib/ports/store.ts';
import type { StoredService } from '../../lib/types/objects.ts';
import type { FakeContainer } from '../fakes/container.ts';
import { WORK } from './images.ts';
import { GRACE_MS } from './reach.ts';
import { eligibleNodes } from './wanted.ts';
import type { SimWorld } from './world.ts';

/** What became of one slot of one iteration of one job, as its engines saw it. */
interface Account {
  completions: number;
  failures: number;
  /** The last completion: where and when, monotonic ms. */
  node: string;
  at: number;
}

const labelOf = ({ config }: FakeContainer, key: keyof typeof LABELS): string => config.Labels[LABELS[key]] ?? '';
const keyOf = (uid: string, iteration: string | number, slot: string): string => `${uid}/${iteration}/${slot}`;
const accountOf = (container: FakeContainer): string =>
  keyOf(labelOf(container, 'serviceUid'), labelOf(container, 'iteration'), labelOf(container, 'slot'));
const nothing = (): Account => ({ completions: 0, failures: 0, node: '', at: 0 });

/** Counts the runs of jobs at the engines, and tells which is one too many. */
export class JobLedger {
  readonly #world: SimWorld;
  readonly #accounts = new Map<string, Account>();
  /** Ids of containers that were told to stop: how they end tells nothing of their work. */
  readonly #told = new Set<string>();
  /** Slots of which nobody may know whether their task was told to stop before it had done its work. */
  readonly #unsure = new Set<string>();
  #isNodeGone = false;

  constructor(world: SimWorld) {
    this.#world = world;
  }

  /** A stop or a removal reaches the container. */
  stopping({ id }: FakeContainer): void {
    this.#told.add(id);
  }

  /** Whoever told the container to stop does not hear what came of it. */
  unheard(container: FakeContainer): void {
    if (labelOf(container, 'iteration') !== '') this.#unsure.add(accountOf(container));
  }

  /** A controller that begins does not know what the one before it told those that were to go. */
  restarted(): void {
    for (const { spec, status } of this.#world.store.snapshot().list('Task'))
      if (status?.desiredState === 'Shutdown' && spec.iteration !== undefined)
        this.#unsure.add(keyOf(spec.serviceUid, spec.iteration, spec.slot));
  }

  stored({ type, object }: StoreEvent): void {
    if (object.kind === 'Node' && type === 'DELETED') this.#isNodeGone = true;
  }

  /** A process ended. */
  ended(node: string, container: FakeContainer): void {
    const iteration = labelOf(container, 'iteration');
    if (iteration === '' || this.#told.has(container.id)) return;
    const account = this.#account(container);
    if (container.exitCode !== 0) account.failures += 1;
    else Object.assign(account, { completions: account.completions + 1, node, at: this.#world.clock.monotonic() });
  }

  /** What is wrong with a job's container starting now on the node, if anything is. */
  checkStart(container: FakeContainer, node: string): string | undefined {
    if (labelOf(container, 'iteration') === '') return undefined;
    // A start that comes late starts even what has ended since.
    if (this.#world.reach.has(node)) return undefined;
    return this.#whyAgain(container) ?? this.#whyMany(container);
  }

  /** What differs between the job and one that has run as often as it was to. */
  differences(service: StoredService): string[] {
    const { metadata, status } = service;
    const { name } = metadata;
    const end = service.spec.image === WORK.fail ? 'Failed' : 'Complete';
    if (status?.observedGeneration !== metadata.generation) return [`the status of job ${name} is of an older generation`];
    const isIdle = end === 'Complete' && service.spec.mode === 'global-job' && this.#slots(service).length === 0;
    if (status.state !== end && !isIdle) return [`job ${name} is ${status.state ?? ''}: ${status.message ?? ''}`];
    return this.#slots(service).flatMap((slot) => this.#wrongRuns(service, slot));
  }

  #wrongRuns({ metadata: { name, uid }, spec, status }: StoredService, slot: string): string[] {
    const key = keyOf(uid, status?.job?.iteration ?? 0, slot);
    const { completions, failures } = this.#accounts.get(key) ?? nothing();
    if (spec.image !== WORK.fail) {
      const isRight = this.#isExact(spec, key) ? completions === 1 : completions >= 1;
      return isRight ? [] : [`job ${name}.${slot} has completed ${completions} times`];
    }
    const tries = 1 + (spec.restart.maxAttempts ?? 0);
    const isRight = !this.#world.reach.isUntouched || this.#areNodesChanged() || failures === tries;
    return isRight ? [] : [`job ${name}.${slot} has failed ${failures} times, not ${tries}`];
  }

  /** A node that left a global job, or the cluster, counts anew. */
  #isExact({ mode }: ServiceSpec, key: string): boolean {
    if (!this.#world.reach.isUntouched) return false;
    return !this.#areNodesChanged() || (mode === 'replicated-job' && !this.#isNodeGone && !this.#unsure.has(key));
  }

  #areNodesChanged(): boolean {
    return this.#world.names.some((node) => this.#world.wasChanged(node));
  }

  #slots(service: StoredService): string[] {
    const { mode, replicas } = service.spec;
    if (mode !== 'global-job') return Array.from({ length: replicas }, (_, slot) => String(slot));
    return eligibleNodes(this.#world, service)
      .filter(({ spec }) => spec.availability === 'active')
      .map((node) => node.metadata.name);
  }

  /** It has done its work, and that is written down, or was to be seen for long enough. */
  #whyAgain(container: FakeContainer): string | undefined {
    const { completions, node, at } = this.#account(container);
    const slot = labelOf(container, 'slot');
    const hash = labelOf(container, 'specHash');
    const isKnown = this.#world.store
      .snapshot()
      .list('Task')
      .filter(({ spec }) => spec.slot === slot && spec.specHash === hash && spec.serviceUid === labelOf(container, 'serviceUid'))
      .some(({ status }) => status?.state === 'Complete' && status.desiredState !== 'Shutdown');
    const isLongAgo = completions > 0 && this.#world.clock.monotonic() - at > GRACE_MS && !this.#world.reach.has(node);
    return isKnown || isLongAgo ? `${container.name} runs again though it has completed` : undefined;
  }

  /** Outside the reach of faults no more run at a time than may. */
  #whyMany(container: FakeContainer): string | undefined {
    const name = labelOf(container, 'service');
    const service = this.#world.service(name);
    const { reach } = this.#world;
    if (service === undefined || !isJob(service.spec)) return undefined;
    const isBeside = (other: FakeContainer): boolean =>
      other.id !== container.id && (['serviceUid', 'iteration'] as const).every((key) => labelOf(other, key) === labelOf(container, key));
    const beside = this.#world
      .ours()
      .filter((each) => each.container.state === 'running' && isBeside(each.container) && !reach.has(each.node));
    const twin = beside.find((each) => labelOf(each.container, 'slot') === labelOf(container, 'slot'));
    if (twin !== undefined) return `${container.name} starts while it runs on ${twin.node}`;
    const { mode, replicas, maxConcurrent = replicas } = service.spec;
    // A start that was under way when the spec changed is of the one before.
    if (labelOf(container, 'specHash') !== iterationHash(service.spec, Number(labelOf(container, 'iteration')))) return undefined;
    if (mode !== 'replicated-job' || beside.length < maxConcurrent) return undefined;
    return `${beside.length + 1} tasks of job ${name} run, with at most ${maxConcurrent} allowed`;
  }

  #account(container: FakeContainer): Account {
    const key = accountOf(container);
    const account = this.#accounts.get(key) ?? nothing();
    this.#accounts.set(key, account);
    return account;
  }
}
