import { isObject } from '../merge/json.ts';
import type { JsonObject, JsonValue } from '../types/objects.ts';
import { message, type Field } from './protobuf.ts';

/** What kubectl before 1.27 asks for, and cannot do without: it validates and explains by this document, in this encoding only: the name it has in Accept. */
export const OPENAPI_V2_TYPE = 'application/com.github.proto-openapi.spec.v2@v1.0';

/**
 * The OpenAPI 3 document as an OpenAPI 2 one, encoded by gnostic's openapiv2/OpenAPIv2.proto; the numbers are that file's. Only what
 * kubectl reads of it: definitions, and which patches take which parameters.
 */
export function encodeOpenApiV2(document: JsonObject): Buffer {
  const { title, version } = objectAt(document, 'info');
  const info = message([1, title as string], [2, version as string]);
  const paths = Object.entries(objectAt(document, 'paths')).map(([name, item]): Field => [2, named(name, encodePath(item as JsonObject))]);
  const schemas = objectAt(objectAt(document, 'components'), 'schemas');
  const definitions = Object.entries(schemas).map(([name, schema]): Field => [1, named(name, encodeSchema(schema as JsonObject))]);
  return message([1, '2.0'], [2, info], [8, message(...paths)], [9, message(...definitions)]);
}

function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

/** NamedSchema, NamedPathItem, NamedAny: all alike. */
function named(name: string, value: Uint8Array): Buffer {
  return message([1, name], [2, value]);
}

const METHODS: readonly (readonly [number, string])[] = [
  [2, 'get'],
  [3, 'put'],
  [4, 'post'],
  [5, 'delete'],
  [8, 'patch'],
];

function encodePath(item: JsonObject): Buffer {
  return message(...METHODS.map(([number, method]): Field => [number, isObject(item[method]) ? encodeOperation(item[method]) : undefined]));
}

function encodeOperation(operation: JsonObject): Buffer {
  const parameters = Array.isArray(operation.parameters) ? operation.parameters : [];
  return message(
    [5, operation.operationId as string],
    ...parameters.map((parameter): Field => [8, encodeParameter(parameter as JsonObject)]),
    ...extensions(operation, 13),
  );
}

/** ParametersItem > Parameter > NonBodyParameter > QueryParameterSubSchema. */
function encodeParameter(parameter: JsonObject): Buffer {
  const query = message([2, 'query'], [3, parameter.description as string], [4, parameter.name as string], [6, 'string']);
  return message([1, message([2, message([3, query])])]);
}

function encodeSchema(schema: JsonObject): Buffer {
  const reference = referenceOf(schema);
  const description: Field = [4, typeof schema.description === 'string' ? schema.description : undefined];
  if (reference !== undefined) return message([1, reference], description);
  const required = Array.isArray(schema.required) ? schema.required.map((name): Field => [19, name as string]) : [];
  const type = typeof schema.type === 'string' ? message([1, schema.type]) : undefined;
  return message(
    description,
    ...required,
    [21, mapValues(schema)],
    [22, type],
    [23, items(schema)],
    [25, properties(schema)],
    ...extensions(schema, 31),
  );
}

/** `allOf` holds a reference that has a description beside it. */
function referenceOf(schema: JsonObject): string | undefined {
  const holder = Array.isArray(schema.allOf) ? schema.allOf[0] : schema;
  const reference = isObject(holder) ? holder.$ref : undefined;
  return typeof reference === 'string' ? reference.replace('#/components/schemas/', '#/definitions/') : undefined;
}

function mapValues(schema: JsonObject): Buffer | undefined {
  const values = schema.additionalProperties;
  return isObject(values) ? message([1, encodeSchema(values)]) : undefined;
}

function items(schema: JsonObject): Buffer | undefined {
  return isObject(schema.items) ? message([1, encodeSchema(schema.items)]) : undefined;
}

function properties(schema: JsonObject): Buffer | undefined {
  if (!isObject(schema.properties)) return undefined;
  return message(...Object.entries(schema.properties).map(([name, child]): Field => [1, named(name, encodeSchema(child as JsonObject))]));
}

/** Values of extensions are YAML texts; JSON is YAML. */
function extensions(holder: JsonObject, number: number): Field[] {
  const found = Object.entries(holder).filter(([name]) => name.startsWith('x-kubernetes-'));
  return found.map(([name, value]: [string, JsonValue]): Field => [number, named(name, message([2, JSON.stringify(value)]))]);
}
