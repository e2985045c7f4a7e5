import { isObject } from '../merge/json.ts';
import type { JsonObject, JsonValue } from '../types/objects.ts';

/** Where references in schemas/ lead, by their text. */
export type Definitions = ReadonlyMap<string, JsonObject>;

/** References that stay references in OpenAPI, to the component of that name. */
export type Components = ReadonlyMap<string, string>;

/** Of JSON Schema 2020-12, what OpenAPI 3.0 does not know. */
const DROPPED = new Set([
  '$schema',
  '$id',
  '$defs',
  'title',
  'x-dswarm',
  'propertyNames',
  'examples',
  '$comment',
  'dependentRequired',
  'if',
  'then',
  'else',
  'not',
]);
/** Below these keys are schemas by name, not a schema. */
const MAPS = new Set(['properties', 'patternProperties']);

/** A JSON Schema of schemas/ as OpenAPI 3.0 writes it, with what it refers to written out. */
export function toOpenApi(schema: JsonValue, definitions: Definitions, components: Components): JsonValue {
  if (Array.isArray(schema)) return schema.map((item) => toOpenApi(item, definitions, components));
  if (!isObject(schema)) return schema;
  const { $ref, ...rest } = schema;
  if (typeof $ref === 'string') return resolve($ref, rest, { definitions, components });
  const entries = Object.entries(rest).filter(([key]) => !DROPPED.has(key));
  return Object.assign({}, ...entries.map(([key, value]) => convertEntry(key, value, { definitions, components }))) as JsonObject;
}

interface Context {
  definitions: Definitions;
  components: Components;
}

function resolve(reference: string, beside: JsonObject, { definitions, components }: Context): JsonValue {
  const component = components.get(reference);
  // Keys beside $ref would be ignored: allOf keeps the description.
  if (component !== undefined) return { ...beside, allOf: [{ $ref: `#/components/schemas/${component}` }] };
  const target = definitions.get(reference);
  if (target === undefined) throw new Error(`the schemas have no ${reference}`);
  return toOpenApi({ ...target, ...beside }, definitions, components);
}

function convertEntry(key: string, value: JsonValue, { definitions, components }: Context): JsonObject {
  if (MAPS.has(key) && isObject(value)) {
    return { [key]: Object.fromEntries(Object.entries(value).map(([name, child]) => [name, toOpenApi(child, definitions, components)])) };
  }
  if (key === 'const') return { type: typeof value, enum: [value] };
  if (key === 'type' && Array.isArray(value))
    return { type: value.find((type) => type !== 'null') ?? 'string', nullable: value.includes('null') };
  if (key === 'enum' && Array.isArray(value)) return { type: typeof value[0], enum: value };
  if (key === 'default' || key === 'required') return { [key]: value };
  return { [key]: toOpenApi(value, definitions, components) };
}

/** Definitions of a common schema by the texts that refer to them, from itself (`#/$defs/X`) and from others (`ID#/$defs/X`). */
export function definitionsOf(common: JsonObject): Definitions {
  const id = typeof common.$id === 'string' ? common.$id : '';
  const named = isObject(common.$defs) ? Object.entries(common.$defs) : [];
  return new Map(
    named.flatMap(([name, schema]) => [
      [`#/$defs/${name}`, schema as JsonObject],
      [`${id}#/$defs/${name}`, schema as JsonObject],
    ]),
  );
}
