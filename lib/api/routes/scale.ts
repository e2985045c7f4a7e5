import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { applyJsonPatch } from '../../merge/json-patch.ts';
import { applyMergePatch } from '../../merge/merge-patch.ts';
import type { JsonObject, JsonValue, StoredService } from '../../types/objects.ts';
import { objectBody } from '../body.ts';
import { patchTypeOf } from '../patches.ts';
import { objectPath, refFrom, type Resource } from '../resource.ts';
import { scaleOf, scaleWith } from '../scale.ts';
import { badRequest, notFound } from '../status.ts';
import { writeObject } from '../writes.ts';
import { bodyOf, paramsOf, type RouteContext } from './context.ts';
import { writeOptions } from './writes.ts';

/** /scale of a Service: what `kubectl scale` and autoscalers use. */
export function addScaleRoutes(app: FastifyInstance, context: RouteContext, resource: Resource): void {
  const { deps } = context;
  const path = `${objectPath(resource)}/scale`;
  const change = async (request: FastifyRequest, reply: FastifyReply, make: (scale: JsonObject) => JsonValue): Promise<FastifyReply> => {
    const ref = refFrom(resource, paramsOf(request));
    const options = { ...writeOptions(request, resource, ref), subresource: 'scale' };
    const { object } = await writeObject(
      deps,
      options,
      scaleWith(ref, (scale) => objectBody(make(scale))),
    );
    return reply.send(scaleOf(object as StoredService));
  };

  app.get(path, (request, reply) => {
    const ref = refFrom(resource, paramsOf(request));
    const service = deps.store.snapshot().get(ref);
    if (service?.kind !== 'Service') throw notFound(ref);
    return reply.send(scaleOf(service));
  });
  app.put(path, (request, reply) => change(request, reply, () => objectBody(bodyOf(request))));
  app.patch(path, (request, reply) => {
    const type = patchTypeOf(request.headers['content-type'] ?? '');
    if (type === 'apply') throw badRequest('a scale is patched with merge-patch+json or json-patch+json');
    const body = bodyOf(request);
    return change(request, reply, (scale) => (type === 'json' ? applyJsonPatch(scale, body) : applyMergePatch(scale, body)));
  });
}
