import type { NodeFacts } from '../schedule/node-facts.ts';
import type { ServiceSpec, TaskSpec } from '../types/generated.ts';
import type { StoredService } from '../types/objects.ts';

/** What placeholders are filled with. */
export interface TemplateContext {
  service: StoredService;
  /** The Task object's name, and what it says. */
  task: { name: string; spec: Partial<TaskSpec> & Pick<TaskSpec, 'slot'> };
  /** Absent: the node is not known any more; what tells of it is empty. */
  node: NodeFacts | undefined;
}

/** Swarm's placeholders (SwarmKit template/context.go). A task's slot is its number, or its node's name for global services. */
const PLACEHOLDERS: Readonly<Record<string, (context: TemplateContext) => string>> = {
  '.Service.ID': ({ service }) => service.metadata.uid,
  '.Service.Name': ({ service }) => service.metadata.name,
  '.Node.ID': ({ node }) => node?.id ?? '',
  '.Node.Hostname': ({ node }) => node?.hostname ?? '',
  '.Node.Platform.OS': ({ node }) => node?.os ?? '',
  '.Node.Platform.Architecture': ({ node }) => node?.arch ?? '',
  '.Task.ID': ({ task }) => task.name.slice(task.name.lastIndexOf('.') + 1),
  '.Task.Name': ({ task }) => task.name,
  '.Task.Slot': ({ task }) => task.spec.slot,
};

/** Braces that ask for something of ours. Others are left alone: env often carries templates of other programs. */
const ACTION = /\{\{\s*((?:\.|index\s|(?:Service|Task|Node)\b|"\{\{").*?)\s*\}\}/g;
const UNCLOSED = /\{\{\s*\..*/s;
const LABEL = /^(?:\.Service\.Labels\.([A-Za-z0-9_]+)|index\s+\.Service\.Labels\s+"([^"]+)")$/;
/** Go's way to write braces that are no placeholder: `{{"{{"}}`. */
const BRACES = '"{{"';

export const TEMPLATE_HINT = `Known are ${Object.keys(PLACEHOLDERS).join(', ')} and .Service.Labels.NAME; write {{"{{"}} for braces that are no placeholder.`;

/** What the text asks for and nobody can fill in: the placeholder as written. */
export function findUnknownPlaceholders(text: string): string[] {
  const unknown = [...text.matchAll(ACTION)].filter(([, action]) => resolverOf(action as string) === undefined).map(([whole]) => whole);
  const unclosed = UNCLOSED.exec(text.replace(ACTION, ''));
  return unclosed === null ? unknown : [...unknown, unclosed[0]];
}

/** Fills in what is known; anything else stays as it is, as admission has refused it. */
export function expandText(text: string, context: TemplateContext): string {
  if (!text.includes('{{')) return text;
  return text.replace(ACTION, (whole, action: string) => resolverOf(action)?.(context) ?? whole);
}

/** The spec of one task's container: hostname, values of env, and sources and targets of volumes filled in (as in Swarm). */
export function expandSpec(context: TemplateContext): ServiceSpec {
  const { spec } = context.service;
  const expand = (text: string): string => expandText(text, context);
  return {
    ...spec,
    ...(spec.hostname === undefined ? {} : { hostname: expand(spec.hostname) }),
    ...(spec.env === undefined ? {} : { env: Object.fromEntries(Object.entries(spec.env).map(([name, value]) => [name, expand(value)])) }),
    ...(spec.volumes === undefined
      ? {}
      : {
          volumes: spec.volumes.map((mount) => ({
            ...mount,
            target: expand(mount.target),
            ...(mount.source === undefined ? {} : { source: expand(mount.source) }),
          })),
        }),
  };
}

function resolverOf(action: string): ((context: TemplateContext) => string) | undefined {
  if (action === BRACES) return () => '{{';
  const label = LABEL.exec(action);
  if (label !== null) return ({ service }) => service.metadata.labels?.[(label[1] ?? label[2]) as string] ?? '';
  return Object.hasOwn(PLACEHOLDERS, action) ? PLACEHOLDERS[action] : undefined;
}
