import { SHAPING_FIELDS_V1 } from '../plan/spec-hash.ts';
import type { ServiceSpec } from '../types/generated.ts';

type Template = Readonly<Record<string, unknown>>;

/** Fields of a spec that shape its containers, `restart` apart: only its condition does. */
const FIELDS: readonly (keyof ServiceSpec)[] = [...SHAPING_FIELDS_V1, 'resources'];

/** The part of a spec that shapes its containers: what a revision keeps. */
export function templateOf(spec: ServiceSpec): Record<string, unknown> {
  const entries = FIELDS.flatMap((field) => (spec[field] === undefined ? [] : [[field, spec[field]] as const]));
  return { ...Object.fromEntries(entries), restart: { condition: spec.restart.condition } };
}

/** The spec with its container-shaping part as a revision has it; what the revision does not have is taken away. */
export function withTemplate(spec: ServiceSpec, template: Template): ServiceSpec {
  const others = Object.entries(spec).filter(([field]) => !FIELDS.includes(field as keyof ServiceSpec));
  const restart = { ...spec.restart, ...(template['restart'] as ServiceSpec['restart']) };
  // A template was cut from a valid spec, so that put back it makes one.
  return { ...Object.fromEntries(others), ...template, restart } as ServiceSpec;
}

/** A merge patch that gives a spec the template's container-shaping part. */
export function templatePatch(spec: ServiceSpec, template: Template): Record<string, unknown> {
  const gone = FIELDS.filter((field) => spec[field] !== undefined && template[field] === undefined);
  const changed = Object.entries(template).filter(
    ([field, value]) => JSON.stringify(spec[field as keyof ServiceSpec]) !== JSON.stringify(value),
  );
  return { ...Object.fromEntries(changed), ...Object.fromEntries(gone.map((field) => [field, null])) };
}
