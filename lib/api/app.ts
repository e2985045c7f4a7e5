import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { DswarmError } from '../errors/error.ts';
import { parseBody } from './body.ts';
import { DEFAULT_LIMITS, type ApiDeps } from './deps.ts';
import { addDiscoveryRoutes } from './routes/discovery.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addNamespaceRoutes } from './routes/namespaces.ts';
import { addReadRoutes } from './routes/reads.ts';
import { addScaleRoutes } from './routes/scale.ts';
import { addOwnRoutes } from './routes/streams.ts';
import { refuseMisplaced, refuseWrites } from './routes/refusals.ts';
import { addWriteRoutes } from './routes/writes.ts';
import { CORE_EVENTS, RESOURCES } from './resource.ts';
import { ApiError, failure, statusOf, type Status } from './status.ts';
import { StreamPool } from './streams.ts';

export interface Api {
  /** For tests (inject) and for listen.ts. */
  app: FastifyInstance;
  deps: ApiDeps;
  streams: StreamPool;
}

/** The HTTP API, not yet listening: the Kubernetes conventions over the store. */
export function createApi(deps: ApiDeps): Api {
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const app = fastify({ logger: false, bodyLimit: limits.body, routerOptions: { ignoreTrailingSlash: true, maxParamLength: 300 } });
  const streams = new StreamPool(deps, limits);
  const context = { deps, streams };
  addBodyParser(app);
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(deps, error, { request, reply }));
  app.setNotFoundHandler((request, reply) =>
    answerStatus(
      reply,
      failure(404, 'NotFound', `the server could not find the requested resource: ${request.method} ${request.url.split('?')[0]}`),
    ),
  );
  app.addHook('onResponse', (request, reply, done) => {
    measure(deps, request, reply);
    done();
  });

  addHealthRoutes(app, context);
  addDiscoveryRoutes(app, context);
  addNamespaceRoutes(app, context);
  addOwnRoutes(app, context);
  for (const resource of [...RESOURCES, CORE_EVENTS]) {
    addReadRoutes(app, context, resource);
    if (resource.info.readOnly) {
      refuseWrites(app, resource);
      continue;
    }
    addWriteRoutes(app, context, resource);
    refuseMisplaced(app, resource);
    if (resource.info.subresources.includes('scale')) addScaleRoutes(app, context, resource);
  }
  return { app, deps, streams };
}

/** One parser for every type: clients send JSON under many names. */
function addBodyParser(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => {
    const type = request.headers['content-type'] ?? '';
    try {
      if (type !== '' && !/json|yaml/.test(type) && body.length > 0)
        throw new DswarmError('DSW_API_MEDIA_TYPE', `the body is of the unsupported type ${type}`);
      done(null, parseBody(body as Buffer, type));
    } catch (error) {
      done(error as Error);
    }
  });
}

function answerError(deps: ApiDeps, error: unknown, to: { request: FastifyRequest; reply: FastifyReply }): FastifyReply {
  const status = toStatus(error);
  if (status.code >= 500 && !(error instanceof DswarmError))
    deps.log.error({ error, method: to.request.method, url: to.request.url.split('?')[0] }, 'a request failed');
  return answerStatus(to.reply, status);
}

/** Whatever was thrown as a Status; of what was not meant for users, they learn no more than that. */
export function toStatus(error: unknown): Status {
  if (error instanceof ApiError) return error.status;
  if (error instanceof DswarmError) return statusOf(error);
  const { code, statusCode, message } = error as FastifyError;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return statusOf(new DswarmError('DSW_API_TOO_LARGE', 'the body of the request is too large'));
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return failure(statusCode, 'BadRequest', message);
  return failure(500, 'InternalError', 'internal error; see the log of the controller');
}

function answerStatus(reply: FastifyReply, status: Status): FastifyReply {
  if (status.code === 429 || status.code === 503) reply.header('retry-after', '1');
  return reply.code(status.code).type('application/json').send(status);
}

function measure(deps: ApiDeps, request: FastifyRequest, reply: FastifyReply): void {
  const query = request.query as { watch?: string };
  const route = request.routeOptions.url ?? 'none';
  if (query.watch !== undefined || route.endsWith('/log')) return;
  const labels = { method: request.method, route, code: String(reply.statusCode) };
  deps.metrics.observe('dswarm_api_request_duration_seconds', reply.elapsedTime / 1000, labels);
}
