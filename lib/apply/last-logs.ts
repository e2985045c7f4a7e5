/** Last lines of containers that were removed, by owner and task, for as long as somebody may ask for them. */
export class LastLogs {
  readonly #byOwner = new Map<string, Map<string, string>>();

  set(owner: string, task: string, text: string): void {
    const logs = this.#byOwner.get(owner) ?? new Map<string, string>();
    logs.set(task, text);
    this.#byOwner.set(owner, logs);
  }

  get(owner: string, task: string): string | undefined {
    return this.#byOwner.get(owner)?.get(task);
  }

  /** Forgets those of all of the owner's tasks but these. */
  keep(owner: string, tasks: ReadonlySet<string>): void {
    const logs = this.#byOwner.get(owner);
    for (const task of logs?.keys() ?? []) if (!tasks.has(task)) logs?.delete(task);
    if (logs?.size === 0) this.#byOwner.delete(owner);
  }

  /** How many are kept. */
  get size(): number {
    return [...this.#byOwner.values()].reduce((sum, logs) => sum + logs.size, 0);
  }
}
