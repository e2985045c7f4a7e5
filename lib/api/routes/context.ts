import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JsonValue } from '../../types/objects.ts';
import type { ApiDeps } from '../deps.ts';
import { badRequest } from '../status.ts';
import type { StreamPool } from '../streams.ts';

/** What all routes share. */
export interface RouteContext {
  deps: ApiDeps;
  streams: StreamPool;
}

export interface ObjectParams {
  namespace?: string;
  name: string;
}

export interface WriteQuery {
  dryRun?: string | string[];
  fieldValidation?: string;
  fieldManager?: string;
  force?: string;
  into?: string;
}

export function paramsOf(request: FastifyRequest): ObjectParams {
  return request.params as ObjectParams;
}

export function queryOf<T>(request: FastifyRequest): T {
  return request.query as T;
}

export function bodyOf(request: FastifyRequest): JsonValue {
  return (request.body ?? null) as JsonValue;
}

/** Who writes: as named, else the program that the client says it is ("kubectl/v1.32 ..." is kubectl). */
export function managerOf(request: FastifyRequest): string {
  const named = queryOf<WriteQuery>(request).fieldManager;
  if (named !== undefined && named !== '') {
    if (named.length > 128) throw badRequest('fieldManager must be at most 128 characters');
    return named;
  }
  return (request.headers['user-agent'] ?? '').split(/[/ ]/, 1)[0]?.slice(0, 128) || 'unknown';
}

/** Shown by kubectl beside its own output (RFC 9111 section 5.5). */
export function warn(reply: FastifyReply, warnings: readonly string[]): void {
  if (warnings.length > 0)
    reply.header(
      'warning',
      warnings.map((text) => `299 - "${text.replace(/["\\]/g, '\\$&')}"`),
    );
}
