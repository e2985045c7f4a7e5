import type { DswarmError } from '../../lib/errors/error.ts';
import type { PlaneAck, PlaneFiles, PlaneStatus, Planes, PlaneTarget, PlaneUpdate } from '../../lib/ports/plane.ts';

/** What a node was told. */
export interface PlaneApply {
  node: string;
  generation: number;
  kind: 'full' | 'change';
  files: PlaneFiles;
}

/** Planes in memory: remembers what was applied where, fails where it is told to. */
export class FakePlanes implements Planes {
  readonly applies: PlaneApply[] = [];
  /** Nodes whose next calls reject, with what. */
  readonly failures = new Map<string, DswarmError>();
  readonly #generations = new Map<string, number>();

  ensure(target: PlaneTarget): Promise<PlaneStatus> {
    return this.status(target);
  }

  async status({ node }: PlaneTarget): Promise<PlaneStatus> {
    await this.#check(node);
    return { generation: this.#generations.get(node) ?? 0, publicKey: `key of ${node}` };
  }

  async apply({ node }: PlaneTarget, update: PlaneUpdate): Promise<PlaneAck> {
    await this.#check(node);
    const { generation, change } = update;
    const small = change !== undefined && change.base === this.#generations.get(node);
    this.applies.push({ node, generation, kind: small ? 'change' : 'full', files: small ? change.files : update.full() });
    this.#generations.set(node, generation);
    return { generation, appliedMs: 0, totalMs: 0 };
  }

  close(): void {
    this.failures.clear();
  }

  #check(node: string): Promise<void> {
    const failure = this.failures.get(node);
    return failure === undefined ? Promise.resolve() : Promise.reject(failure);
  }
}
