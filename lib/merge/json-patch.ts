import { applyPatch, type Operation } from 'rfc6902';
import { DswarmError } from '../errors/error.ts';
import type { JsonValue } from '../types/objects.ts';
import { isObject } from './json.ts';

const OPERATIONS = ['add', 'remove', 'replace', 'move', 'copy', 'test'];
/** As Kubernetes: enough for people, too few to keep a server busy. */
const MAX_OPERATIONS = 10_000;

/** JSON patch (RFC 6902): all operations or none. Throws DSW_PATCH_INVALID. */
export function applyJsonPatch(target: JsonValue, patch: JsonValue): JsonValue {
  if (!Array.isArray(patch) || patch.length > MAX_OPERATIONS || !patch.every(isOperation)) {
    throw new DswarmError('DSW_PATCH_INVALID', `a JSON patch is a list of at most ${MAX_OPERATIONS} operations, each with op and path`);
  }
  const document = structuredClone(target);
  const operations = patch as unknown as Operation[];
  const failures = applyPatch(document, operations);
  const failed = failures.findIndex((failure) => failure !== null);
  if (failed === -1) return document;
  const { op, path } = operations[failed] as Operation;
  const why = op === 'test' ? 'the value there is another' : (failures[failed]?.message ?? failures[failed]?.name);
  throw new DswarmError('DSW_PATCH_INVALID', `the ${op} operation at ${path === '' ? 'the root' : path} does not apply: ${why}`, { path });
}

function isOperation(value: JsonValue): boolean {
  if (!isObject(value) || typeof value.op !== 'string' || !OPERATIONS.includes(value.op)) return false;
  return isPointer(value.path) && (value.from === undefined || isPointer(value.from)) && hasOperands(value.op, value);
}

function hasOperands(op: string, value: { [key: string]: JsonValue }): boolean {
  if (op === 'add' || op === 'replace' || op === 'test') return 'value' in value;
  return op === 'remove' || value.from !== undefined;
}

/** RFC 6901; steps that lead into JavaScript's own machinery are none. */
function isPointer(value: JsonValue | undefined): boolean {
  if (typeof value !== 'string' || (value !== '' && !value.startsWith('/'))) return false;
  return !value.split('/').some((step) => step === '__proto__' || step === 'constructor' || step === 'prototype');
}
