import { ERRORS, type ErrorDefinition } from './registry.ts';

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetails {
  /** Where: `file:line:column`, a host, an object. */
  where?: string | undefined;
  /** The field's path, such as spec.replicas. */
  path?: string | undefined;
  /** What was expected, and what came. */
  expected?: string | undefined;
  found?: string | undefined;
  /** What to do, more exactly than the registry's remedy. */
  hint?: string | undefined;
  cause?: unknown;
}

/** An error that a person can act on: `WHERE: MESSAGE [CODE]` and what to do. Never holds a secret (invariant 16). */
export class DswarmError extends Error {
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly path: string | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'DswarmError';
    this.code = code;
    this.where = details.where;
    this.path = details.path;
    this.expected = details.expected;
    this.found = details.found;
    this.hint = details.hint ?? ERRORS[code].remedy;
  }

  get definition(): ErrorDefinition {
    return ERRORS[this.code];
  }

  /** One line: where, what, code. */
  get line(): string {
    return `${this.where === undefined ? '' : `${this.where}: `}${this.message} [${this.code}]`;
  }

  /** The line and, below it, what to do. */
  get text(): string {
    return `${this.line}\n  ${this.hint}`;
  }
}

export function hasCode(error: unknown, ...codes: ErrorCode[]): error is DswarmError {
  return error instanceof DswarmError && codes.includes(error.code);
}
