/** Which nodes lead to which engine. Two that lead to one would count and act twice: the first by name is served, the others are its twins. */
export class EngineOwners {
  readonly #engines = new Map<string, string>();
  readonly #nodes = new Map<string, Set<string>>();

  /** Name of the node that has the same engine and is served, if it is not this one. */
  twinOf(node: string): string | undefined {
    const first = this.#firstWith(this.#engines.get(node));
    return first === node ? undefined : first;
  }

  /** A node's engine is known now, or no longer (undefined). Returns the other nodes for which the answer changed. */
  set(node: string, engine: string | undefined): string[] {
    const known = engine === '' ? undefined : engine;
    const before = this.#engines.get(node);
    if (before === known) return [];
    const concerned = [...this.#with(before), ...this.#with(known)].filter((other) => other !== node);
    const answers = concerned.map((other) => this.twinOf(other));
    this.#move(node, before, known);
    return concerned.filter((other, index) => this.twinOf(other) !== answers[index]);
  }

  #move(node: string, before: string | undefined, after: string | undefined): void {
    this.#engines.delete(node);
    const left = this.#nodes.get(before ?? '');
    left?.delete(node);
    if (left?.size === 0) this.#nodes.delete(before ?? '');
    if (after === undefined) return;
    this.#engines.set(node, after);
    const joined = this.#nodes.get(after) ?? new Set();
    this.#nodes.set(after, joined.add(node));
  }

  #with(engine: string | undefined): ReadonlySet<string> {
    return this.#nodes.get(engine ?? '') ?? new Set();
  }

  #firstWith(engine: string | undefined): string | undefined {
    let first: string | undefined;
    for (const node of this.#with(engine)) if (first === undefined || node < first) first = node;
    return first;
  }
}
