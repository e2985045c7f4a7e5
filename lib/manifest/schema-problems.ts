import type { ErrorObject } from 'ajv';
import type { JsonObject, Kind } from '../types/objects.ts';
import { IMAGE_HINT, imageProblem } from './image.ts';
import type { Path } from './parse.ts';
import { formatPath, invalid, show, type Problem } from './problem.ts';
import { CONSTRAINT_HINT, constraintProblem } from './rules-constraints.ts';
import { findSchemaErrors } from './schema.ts';
import { didYouMean } from './suggest.ts';

/** Problems of form: unknown fields, missing fields, wrong types and values; each told once, in a person's words. */
export function findSchemaProblems(kind: Kind, value: JsonObject): Problem[] {
  const errors = pickBranches(findSchemaErrors(kind, value)).filter((error) => error.keyword !== 'propertyNames');
  const problems = errors.map((error) => describe(error, pathOf(error.instancePath, value)));
  return problems.filter(
    (problem, index) =>
      problems.findIndex((other) => formatPath(other.path) === formatPath(problem.path) && other.message === problem.message) === index,
  );
}

/**
 * Of an anyOf, ajv tells the errors of every branch. Only those of the branch meant are of use: the one whose type fits the value.
 * If none fits, the anyOf itself is told.
 */
function pickBranches(errors: ErrorObject[]): ErrorObject[] {
  let rest = errors;
  for (const union of errors.filter((error) => error.keyword === 'anyOf')) {
    const inside = rest.filter(
      (error) =>
        error !== union && error.schemaPath.startsWith(`${union.schemaPath}/`) && error.instancePath.startsWith(union.instancePath),
    );
    const branchOf = (error: ErrorObject): string => error.schemaPath.slice(union.schemaPath.length + 1).split('/', 1)[0] ?? '';
    const branches = [...new Set(inside.map(branchOf))].map((name) => inside.filter((error) => branchOf(error) === name));
    const meant = branches.find((branch) => !branch.some((error) => error.keyword === 'type' && error.instancePath === union.instancePath));
    const dropped = new Set<ErrorObject>(
      meant === undefined || isVague(meant, union) ? inside : [union, ...inside.filter((error) => !meant.includes(error))],
    );
    rest = rest.filter((error) => !dropped.has(error));
  }
  return rest;
}

/** Whether a branch only says which pattern failed: then the union says better what was expected. */
function isVague(branch: ErrorObject[], union: ErrorObject): boolean {
  return branch.every((error) => error.keyword === 'pattern' && error.instancePath === union.instancePath && descriptionOf(error) === '');
}

/** The steps of a JSON pointer; a number only where the value there is a list. */
function pathOf(pointer: string, root: JsonObject): (string | number)[] {
  let value: unknown = root;
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const step = Array.isArray(value) ? Number(key) : key;
      value = (value as Record<string | number, unknown>)[step];
      return step;
    });
}

function describe(error: ErrorObject, path: (string | number)[]): Problem {
  const params = error.params as Record<string, unknown>;
  const { propertyName } = error;
  if (propertyName !== undefined) return describeName(error, path, propertyName);
  switch (error.keyword) {
    case 'additionalProperties': {
      const name = params['additionalProperty'] as string;
      const known = Object.keys((error.parentSchema as { properties?: object }).properties ?? {});
      const message = `unknown field ${show(name)}${didYouMean(name, known)}`;
      return { code: 'DSW_MANIFEST_UNKNOWN_FIELD', path, message, key: name };
    }
    case 'required':
      return {
        code: 'DSW_MANIFEST_INVALID',
        path,
        message: `the field "${String(params['missingProperty'])}" is required`,
        expected: String(params['missingProperty']),
        found: 'nothing',
      };
    default:
      return describeValue(error, path);
  }
}

function describeName(error: ErrorObject, path: Path, name: string): Problem {
  const expected =
    error.keyword === 'pattern' ? `one that matches ${String((error.params as { pattern: string }).pattern)}` : limitOf(error);
  return {
    code: 'DSW_MANIFEST_INVALID',
    path,
    message: `the key ${show(name)} is not allowed: expected ${expected}`,
    expected,
    found: show(name),
    key: name,
  };
}

