import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { isObject, readSchemas, refName, titleOf, type Json } from './schema.ts';

/** Absolute ids become local references, so that one document holds every kind. */
function localRef(ref: string): string {
  return ref.replace(/^dswarm\/v1\/common#/, '#');
}

/**
 * The stored form of a schema: what has a default is always there, and a short form (a string beside an object) has become the object.
 * The manifest form, what a user may write, is the schema itself.
 */
function stored(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(stored);
  if (!isObject(node)) return node;
  // One type, wherever it is used: what stands beside the reference would make another.
  if (typeof node['$ref'] === 'string' && refName(node['$ref']) === 'ServiceSpec') return { $ref: localRef(node['$ref']) };
  const out: Json = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === 'x-dswarm' || key === '$id' || key === '$schema') continue;
    out[key] = key === '$ref' && typeof value === 'string' ? localRef(value) : stored(value);
  }
  return withRequiredDefaults(withoutShortForms(out));
}

function withoutShortForms(node: Json): Json {
  const forms = node['anyOf'];
  if (!Array.isArray(forms) || forms.length !== 2) return node;
  const [short, long] = forms as Json[];
  return short?.['type'] === 'string' && long?.['type'] === 'object' ? { ...long, ...omit(node, 'anyOf') } : node;
}

function omit(node: Json, key: string): Json {
  return Object.fromEntries(Object.entries(node).filter(([name]) => name !== key));
}

function withRequiredDefaults(node: Json): Json {
  const properties = node['properties'];
  if (!isObject(properties)) return node;
  const required = new Set((node['required'] as string[] | undefined) ?? []);
  for (const [name, property] of Object.entries(properties)) {
    if (isObject(property) && 'default' in property) required.add(name);
  }
  const closed = 'additionalProperties' in node ? node : { ...node, additionalProperties: false };
  return { ...closed, required: [...required] };
}

const stripForTypes = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(stripForTypes);
  if (!isObject(node)) return node;
  // Lengths of arrays would become tuple types.
  const { minItems: _min, maxItems: _max, propertyNames: _names, ...rest } = node;
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, stripForTypes(value)]));
};

/** The text of lib/types/generated.ts, made from every schema in the folder. */
export async function renderTypes(folder: string): Promise<string> {
  const { kinds, common } = readSchemas(folder);
  const defs: Json = { ...common };
  for (const kind of kinds) defs[titleOf(kind)] = kind;
  const document = {
    title: 'Kinds',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(kinds.map((kind) => [titleOf(kind), { $ref: `#/$defs/${titleOf(kind)}` }])),
    required: kinds.map(titleOf),
    $defs: stored(defs),
  };
  return compile(stripForTypes(document) as JSONSchema, 'Kinds', {
    bannerComment: '/* Generated from schemas/ by `make gen`. Do not edit. */',
    additionalProperties: false,
    style: { singleQuote: true, printWidth: 120 },
  });
}
