import { DSWARM } from './paths.ts';
import { attempt, poll, say } from './shell.ts';

export interface ServiceView {
  metadata: { name: string; namespace?: string; uid?: string; generation?: number };
  status?: {
    state?: string;
    summary?: string;
    message?: string;
    observedGeneration?: number;
    conditions?: { type: string; status: string }[];
  };
}

export interface TaskView {
  metadata: { name: string; namespace?: string };
  spec: { service: string; slot: string; node: string; containerName: string };
  status?: { state?: string; containerId?: string };
}

function list<T>(kind: string): T[] | undefined {
  const result = attempt(DSWARM, ['get', kind, '-A', '-o', 'json']);
  return result.code === 0 ? (JSON.parse(result.stdout) as { items: T[] }).items : undefined;
}

export const listServices = (): ServiceView[] => list<ServiceView>('services') ?? [];
export const listTasks = (): TaskView[] => list<TaskView>('tasks') ?? [];

export function isReady({ metadata, status }: ServiceView): boolean {
  return (
    status?.observedGeneration === metadata.generation &&
    status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true
  );
}

/** Prints a line whenever a service gets further, until all are ready. */
export async function watchUntilReady(expected: number, timeout: number): Promise<void> {
  const started = performance.now();
  const shown = new Map<string, string>();
  await poll(
    () => {
      const services = listServices();
      for (const service of services) showProgress(service, shown, performance.now() - started);
      return services.length >= expected && services.every(isReady) ? true : undefined;
    },
    { every: 250, timeout, what: 'all services are ready (bin/dswarm get services; bin/dswarm events)' },
  );
}

function showProgress(service: ServiceView, shown: Map<string, string>, ms: number): void {
  const name = `${service.metadata.namespace ?? 'default'}/${service.metadata.name}`;
  const line = `${service.status?.summary ?? '-'} ${service.status?.state ?? 'Pending'}`;
  if (shown.get(name) === line) return;
  shown.set(name, line);
  say(`  ${`${(ms / 1000).toFixed(1)} s`.padStart(7)}  ${name.padEnd(20)} ${line}`);
}
