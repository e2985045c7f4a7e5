import { DswarmError } from '../errors/error.ts';
import { KINDS } from '../manifest/kinds.ts';
import { oneOf } from '../manifest/suggest.ts';
import { isObject } from '../merge/json.ts';
import type { JsonObject, JsonValue, Kind, ObjectRef } from '../types/objects.ts';
import { sameJson } from '../types/same-json.ts';
import { objectBody } from './body.ts';
import type { ApiDeps, PreviewChange, PreviewStep, StoredManifest } from './deps.ts';
import { asJson, forAdmission, metadataOf } from './document.ts';
import { patchWith } from './patches.ts';
import { API_ROOT, refFrom, RESOURCES, type Resource } from './resource.ts';
import { badRequest } from './status.ts';
import { readManifest, writeObject } from './writes.ts';

export interface ChangePlan {
  changes: { ref: ObjectRef; action: PreviewChange['action'] }[];
  steps: PreviewStep[];
}

const MAX_ITEMS = 5000;

/** What applying these manifests would change, and which steps that would cause: a dry run of each, then the planner's word. */
export async function planChanges(deps: ApiDeps, body: JsonValue, manager: string): Promise<ChangePlan> {
  const items = Array.isArray(body) ? body : objectBody(body).items;
  if (!Array.isArray(items) || items.length > MAX_ITEMS)
    throw badRequest(`the body must be {"items": [...]} with at most ${MAX_ITEMS} manifests`);
  const previews: PreviewChange[] = [];
  for (const item of items) previews.push(await previewOf(deps, objectBody(item), manager));
  const changes = previews.map(({ object, action }) => ({ ref: refOfManifest(object), action }));
  return { changes, steps: (await deps.preview?.(previews)) ?? [] };
}

async function previewOf(deps: ApiDeps, manifest: JsonObject, manager: string): Promise<PreviewChange> {
  const resource = resourceOfManifest(manifest);
  const metadata = metadataOf(manifest);
  if (typeof metadata.name !== 'string') throw badRequest('metadata.name is required');
  const namespace = typeof metadata.namespace === 'string' ? metadata.namespace : 'default';
  const ref = refFrom(resource, { namespace, name: metadata.name });
  const live = readManifest(deps, ref);
  const options = { resource, ref, dryRun: true, fieldValidation: 'Strict', manager } as const;
  const modify = patchWith({ type: 'apply', body: manifest, ref, manager, force: true, clock: deps.clock });
  const { object } = await writeObject(deps, options, modify);
  return { action: actionOf(live, object), object };
}

function actionOf(live: StoredManifest | undefined, object: StoredManifest): PreviewChange['action'] {
  if (live === undefined) return 'create';
  return sameJson(forAdmission(asJson(live)), forAdmission(asJson(object))) ? 'unchanged' : 'configure';
}

function resourceOfManifest(manifest: JsonObject): Resource {
  const kind = isObject(manifest) && typeof manifest.kind === 'string' ? manifest.kind : '';
  const resource = RESOURCES.find((each) => each.kind === kind && !each.info.readOnly);
  const known = (Object.keys(KINDS) as Kind[]).filter((each) => !KINDS[each].readOnly);
  if (resource === undefined) throw new DswarmError('DSW_MANIFEST_KIND', `kind must be ${oneOf(known)}, found "${kind}"`, { path: 'kind' });
  return resource;
}

function refOfManifest(object: StoredManifest): ObjectRef {
  return {
    kind: object.kind,
    ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
    name: object.metadata.name,
  };
}

export const PLAN_PATH = `${API_ROOT}/plan`;
