import type { Store } from '../lib/ports/store.ts';
import type { Cluster } from '../lib/runtime/cluster.ts';
import type { TaskIndex } from '../lib/runtime/task-index.ts';
import { nodeFacts } from '../lib/schedule/facts.ts';
import type { NodeFacts } from '../lib/schedule/node-facts.ts';

export interface FactSources {
  store: Store;
  index: TaskIndex;
  cluster: Cluster;
}

/** All nodes as the scheduler sees them for one service. */
export function gatherFacts({ store, index, cluster }: FactSources, serviceKey: string): NodeFacts[] {
  return store
    .snapshot()
    .list('Node')
    .map((node) => {
      const { name } = node.metadata;
      return nodeFacts({
        node,
        observation: cluster.observation(name),
        tasks: index.countOn(name),
        usedPorts: index.portsOn(name, serviceKey),
        reserved: index.reservedOn(name),
      });
    });
}
