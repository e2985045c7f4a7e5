import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refOf, type JsonObject, type ObjectRef } from '../../types/objects.ts';
import { objectBody } from '../body.ts';
import { deleteObject, deleteOptionsOf, isDryRun } from '../deletes.ts';
import { metadataOf } from '../document.ts';
import { fieldValidationOf } from '../field-validation.ts';
import { createInDirectory } from '../file-creates.ts';
import { patchTypeOf, patchWith } from '../patches.ts';
import { negotiate, represent, representList } from '../representation.ts';
import { collectionPath, objectPath, refFrom, type Resource } from '../resource.ts';
import { select, selectionOf, type ListParams, type ListQuery } from '../selection.ts';
import { badRequest } from '../status.ts';
import { createFrom, replaceWith, writeObject, type Modify, type WriteOptions, type Written } from '../writes.ts';
import { bodyOf, managerOf, paramsOf, queryOf, warn, type RouteContext, type WriteQuery } from './context.ts';

/** POST, PUT, PATCH and DELETE of kinds that users write. */
export function addWriteRoutes(app: FastifyInstance, context: RouteContext, resource: Resource): void {
  const { deps } = context;
  const write = async (request: FastifyRequest, reply: FastifyReply, change: { ref: ObjectRef; modify: Modify }): Promise<FastifyReply> => {
    const written = await writeObject(deps, writeOptions(request, resource, change.ref), change.modify);
    return answer(context, { request, reply, resource, written });
  };

  app.post(collectionPath(resource), async (request, reply) => {
    const document = objectBody(bodyOf(request));
    const ref = refFrom(resource, { ...paramsOf(request), name: nameIn(document) });
    if (queryOf<WriteQuery>(request).into !== 'directory') return write(request, reply, { ref, modify: createFrom(document, ref) });
    const written = await createInDirectory(deps, writeOptions(request, resource, ref), document);
    return answer(context, { request, reply, resource, written });
  });
  app.put(objectPath(resource), (request, reply) => {
    const ref = refFrom(resource, paramsOf(request));
    return write(request, reply, { ref, modify: replaceWith(objectBody(bodyOf(request)), ref) });
  });
  app.patch(objectPath(resource), (request, reply) => {
    const ref = refFrom(resource, paramsOf(request));
    const type = patchTypeOf(request.headers['content-type'] ?? '');
    const { fieldManager, force } = queryOf<WriteQuery>(request);
    if (type === 'apply' && !fieldManager) throw badRequest('fieldManager is required for apply patch');
    const input = { type, body: bodyOf(request), ref, manager: managerOf(request), force: force === 'true', clock: deps.clock };
    return write(request, reply, { ref, modify: patchWith(input) });
  });
  app.delete(objectPath(resource), async (request, reply) => {
    const options = deleteOptionsOf(bodyOf(request), queryOf(request));
    return reply.send(await deleteObject(deps, refFrom(resource, paramsOf(request)), options));
  });
  app.delete(collectionPath(resource), (request, reply) => deleteCollection(context, resource, { request, reply }));
}

export function writeOptions(request: FastifyRequest, resource: Resource, ref: ObjectRef): WriteOptions {
  const query = queryOf<WriteQuery>(request);
  return {
    resource,
    ref,
    dryRun: isDryRun(query.dryRun),
    fieldValidation: fieldValidationOf(query.fieldValidation),
    manager: managerOf(request),
  };
}

function answer(
  context: RouteContext,
  to: { request: FastifyRequest; reply: FastifyReply; resource: Resource; written: Written },
): FastifyReply {
  const { request, reply, resource, written } = to;
  warn(reply, written.warnings);
  const as = negotiate(request.headers.accept);
  return reply.code(written.created ? 201 : 200).send(represent(resource, written.object, { ...as, now: context.deps.clock.now() }));
}

function nameIn(document: JsonObject): string {
  const { name, generateName } = metadataOf(document);
  if (typeof name === 'string' && name !== '') return name;
  throw badRequest(generateName === undefined ? 'metadata.name is required' : 'metadata.generateName is not supported: give a name');
}

async function deleteCollection(
  context: RouteContext,
  resource: Resource,
  to: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const { deps } = context;
  const query = queryOf<ListQuery & WriteQuery>(to.request);
  const found = select(deps.store.snapshot(), selectionOf(resource, to.request.params as ListParams, query));
  const options = deleteOptionsOf(bodyOf(to.request), query);
  for (const object of found) await deleteObject(deps, refOf(object), { ...options, preconditions: { uid: object.metadata.uid } });
  const metadata = { resourceVersion: String(deps.store.snapshot().revision) };
  return to.reply.send(representList(resource, found, { ...negotiate(to.request.headers.accept), now: deps.clock.now(), metadata }));
}
