/** What stands between tasks and their clients, as those see it who stop tasks. Tasks are named NAMESPACE/NAME. */
export interface Serving {
  /**
   * No new connection reaches the task. Resolves once every node that answers has acknowledged it; a node that does not is not waited for
   * longer than a few seconds. Never rejects.
   */
  withdraw(task: string): Promise<void>;
  /** It stays after all: it gets connections again as soon as it is fit for them. */
  restore(task: string): void;
}
