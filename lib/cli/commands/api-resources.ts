import type { Command } from 'commander';
import { API_ROOT } from '../../client/client.ts';
import { printLine, type Io } from '../io.ts';
import { addClientOptions, openSession } from '../session.ts';
import { renderTable } from '../table.ts';

/** APIResourceList of Kubernetes' discovery. */
interface ResourceList {
  groupVersion: string;
  resources: { name: string; kind: string; namespaced: boolean; shortNames?: string[]; verbs?: string[]; categories?: string[] }[];
}

export function define(command: Command, io: Io): void {
  addClientOptions(command)
    .usage('[flags]')
    .option('--no-headers', 'print no header')
    .option('-o, --output <format>', 'wide or name')
    .action(async (options: { headers: boolean; output?: string }, self: Command) => {
      const { client } = openSession(self, io);
      const list = await client.call<ResourceList>({ method: 'GET', path: API_ROOT });
      const resources = list.resources.filter((resource) => !resource.name.includes('/'));
      if (options.output === 'name') {
        for (const resource of resources) printLine(io, resource.name);
        return;
      }
      const wide = options.output === 'wide';
      const rows = resources.map((resource) => [
        resource.name,
        (resource.shortNames ?? []).join(','),
        list.groupVersion,
        String(resource.namespaced),
        resource.kind,
        ...(wide ? [(resource.verbs ?? []).join(','), (resource.categories ?? []).join(',')] : []),
      ]);
      const names = ['name', 'shortnames', 'apiversion', 'namespaced', 'kind', ...(wide ? ['verbs', 'categories'] : [])];
      const lines = renderTable(names, rows);
      for (const line of options.headers ? lines : lines.slice(1)) printLine(io, line);
    });
}
