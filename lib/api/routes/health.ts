import type { FastifyInstance } from 'fastify';
import type { RouteContext } from './context.ts';

/** For load balancers, Prometheus and people. */
export function addHealthRoutes(app: FastifyInstance, { deps }: RouteContext): void {
  app.get('/healthz', (_request, reply) => reply.type('text/plain').send('ok'));
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok'));
  app.get('/readyz', (_request, reply) => {
    const why = deps.notReady?.();
    return reply
      .code(why === undefined ? 200 : 503)
      .type('text/plain')
      .send(why === undefined ? 'ok' : `not ready: ${why}`);
  });
  app.get('/metrics', async (_request, reply) => reply.type(deps.metrics.contentType).send(await deps.metrics.render()));
}
