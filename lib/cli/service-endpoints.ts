import type { StoredNode, StoredService, StoredTask } from '../types/objects.ts';
import { cellText } from './table.ts';

interface Section {
  title: string;
  names: string[];
  rows: string[][];
}

/** How clients find a service: its name and ports, what is behind them, and which nodes know. Empty where it is in no network. */
export function endpointTables(service: StoredService, tasks: readonly StoredTask[], nodes: readonly StoredNode[]): Section[] {
  const { endpoint, ports = [] } = service.status ?? {};
  if (endpoint === undefined) return [];
  return [
    {
      title: 'Endpoint',
      names: ['Network', 'Mode', 'Address'],
      rows: endpoint.addresses.map(({ network, address }) => [network, endpoint.mode, address]),
    },
    {
      title: 'Ports',
      names: ['Published', 'Target', 'Protocol', 'Mode'],
      rows: ports.map(({ published, target, protocol, mode }) => [String(published), String(target), protocol, mode]),
    },
    { title: 'Endpoints', names: ['Task', 'Node', 'Network', 'Address'], rows: tasks.flatMap(endpointRows) },
    { title: 'Nodes', names: ['Name', 'Acknowledged', 'Network Ready', 'Message'], rows: nodes.map(nodeRow) },
  ].filter(({ rows }) => rows.length > 0);
}

/** Those that get connections. */
function endpointRows({ metadata, spec, status }: StoredTask): string[][] {
  if (status?.state !== 'Running' || status.desiredState === 'Shutdown') return [];
  return Object.entries(spec.addresses ?? {}).map(([network, address]) => [metadata.name, spec.node, network, address]);
}

function nodeRow({ metadata, status }: StoredNode): string[] {
  const ready = status?.conditions?.find(({ type }) => type === 'NetworkReady');
  return [metadata.name, cellText(status?.plane?.generation), cellText(ready?.status), cellText(ready?.message)];
}
