import { DswarmError } from '../errors/error.ts';
import type { ObjectRef } from '../types/objects.ts';
import { RESOURCES, type Resource } from './resource.ts';

export interface StatusCause {
  reason: string;
  message: string;
  field: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** What the API answers an error with (Kubernetes meta/v1 Status). */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: object;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code: number;
}

/** An answer that is an error; thrown by handlers, told by the error handler. */
export class ApiError extends Error {
  readonly status: Status;

  constructor(status: Status) {
    super(status.message ?? status.reason ?? 'error');
    this.name = 'ApiError';
    this.status = status;
  }
}

export function failure(code: number, reason: string, message: string, details?: StatusDetails): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...(details && { details }), code };
}

export function success(details: StatusDetails): Status {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details, code: 200 };
}

/** The message with what to do: a kubectl user sees nothing else of it. */
export function statusOf(error: DswarmError, details?: StatusDetails): Status {
  const { status, reason } = error.definition;
  return failure(status, reason, `${error.line}. ${error.hint}`, details);
}

export function badRequest(message: string): ApiError {
  return new ApiError(statusOf(new DswarmError('DSW_API_BAD_REQUEST', message)));
}

export function notFound(ref: ObjectRef, resource = resourceOf(ref)): ApiError {
  return new ApiError(failure(404, 'NotFound', `${resource.qualified} "${ref.name}" not found`, detailsOf(ref, resource)));
}

export function alreadyExists(ref: ObjectRef): ApiError {
  const resource = resourceOf(ref);
  return new ApiError(failure(409, 'AlreadyExists', `${resource.qualified} "${ref.name}" already exists`, detailsOf(ref, resource)));
}

/** The words that clients look for. */
export function modified(
  ref: ObjectRef,
  why = 'the object has been modified; please apply your changes to the latest version and try again',
): ApiError {
  const resource = resourceOf(ref);
  const message = `Operation cannot be fulfilled on ${resource.qualified} "${ref.name}": ${why}`;
  return new ApiError(failure(409, 'Conflict', message, detailsOf(ref, resource)));
}

/** Refusals of admission, each with the path of its field. */
export function invalid(ref: ObjectRef, errors: readonly DswarmError[]): ApiError {
  const resource = resourceOf(ref);
  const first = errors[0];
  const causes = errors.map(causeOf);
  const lines = errors.map((error) => `${error.line}. ${error.hint}`);
  const message = `${ref.kind}.${resource.group} "${ref.name}" is invalid: ${lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`}`;
  const { status, reason } = first?.definition ?? { status: 422, reason: 'Invalid' };
  return new ApiError(failure(status, reason, message, { name: ref.name, group: resource.group, kind: ref.kind, causes }));
}

function causeOf(error: DswarmError): StatusCause {
  const field = fieldOf(error);
  const prefix = `${error.path ?? ''}: `;
  const message = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
  return {
    reason: error.code === 'DSW_MANIFEST_UNKNOWN_FIELD' ? 'FieldValueNotSupported' : 'FieldValueInvalid',
    message: `${message} [${error.code}]. ${error.hint}`,
    field,
  };
}

/** Of an unknown field, the path leads to what holds it. */
export function fieldOf(error: DswarmError): string {
  const path = error.path ?? '';
  const unknown = error.code === 'DSW_MANIFEST_UNKNOWN_FIELD' ? /unknown field "([^"]+)"/.exec(error.message)?.[1] : undefined;
  if (unknown === undefined) return path;
  return path === '' ? unknown : `${path}.${unknown}`;
}

function detailsOf(ref: ObjectRef, resource: Resource): StatusDetails {
  return { name: ref.name, group: resource.group, kind: resource.info.plural };
}

export function resourceOf(ref: ObjectRef): Resource {
  const resource = RESOURCES.find((each) => each.kind === ref.kind);
  if (resource === undefined) throw new Error(`there is no kind ${ref.kind}`);
  return resource;
}
