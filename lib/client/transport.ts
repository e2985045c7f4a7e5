import { request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { DswarmError } from '../errors/error.ts';
import { describeAddress, type Address } from './address.ts';
import { StatusError, statusFrom } from './status.ts';

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  query?: Query;
  accept?: string;
  /** Sent as JSON (which is YAML too). */
  body?: unknown;
  contentType?: string;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
}

/** Resolves with a 2xx answer whose body is still to be read; rejects with a StatusError for any other. */
export async function send(address: Address, call: Call): Promise<IncomingMessage> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const response = await answerOf(address, await open(address, call), body);
  const code = response.statusCode ?? 0;
  if (code >= 200 && code < 300) return response;
  throw new StatusError(statusFrom(code, await readText(response)));
}

/** Starts a request; the caller writes and ends it. */
export async function open(address: Address, call: Call): Promise<ClientRequest> {
  const options: RequestOptions = {
    method: call.method,
    path: pathWithQuery(address, call),
    headers: headersOf(address, call),
    agent: false,
  };
  if (call.signal !== undefined) options.signal = call.signal;
  if (address.type === 'socket') return httpRequest({ ...options, socketPath: address.path, host: 'localhost' });
  const target = { ...options, host: address.url.hostname.replace(/^\[|\]$/g, ''), port: address.url.port };
  if (address.url.protocol === 'https:') return (await import('node:https')).request(target);
  return httpRequest(target);
}

function answerOf(address: Address, request: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', (error: NodeJS.ErrnoException) => {
      reject(explain(address, error));
    });
    request.end(body);
  });
}

export async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

export async function readJson<T>(response: IncomingMessage): Promise<T> {
  return JSON.parse(await readText(response)) as T;
}

/** The texts of the `Warning: 299 - "..."` headers (RFC 7234 section 5.5). */
export function warningsOf(response: IncomingMessage): string[] {
  const values = response.headersDistinct.warning ?? [];
  return values.flatMap((value) =>
    [...value.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) => (match[1] ?? '').replace(/\\(.)/g, '$1')),
  );
}

function pathWithQuery(address: Address, call: Call): string {
  const prefix = address.type === 'url' ? address.url.pathname.replace(/\/$/, '') : '';
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(call.query ?? {})) {
    // A list stands as its key repeated, as in Kubernetes' exec.
    for (const each of Array.isArray(value) ? (value as string[]) : [value]) if (each !== undefined) search.append(key, String(each));
  }
  const query = search.toString();
  return `${prefix}${call.path}${query === '' ? '' : `?${query}`}`;
}

function headersOf(address: Address, call: Call): Record<string, string> {
  const headers: Record<string, string> = { accept: call.accept ?? 'application/json', 'user-agent': 'dswarm', ...call.headers };
  if (call.body !== undefined) headers['content-type'] = call.contentType ?? 'application/json';
  if (address.type === 'url' && address.token !== undefined) headers.authorization = `Bearer ${address.token}`;
  return headers;
}

/** Names what to do about a connection that failed. */
export function explain(address: Address, error: NodeJS.ErrnoException): Error {
  const where = describeAddress(address);
  switch (error.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return new DswarmError('DSW_CONTROLLER_NOT_RUNNING', `no controller answers on ${where}`, { cause: error });
    case 'EACCES':
    case 'EPERM':
      return new DswarmError('DSW_CONTROLLER_DENIED', `no permission to use ${where}`, { cause: error });
    case 'ECONNRESET':
    case 'EPIPE':
      return new DswarmError('DSW_CONTROLLER_GONE', `the controller on ${where} ended the connection`, { cause: error });
    default:
      return error.name === 'AbortError'
        ? error
        : new DswarmError('DSW_CONTROLLER_NOT_RUNNING', `cannot reach the controller on ${where}: ${error.message}`, { cause: error });
  }
}
