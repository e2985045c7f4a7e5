import { LABELS } from '../../lib/plan/names.ts';
import type { ContainerConfig } from '../../lib/ports/docker.ts';
import type { FakeEngine } from '../fakes/docker.ts';
import type { SimCall } from './fate.ts';

const STEPS: ReadonlySet<string> = new Set(['createContainer', 'startContainer', 'stopContainer', 'removeContainer']);

/** That a node is listed after a failed step and before the next one for the same slot there (invariant 8). */
export class ReadBacks {
  /** Slots whose last step failed, by node, and with what call. */
  readonly #unread = new Map<string, Map<string, string>>();
  /** Calls of the controller that runs. */
  #own = new WeakSet<SimCall>();

  /** A call left the controller. What is wrong with it, if anything is. */
  sent(call: SimCall, engine: FakeEngine): string | undefined {
    this.#own.add(call);
    if (call.op === 'listContainers' && isWhole(call)) this.#unread.delete(call.node);
    const slot = slotOf(call, engine);
    const failed = slot === undefined ? undefined : this.#unread.get(call.node)?.get(slot);
    if (failed === undefined) return undefined;
    return `${call.op} for ${slot ?? ''} on ${call.node} though its containers were not listed since ${failed} failed`;
  }

  /** The controller heard that a call failed, or nothing. */
  failed(call: SimCall, engine: FakeEngine): void {
    const slot = slotOf(call, engine);
    if (slot === undefined || !this.#own.has(call)) return;
    const slots = this.#unread.get(call.node) ?? new Map<string, string>();
    this.#unread.set(call.node, slots.set(slot, `${call.op} #${call.serial}`));
  }

  /** Another controller: it lists all nodes before it does anything. */
  restarted(): void {
    this.#unread.clear();
    this.#own = new WeakSet();
  }
}

const isWhole = ({ args }: SimCall): boolean => (args[0] as { ids?: unknown }).ids === undefined;

function slotOf({ op, args }: SimCall, engine: FakeEngine): string | undefined {
  if (!STEPS.has(op)) return undefined;
  const config = op === 'createContainer' ? (args[1] as ContainerConfig) : engine.containers.get(String(args[0]))?.config;
  return config === undefined ? undefined : `${config.Labels[LABELS.service] ?? ''}.${config.Labels[LABELS.slot] ?? ''}`;
}