function describeValue(error: ErrorObject, path: Path): Problem {
  const told = error.keyword === 'pattern' ? describeGrammar(error.data as string, path) : undefined;
  if (told !== undefined) return told;
  const expected = expectedBy(error);
  const found = foundIn(error, path);
  const near =
    error.keyword === 'enum' && typeof error.data === 'string'
      ? didYouMean(error.data, (error.params as { allowedValues: string[] }).allowedValues)
      : '';
  return {
    code: 'DSW_MANIFEST_INVALID',
    path,
    message: `expected ${expected}, found ${found}${near}`,
    expected,
    found,
    hint: quoteHint(error),
  };
}

/** Where a value has a grammar of its own, that says more than the schema's pattern. */
function describeGrammar(value: string, path: Path): Problem | undefined {
  const field = path.filter((step) => typeof step === 'string').join('.');
  const image = field === 'spec.image' ? imageProblem(value) : undefined;
  if (image !== undefined) return invalid(path, `${image}: ${show(value)}`, IMAGE_HINT);
  const constraint = field === 'spec.placement.constraints' ? constraintProblem(value) : undefined;
  return constraint === undefined ? undefined : invalid(path, constraint, CONSTRAINT_HINT);
}

function quoteHint(error: ErrorObject): string | undefined {
  const wantsString = error.keyword === 'type' && (error.params as { type: unknown }).type === 'string';
  if (!wantsString || (typeof error.data !== 'number' && typeof error.data !== 'boolean')) return undefined;
  const { pattern } = error.parentSchema as { pattern?: string };
  return pattern === undefined || new RegExp(pattern, 'u').test(String(error.data)) ? 'Quote it.' : undefined;
}

/** Environment values may be secrets: of them only the type is told (invariant 16). */
function foundIn(error: ErrorObject, path: Path): string {
  const data = error.data;
  const type = typeName(data);
  if ((path[0] === 'spec' && path[1] === 'env') || data === null || typeof data === 'object') return type;
  if (error.keyword === 'maxLength' && typeof data === 'string') return `${data.length}`;
  return error.keyword === 'type' || error.keyword === 'anyOf' ? `${show(data)} (${type})` : show(data);
}

function typeName(data: unknown): string {
  if (data === null) return 'nothing';
  if (Array.isArray(data)) return 'a list';
  if (typeof data === 'object') return 'a mapping';
  return typeof data === 'boolean' ? 'true or false' : `a ${typeof data}`;
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'a string',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  null: 'nothing',
};

function expectedBy(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  const description = descriptionOf(error);
  switch (error.keyword) {
    case 'type':
      if (description !== '' && (error.parentSchema as { pattern?: string }).pattern !== undefined) return description;
      return [params['type']]
        .flat()
        .map((type) => TYPE_NAMES[String(type)] ?? String(type))
        .join(' or ');
    case 'enum':
      return `one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
    case 'const':
      return show(params['allowedValue']);
    case 'pattern':
      return description === '' ? `text that matches ${String(params['pattern'])}` : description;
    case 'anyOf':
      return description === '' ? branchDescriptions(error).join(', or ') : description;
    default:
      return limitOf(error);
  }
}

function descriptionOf(error: ErrorObject): string {
  return clause((error.parentSchema as { description?: string }).description ?? '');
}

function branchDescriptions(error: ErrorObject): string[] {
  return (error.schema as { description?: string; type?: string }[]).map((branch) =>
    clause(branch.description ?? TYPE_NAMES[branch.type ?? ''] ?? ''),
  );
}

/** A sentence of a schema as part of one of ours; a full stop that is itself what is described stays. */
function clause(sentence: string): string {
  const text = sentence.replace(/(?<=\S)\.$/, '');
  return /^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function limitOf(error: ErrorObject): string {
  const limit = String((error.params as { limit?: number }).limit);
  switch (error.keyword) {
    case 'minimum':
      return `at least ${limit}`;
    case 'maximum':
      return `at most ${limit}`;
    case 'minLength':
      return limit === '1' ? 'text that is not empty' : `at least ${limit} characters`;
    case 'maxLength':
      return `at most ${limit} characters`;
    case 'minItems':
    case 'minProperties':
      return `at least ${limit} entries`;
    case 'maxItems':
    case 'maxProperties':
      return `at most ${limit} entries`;
    default:
      return error.message ?? error.keyword;
  }
}
