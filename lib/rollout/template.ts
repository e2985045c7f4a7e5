import { reachShape, SHAPING_FIELDS_V1 } from '../plan/spec-hash.ts';
import type { Port, ServiceSpec } from '../types/generated.ts';
import { defined } from '../types/defined.ts';
import { sameJson } from '../types/same-json.ts';

type Template = Readonly<Record<string, unknown>>;

/** Fields of a spec that shape its containers, `restart` apart: only its condition does. */
const FIELDS: readonly (keyof ServiceSpec)[] = [...SHAPING_FIELDS_V1, 'resources'];

/** The part of a spec that shapes its containers: what a revision keeps. */
export function templateOf(spec: ServiceSpec): Record<string, unknown> {
  const entries = FIELDS.flatMap((field) => (spec[field] === undefined ? [] : [[field, spec[field]] as const]));
  return { ...Object.fromEntries(entries), restart: { condition: spec.restart.condition } };
}

/** The spec with its container-shaping part as a revision has it; what the revision does not have is taken away. */
export function withTemplate(spec: ServiceSpec, kept: Template): ServiceSpec {
  const template = withReach(spec, kept);
  const others = Object.entries(spec).filter(([field]) => !FIELDS.includes(field as keyof ServiceSpec));
  const restart = { ...spec.restart, ...(template['restart'] as ServiceSpec['restart']) };
  // A template was cut from a valid spec, so that put back it makes one.
  return { ...Object.fromEntries(others), ...template, restart } as ServiceSpec;
}

/** A merge patch that gives a spec the template's container-shaping part. */
export function templatePatch(spec: ServiceSpec, kept: Template): Record<string, unknown> {
  const template = withReach(spec, kept);
  const gone = FIELDS.filter((field) => spec[field] !== undefined && template[field] === undefined);
  const changed = Object.entries(template).filter(
    ([field, value]) => JSON.stringify(spec[field as keyof ServiceSpec]) !== JSON.stringify(value),
  );
  return { ...Object.fromEntries(changed), ...Object.fromEntries(gone.map((field) => [field, null])) };
}

/** An empty list is there only where it was: it is not an absent one. */
function listOf(ports: readonly Port[], before: readonly Port[] | undefined): readonly Port[] | undefined {
  return ports.length > 0 || before?.length === 0 ? ports : undefined;
}

/** Ports that the data plane publishes, and aliases, are no part of a container: they stay as the spec has them, whatever the revision had. */
function withReach(spec: ServiceSpec, template: Template): Template {
  const { ports, networks, ...others } = template as Partial<Pick<ServiceSpec, 'ports' | 'networks'>>;
  const [now, then] = [reachShape(spec), reachShape({ ...(ports && { ports }), ...(networks && { networks }) })];
  const published = (spec.ports ?? []).filter((port) => port.mode === 'ingress');
  const bound = (ports ?? []).filter((port) => port.mode === 'host');
  const reach = {
    ports: sameJson(now.ports, then.ports) ? spec.ports : listOf([...published, ...bound], ports),
    networks: sameJson(now.networks, then.networks) ? spec.networks : networks,
  };
  return { ...others, ...defined(reach) };
}
