import type { FastifyInstance } from 'fastify';
import type { JsonObject } from '../../types/objects.ts';
import { API_GROUP, API_GROUPS, CORE_RESOURCES, CORE_VERSIONS, OWN_RESOURCES, versionInfo } from '../discovery.ts';
import { encodeOpenApiV2, OPENAPI_V2_TYPE } from '../openapi-v2.ts';
import { renderOpenApi } from '../openapi.ts';
import { API_ROOT, CORE_ROOT } from '../resource.ts';
import type { RouteContext } from './context.ts';

/** What there is, told to clients. */
export function addDiscoveryRoutes(app: FastifyInstance, { deps }: RouteContext): void {
  const { index, document } = renderOpenApi(deps.version);
  const answers: Record<string, object> = {
    '/version': versionInfo(deps.version),
    '/api': CORE_VERSIONS,
    '/apis': API_GROUPS,
    '/apis/dswarm': API_GROUP,
    [API_ROOT]: OWN_RESOURCES,
    [CORE_ROOT]: CORE_RESOURCES,
    '/openapi/v3': index,
    [`/openapi/v3${API_ROOT}`]: document,
  };
  const v2 = encodeOpenApiV2(document as JsonObject);
  app.get('/openapi/v2', (request, reply) => {
    if (request.headers.accept?.includes(OPENAPI_V2_TYPE) !== true) return reply.callNotFound();
    // Its own name is no valid media type to the HTTP library; clients look at the bytes alone.
    return reply.type('application/octet-stream').send(v2);
  });
  for (const [path, answer] of Object.entries(answers)) {
    const text = JSON.stringify(answer);
    app.get(path, (_request, reply) => reply.type('application/json').send(text));
  }
}
