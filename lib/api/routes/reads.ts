import type { FastifyInstance } from 'fastify';
import { answerList } from '../list.ts';
import { negotiate, represent } from '../representation.ts';
import { listPaths, objectPath, refFrom, type Resource } from '../resource.ts';
import { isTrue, selectionOf, type ListParams, type ListQuery } from '../selection.ts';
import { notFound } from '../status.ts';
import { checkWatch, serveWatch } from '../watch.ts';
import { paramsOf, queryOf, type RouteContext } from './context.ts';

/** GET of one object, of lists and of watches. */
export function addReadRoutes(app: FastifyInstance, context: RouteContext, resource: Resource): void {
  const { deps, streams } = context;
  for (const path of listPaths(resource)) {
    app.get(path, (request, reply) => {
      const query = queryOf<ListQuery>(request);
      const selection = selectionOf(resource, request.params as ListParams, query);
      const as = negotiate(request.headers.accept, query.includeObject);
      if (!isTrue(query.watch)) return reply.send(answerList(deps, { selection, query, as }));
      checkWatch(query);
      serveWatch(deps, { selection, query, as }, streams.open(reply));
      return reply;
    });
  }
  const readOne = (path: string): void => {
    app.get(path, (request, reply) => {
      const ref = refFrom(resource, paramsOf(request));
      const object = deps.store.snapshot().get(ref);
      if (object === undefined) throw notFound(ref, resource);
      const as = negotiate(request.headers.accept, queryOf<ListQuery>(request).includeObject);
      return reply.send(represent(resource, object, { ...as, now: deps.clock.now() }));
    });
  };
  readOne(objectPath(resource));
  readOne(`${objectPath(resource)}/status`);
}
