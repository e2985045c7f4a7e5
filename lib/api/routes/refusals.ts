import type { FastifyInstance, HTTPMethods } from 'fastify';
import { DswarmError } from '../../errors/error.ts';
import { isNamespaced, listPaths, objectPath, type Resource } from '../resource.ts';
import { badRequest } from '../status.ts';

const WRITES: HTTPMethods[] = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** Refuses before the body is read: whatever type it is of, the answer is why. */
export function refuse(app: FastifyInstance, at: { urls: readonly string[]; methods?: HTTPMethods[] }, error: Error): void {
  for (const url of new Set(at.urls)) {
    app.route({
      method: at.methods ?? WRITES,
      url,
      onRequest: (_request, _reply, done) => done(error),
      handler: (_request, reply) => reply.send(),
    });
  }
}

/** What controllers make, users may only read. */
export function refuseWrites(app: FastifyInstance, resource: Resource): void {
  const error = new DswarmError('DSW_API_READ_ONLY', `${resource.info.plural} are made by the controller`);
  refuse(app, { urls: [...listPaths(resource), objectPath(resource)] }, error);
}

/** Status is the controllers' to write; and what is in a namespace is made in that namespace. */
export function refuseMisplaced(app: FastifyInstance, resource: Resource): void {
  const { plural } = resource.info;
  const status = new DswarmError('DSW_API_READ_ONLY', 'status is written by the controller only', { hint: 'Change spec; status follows.' });
  refuse(app, { urls: [`${objectPath(resource)}/status`], methods: ['PUT', 'PATCH'] }, status);
  if (!isNamespaced(resource)) return;
  const path = `${resource.root}/namespaces/NAMESPACE/${plural}`;
  refuse(
    app,
    { urls: [`${resource.root}/${plural}`], methods: ['POST'] },
    badRequest(`${plural} are created in a namespace: POST ${path}`),
  );
}

export function refuseNamespaceWrites(app: FastifyInstance, urls: readonly string[]): void {
  const hint = 'Nothing need be made: give objects a metadata.namespace. To empty one, delete what is in it.';
  refuse(app, { urls }, new DswarmError('DSW_API_READ_ONLY', 'namespaces are there when objects use them', { hint }));
}
