import { createHash } from 'node:crypto';
import { COMMON_SCHEMA as common } from '../manifest/shared-schema.ts';
import { SCHEMAS } from '../manifest/kinds.ts';
import type { JsonObject, JsonValue } from '../types/objects.ts';
import { definitionsOf, toOpenApi, type Components, type Definitions } from './openapi-schema.ts';
import { API_ROOT, RESOURCES, isNamespaced, type Resource } from './resource.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const COMPONENTS: Components = new Map([
  ['dswarm/v1/common#/$defs/ObjectMeta', META],
  ['#/$defs/ObjectMeta', META],
]);

/** `/openapi/v3` and the one document that it leads to: for kubectl's explain, validation and dry runs. */
export function renderOpenApi(version: string): { index: object; document: object } {
  const document = renderDocument(version);
  const hash = createHash('sha256').update(JSON.stringify(document)).digest('hex').slice(0, 32).toUpperCase();
  return { index: { paths: { 'apis/dswarm/v1': { serverRelativeURL: `/openapi/v3${API_ROOT}?hash=${hash}` } } }, document };
}

function renderDocument(version: string): object {
  const definitions = definitionsOf(common);
  const meta = definitions.get('#/$defs/ObjectMeta') as JsonObject;
  const schemas = Object.fromEntries(RESOURCES.map((resource) => [componentOf(resource), kindSchema(resource, definitions)]));
  return {
    openapi: '3.0.0',
    info: { title: 'dswarm', version },
    paths: Object.assign({}, ...RESOURCES.map(pathsOf)) as object,
    components: { schemas: { ...schemas, [META]: toOpenApi(meta, definitions, new Map()) } },
  };
}

function componentOf(resource: Resource): string {
  return `dswarm.v1.${resource.kind}`;
}

function gvkOf(resource: Resource): JsonObject {
  return { group: 'dswarm', kind: resource.kind, version: 'v1' };
}

function kindSchema(resource: Resource, definitions: Definitions): JsonObject {
  const schema = toOpenApi(SCHEMAS[resource.kind] as JsonValue, definitions, COMPONENTS) as JsonObject;
  return { ...schema, 'x-kubernetes-group-version-kind': [gvkOf(resource)] };
}

function pathsOf(resource: Resource): object {
  const { plural } = resource.info;
  const base = isNamespaced(resource) ? `${API_ROOT}/namespaces/{namespace}/${plural}` : `${API_ROOT}/${plural}`;
  const all = isNamespaced(resource) ? { [`${API_ROOT}/${plural}`]: { get: operation(resource, 'list') } } : {};
  if (resource.info.readOnly)
    return { ...all, [base]: { get: operation(resource, 'list') }, [`${base}/{name}`]: { get: operation(resource, 'get') } };
  return {
    ...all,
    [base]: { get: operation(resource, 'list'), post: operation(resource, 'post'), delete: operation(resource, 'deletecollection') },
    [`${base}/{name}`]: {
      get: operation(resource, 'get'),
      put: operation(resource, 'put'),
      patch: operation(resource, 'patch'),
      delete: operation(resource, 'delete'),
    },
  };
}

type Action = 'get' | 'list' | 'post' | 'put' | 'patch' | 'delete' | 'deletecollection';

const parameter = (name: string, description: string): JsonObject => ({ name, in: 'query', description, schema: { type: 'string' } });
const DRY_RUN = parameter('dryRun', 'All: do everything but keep the change.');
const FIELD_MANAGER = parameter('fieldManager', 'Who writes; owns the fields that it sets.');
const FIELD_VALIDATION = parameter('fieldValidation', 'Strict, Warn or Ignore: what becomes of unknown fields.');

function operation(resource: Resource, action: Action): JsonObject {
  const writes = action === 'post' || action === 'put' || action === 'patch';
  const parameters = writes ? [DRY_RUN, FIELD_MANAGER, FIELD_VALIDATION] : action.startsWith('delete') ? [DRY_RUN] : [];
  const content = { 'application/json': { schema: { $ref: `#/components/schemas/${componentOf(resource)}` } } };
  return {
    operationId: `${action}${resource.kind}`,
    ...(parameters.length > 0 && { parameters }),
    ...(writes && { requestBody: { content: action === 'patch' ? patchContent(content) : content } }),
    responses: { 200: { description: 'OK', content } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': gvkOf(resource),
  };
}

function patchContent(content: JsonObject): JsonObject {
  const types = ['application/merge-patch+json', 'application/json-patch+json', 'application/apply-patch+yaml'];
  return Object.fromEntries(types.map((type) => [type, content['application/json'] as JsonValue]));
}
