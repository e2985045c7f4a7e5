import { COMMON_SCHEMA } from '../manifest/shared-schema.ts';
import { usage } from './resources.ts';

/** As much of JSON Schema as the files under schemas/ use. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

export interface Explained {
  kind: string;
  schema: object;
  fields: readonly string[];
}

/** The description of a kind or of one of its fields, laid out as `kubectl explain` does. */
export function explainPath({ kind, schema, fields }: Explained): string[] {
  let current: Schema = schema;
  for (const [index, field] of fields.entries()) {
    const next = childOf(current, field);
    if (next === undefined) {
      const known = Object.keys(propertiesOf(current));
      throw usage(
        `field ${JSON.stringify(field)} does not exist in ${[kind, ...fields.slice(0, index)].join('.')}`,
        known.length === 0 ? 'It has no fields.' : `Its fields are ${known.join(', ')}.`,
      );
    }
    current = next;
  }
  const shape = resolve(current);
  const last = fields.at(-1);
  return [
    'GROUP:      dswarm',
    `KIND:       ${kind}`,
    'VERSION:    v1',
    '',
    ...(last === undefined ? [] : [`FIELD: ${last} <${typeName(current)}>`, '']),
    'DESCRIPTION:',
    `    ${shape.description ?? '<none>'}`,
    ...valueLines(shape).map((line) => `    ${line}`),
    ...fieldLines(current),
  ];
}

function fieldLines(schema: Schema): string[] {
  const required = new Set(innermost(schema).required);
  const entries = Object.entries(propertiesOf(schema));
  if (entries.length === 0) return [];
  const lines = entries.flatMap(([name, field]) => {
    const details = [field.description ?? resolve(field).description ?? '', ...valueLines(resolve(field))].filter((line) => line !== '');
    return [`  ${name}\t<${typeName(field)}>${required.has(name) ? ' -required-' : ''}`, ...details.map((line) => `    ${line}`), ''];
  });
  return ['', 'FIELDS:', ...lines.slice(0, -1)];
}

function valueLines(schema: Schema): string[] {
  const lines = schema.enum === undefined ? [] : [`One of: ${schema.enum.map(String).join(', ')}`];
  return schema.default === undefined ? lines : [...lines, `Default: ${JSON.stringify(schema.default)}`];
}

function typeName(field: Schema): string {
  const schema = resolve(field);
  if (schema.items !== undefined) return `[]${typeName(schema.items)}`;
  if (schema.properties !== undefined) return 'Object';
  if (typeof schema.additionalProperties === 'object') return `map[string]${typeName(schema.additionalProperties)}`;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeName))].join(' or ');
  if (schema.type === undefined) return 'string';
  return Array.isArray(schema.type) ? schema.type.join(' or ') : schema.type;
}

function childOf(schema: Schema, field: string): Schema | undefined {
  return Object.hasOwn(propertiesOf(schema), field) ? propertiesOf(schema)[field] : undefined;
}

function propertiesOf(schema: Schema): Record<string, Schema> {
  return innermost(schema).properties ?? {};
}

/** The object that a field holds, or that a list or map of it holds. */
function innermost(schema: Schema): Schema {
  const shape = resolve(schema);
  if (shape.items !== undefined) return innermost(shape.items);
  if (shape.properties === undefined && typeof shape.additionalProperties === 'object') return innermost(shape.additionalProperties);
  const choice = (shape.anyOf ?? shape.oneOf)?.find((each) => resolve(each).properties !== undefined);
  return choice === undefined ? shape : resolve(choice);
}

/** Follows a reference into the common schema; what stands beside the reference wins. */
function resolve(schema: Schema): Schema {
  const { $ref, ...own } = schema;
  const name = $ref?.split('#/$defs/')[1];
  if (name === undefined) return schema;
  const shared = COMMON_SCHEMA.$defs as unknown as Record<string, Schema>;
  return { ...resolve(shared[name] ?? {}), ...own };
}
