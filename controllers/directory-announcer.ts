import type { SourceError } from '../lib/types/generated.ts';
import type { SyncPlan } from '../lib/source/types.ts';
import type { ObjectRef } from '../lib/types/objects.ts';
import type { DirectoryControllerOptions } from './directory-options.ts';

/** Tells people what is new about a source: each error once, each change of state once. */
export class Announcer {
  readonly #options: Pick<DirectoryControllerOptions, 'events' | 'log' | 'metrics'>;
  readonly #source: ObjectRef;
  #told: ReadonlySet<string> = new Set();
  #state: SyncPlan['state'] = 'Ready';

  constructor(options: Pick<DirectoryControllerOptions, 'events' | 'log' | 'metrics'>, source: ObjectRef) {
    this.#options = options;
    this.#source = source;
  }

  announce(plan: SyncPlan): void {
    const { events, metrics } = this.#options;
    const lines = new Map(plan.errors.map((error) => [lineOf(error), error]));
    for (const [line, error] of lines) if (!this.#told.has(line)) this.#tellError(line, error);
    this.#told = new Set(lines.keys());
    metrics.set('dswarm_source_errors', new Set(plan.errors.map(({ file }) => file)).size, { source: this.#source.name });
    if (plan.state === this.#state) return;
    this.#state = plan.state;
    events.emit(this.#source, plan.state === 'Ready' ? 'Normal' : 'Warning', plan.state, plan.message);
  }

  #tellError(line: string, { file, code }: SourceError): void {
    const { events, log, metrics } = this.#options;
    log.warn({ file, code, error: line }, 'a file is not applied');
    events.emit(this.#source, 'Warning', 'FileRefused', line);
    metrics.count('dswarm_admission_denied_total', { code });
  }
}

function lineOf({ file, line, column, code, message }: SourceError): string {
  const where = line === undefined ? file : `${file}:${line}:${column}`;
  return `${where}: ${message} [${code}]`;
}
