import cronJobSchema from '../../schemas/cronjob.schema.json' with { type: 'json' };
import eventSchema from '../../schemas/event.schema.json' with { type: 'json' };
import networkSchema from '../../schemas/network.schema.json' with { type: 'json' };
import nodeSchema from '../../schemas/node.schema.json' with { type: 'json' };
import revisionSchema from '../../schemas/revision.schema.json' with { type: 'json' };
import serviceSchema from '../../schemas/service.schema.json' with { type: 'json' };
import sourceSchema from '../../schemas/source.schema.json' with { type: 'json' };
import taskSchema from '../../schemas/task.schema.json' with { type: 'json' };
import type { Column, KindInfo } from '../types/kinds.ts';
import type { Kind } from '../types/objects.ts';

/** Shape of x-dswarm in a schema: what it leaves out has a default. */
interface Extension {
  scope: string;
  plural: string;
  singular: string;
  shortNames?: string[];
  categories?: string[];
  subresources?: string[];
  readOnly?: boolean;
  columns: { name: string; path: string; otherwise?: string; type?: string; priority?: number; default?: string | number }[];
}

/** The schemas by kind, as files under schemas/ have them. */
export const SCHEMAS: Readonly<Record<Kind, object>> = {
  CronJob: cronJobSchema,
  Event: eventSchema,
  Network: networkSchema,
  Node: nodeSchema,
  Revision: revisionSchema,
  Service: serviceSchema,
  Source: sourceSchema,
  Task: taskSchema,
};

export const KINDS: Readonly<Record<Kind, KindInfo>> = {
  CronJob: describeKind('CronJob', cronJobSchema['x-dswarm']),
  Event: describeKind('Event', eventSchema['x-dswarm']),
  Network: describeKind('Network', networkSchema['x-dswarm']),
  Node: describeKind('Node', nodeSchema['x-dswarm']),
  Revision: describeKind('Revision', revisionSchema['x-dswarm']),
  Service: describeKind('Service', serviceSchema['x-dswarm']),
  Source: describeKind('Source', sourceSchema['x-dswarm']),
  Task: describeKind('Task', taskSchema['x-dswarm']),
};

function describeKind(kind: Kind, extension: Extension): KindInfo {
  return {
    kind,
    scope: extension.scope as KindInfo['scope'],
    plural: extension.plural,
    singular: extension.singular,
    shortNames: extension.shortNames ?? [],
    categories: extension.categories ?? [],
    subresources: extension.subresources ?? [],
    readOnly: extension.readOnly ?? false,
    columns: extension.columns.map((column) => ({
      ...column,
      type: (column.type ?? 'string') as Column['type'],
      priority: column.priority ?? 0,
    })),
  };
}

/** Finds a kind by its name, plural, singular or short name, in any case, as kubectl does. */
export function findKind(text: string): KindInfo | undefined {
  const wanted = text.toLowerCase();
  return Object.values(KINDS).find((info) => [info.kind.toLowerCase(), info.plural, info.singular, ...info.shortNames].includes(wanted));
}

/** The kinds that users write. */
export function writableKinds(): Kind[] {
  return Object.values(KINDS)
    .filter((info) => !info.readOnly)
    .map((info) => info.kind);
}
