import type { FastifyInstance } from 'fastify';
import { listNamespaces, namespaceObject, namespaceTable } from '../namespaces.ts';
import { negotiate } from '../representation.ts';
import { CORE_ROOT } from '../resource.ts';
import { ApiError, failure } from '../status.ts';
import type { RouteContext } from './context.ts';
import { refuseNamespaceWrites } from './refusals.ts';

export function addNamespaceRoutes(app: FastifyInstance, { deps }: RouteContext): void {
  const list = `${CORE_ROOT}/namespaces`;
  const one = `${list}/:namespace`;
  app.get(list, (request, reply) => {
    const names = listNamespaces(deps.store);
    const resourceVersion = String(deps.store.snapshot().revision);
    if (negotiate(request.headers.accept).shape === 'table') return reply.send(namespaceTable(names, resourceVersion));
    return reply.send({ kind: 'NamespaceList', apiVersion: 'v1', metadata: { resourceVersion }, items: names.map(namespaceObject) });
  });
  app.get<{ Params: { namespace: string } }>(one, (request, reply) => {
    const { namespace } = request.params;
    if (!listNamespaces(deps.store).includes(namespace)) {
      throw new ApiError(failure(404, 'NotFound', `namespaces "${namespace}" not found`, { name: namespace, kind: 'namespaces' }));
    }
    const table = negotiate(request.headers.accept).shape === 'table';
    return reply.send(table ? namespaceTable([namespace], String(deps.store.snapshot().revision)) : namespaceObject(namespace));
  });
  refuseNamespaceWrites(app, [list, one]);
}
