import { DswarmError, type ErrorCode } from '../errors/error.ts';
import type { JsonObject } from '../types/objects.ts';
import type { Position } from './decode.ts';
import type { Path } from './parse.ts';

/** What is wrong with one field; where it stands in a file is found out only when it is told. */
export interface Problem {
  code: ErrorCode;
  path: Path;
  message: string;
  expected?: string | undefined;
  found?: string | undefined;
  hint?: string | undefined;
  /** The key under path that is itself at fault, not its value. */
  key?: string;
}

/** What admission takes: a document of a file, or a body of a request, which has no lines. */
export interface AdmissionInput {
  value: JsonObject;
  file?: string;
  locate?: (path: Path, at?: 'value' | 'key') => Position;
}

/** A problem with a field's value, the commonest kind. */
export function invalid(path: Path, message: string, hint?: string): Problem {
  return { code: 'DSW_MANIFEST_INVALID', path, message, hint };
}

/** `spec.ports[0].target`; keys with dots or slashes in brackets: `metadata.labels["a.b/c"]`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step.length > 64 ? `${step.slice(0, 60)}...` : step)}]`;
  }
  return text;
}

/** A value as a message shows it: JSON, shortened; in ASCII, so that look-alikes and invisible characters are seen for what they are. */
export function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  const plain = text.replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return plain.length > 64 ? `${plain.slice(0, 60)}...` : plain;
}

export function toError(problem: Problem, input: AdmissionInput): DswarmError {
  const path = formatPath(problem.path);
  const { expected, found, hint } = problem;
  return new DswarmError(problem.code, path === '' ? problem.message : `${path}: ${problem.message}`, {
    where: whereOf(problem, input),
    path: path === '' ? undefined : path,
    expected,
    found,
    hint,
  });
}

function whereOf(problem: Problem, input: AdmissionInput): string | undefined {
  if (input.file === undefined || input.locate === undefined) return input.file;
  const { line, column } = problem.key === undefined ? input.locate(problem.path) : input.locate([...problem.path, problem.key], 'key');
  return `${input.file}:${line}:${column}`;
}
