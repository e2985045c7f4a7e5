import type { DswarmError } from '../errors/error.ts';
import type { CronJob, Service } from '../types/generated.ts';
import { API_VERSION, type Admitted, type JsonObject, type JsonValue } from '../types/objects.ts';
import { findConflicts, NO_OTHERS, type Others } from './beside.ts';
import { applyDefaults } from './defaults.ts';
import { findKind, KINDS, writableKinds } from './kinds.ts';
import { checkMetadata, cleanMetadata } from './metadata.ts';
import { isObject, type Path } from './parse.ts';
import { findDenied, type Policy } from './policy.ts';
import { invalid, show, toError, type AdmissionInput, type Problem } from './problem.ts';
import { checkNetwork, findFixed } from './rules-network.ts';
import { checkCronJob, inTemplate, templateService } from './rules-cronjob.ts';
import { checkService } from './rules.ts';
import { findSchemaProblems } from './schema-problems.ts';
import { didYouMean, oneOf } from './suggest.ts';
import { findUnsupported, findUnsupportedOfNetwork } from './unsupported.ts';

export interface AdmissionOptions {
  /** The object as it is now: some fields cannot change. */
  previous?: Admitted | undefined;
  policy: Policy;
  /** What else there is; absent: the object is judged by itself. */
  others?: Others;
}

export type Admission = { object: Admitted; errors?: undefined } | { object?: undefined; errors: DswarmError[] };

/**
 * The one admission function (invariant 17): files, API and `validate` all come through here, on create and update alike. The result is
 * validated, its short forms written out and its defaults filled in; status and bookkeeping of the input are left out.
 */
export function admit(input: AdmissionInput, options: AdmissionOptions): Admission {
  const problems = findFormProblems(input.value);
  if (problems.length > 0) return refuse(problems, input);
  const object = toObject(input.value);
  const wrong = [...checkMetadata(object, options.previous), ...findMeaningProblems(object, input.value, options)];
  if (wrong.length > 0) return refuse(wrong, input);
  const conflicts = findConflicts(object, options.previous, options.others ?? NO_OTHERS);
  return conflicts.length > 0 ? refuse(conflicts, input) : { object: cleanMetadata(object) };
}

/** Problems in the order of the text, so that the first told is the first met. */
function refuse(problems: Problem[], input: AdmissionInput): Admission {
  const errors = problems.map((problem) => ({ error: toError(problem, input), at: lineOf(problem, input) }));
  errors.sort((a, b) => a.at - b.at);
  return { errors: errors.map(({ error }) => error) };
}

function lineOf(problem: Problem, input: AdmissionInput): number {
  if (input.locate === undefined) return 0;
  const { line, column } = problem.key === undefined ? input.locate(problem.path) : input.locate([...problem.path, problem.key], 'key');
  return line * 2 ** 20 + column;
}

function findFormProblems(value: JsonObject): Problem[] {
  const kind = findKindProblems(value);
  if (kind.length > 0) return kind;
  const controls = findNuls(value, []);
  if (controls.length > 0) return controls;
  const withoutStatus = { ...value };
  delete withoutStatus['status'];
  return findSchemaProblems(value['kind'] as Admitted['kind'], withoutStatus);
}

function findKindProblems(value: JsonObject): Problem[] {
  const { apiVersion, kind } = value;
  if (apiVersion === undefined && isObject(value['services'])) {
    const message = 'this is a compose file; compose files are not supported yet';
    return [
      {
        code: 'DSW_MANIFEST_UNSUPPORTED',
        path: [],
        message,
        hint: 'Write each service as a manifest: apiVersion: dswarm/v1, kind: Service.',
      },
    ];
  }
  if (apiVersion !== API_VERSION) {
    const message = `expected ${API_VERSION}, ${found(apiVersion)}`;
    return [
      {
        code: 'DSW_MANIFEST_KIND',
        path: ['apiVersion'],
        message,
        hint: `Write "apiVersion: ${API_VERSION}"; other versions are not read.`,
      },
    ];
  }
  return typeof kind === 'string'
    ? findNameProblems(kind)
    : [{ code: 'DSW_MANIFEST_KIND', path: ['kind'], message: `expected ${oneOf(writableKinds())}, ${found(kind)}` }];
}

function found(value: JsonValue | undefined): string {
  return value === undefined ? 'there is none' : `found ${show(value)}`;
}

function findNameProblems(kind: string): Problem[] {
  const writable: string[] = writableKinds();
  if (writable.includes(kind)) return [];
  const known = findKind(kind)?.kind;
  if (known === kind)
    return [
      {
        code: 'DSW_MANIFEST_KIND',
        path: ['kind'],
        message: `objects of kind ${known} are made by controllers`,
        hint: 'Remove the document.',
      },
    ];
  const near = known === undefined ? didYouMean(kind, writable) : `; did you mean "${known}"?`;
  return [{ code: 'DSW_MANIFEST_KIND', path: ['kind'], message: `expected ${oneOf(writable)}, ${found(kind)}${near}` }];
}

/** No string of the engine's may hold a NUL: a C program would read a shorter one than was checked. */
function findNuls(value: JsonValue, path: Path): Problem[] {
  if (typeof value === 'string') return value.includes('\0') ? [invalid(path, 'a NUL character in a string', 'Remove it.')] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => findNuls(item, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => [
    ...(key.includes('\0') || Object.hasOwn(FORBIDDEN, key) ? [invalid(path, `the key ${show(key)} is not allowed`, 'Remove it.')] : []),
    ...findNuls(child, [...path, key]),
  ]);
}

/** Keys that reach an object's prototype; a request's body has been through no YAML parser. */
const FORBIDDEN = { ['__proto__']: true, constructor: true, prototype: true };

function toObject(value: JsonObject): Admitted {
  const kind = value['kind'] as Admitted['kind'];
  const object = applyDefaults(kind, value);
  delete object['status'];
  return object as unknown as Admitted;
}

function findMeaningProblems(object: Admitted, given: JsonObject, options: AdmissionOptions): Problem[] {
  if (object.kind === 'Node') return [];
  if (object.kind === 'Network')
    return [...checkNetwork(object), ...findUnsupportedOfNetwork(object), ...findFixed(object, options.previous)];
  if (object.kind === 'CronJob') return findCronJobProblems(object, given, options);
  return [...findServiceProblems(object, given, options.policy), ...findImmutable(object, options.previous)];
}

/** The template comes through what a Service comes through. */
function findCronJobProblems(object: CronJob, given: JsonObject, { policy }: AdmissionOptions): Problem[] {
  const template = templateService(object, given);
  const own = checkMetadata(template.service, undefined);
  return [...checkCronJob(object), ...inTemplate([...own, ...findServiceProblems(template.service, template.given, policy)])];
}

/** A value that makes no sense by itself is told alone: what is not supported of it says little. */
function findServiceProblems(object: Service, given: JsonObject, policy: Policy): Problem[] {
  const rules = checkService(object, given);
  return rules.length > 0 ? rules : [...findUnsupported(object, policy), ...findDenied(object, policy)];
}

/** As in Swarm ("service mode change is not allowed"). */
function findImmutable(object: Service, previous: Admitted | undefined): Problem[] {
  if (previous?.kind !== 'Service' || previous.spec.mode === object.spec.mode) return [];
  const message = `service mode change is not allowed: it is ${previous.spec.mode}, found ${object.spec.mode}`;
  return [{ code: 'DSW_MANIFEST_IMMUTABLE', path: ['spec', 'mode'], message }];
}

/** The scope of a kind decides whether its objects have a namespace. */
export function isNamespaced(object: Admitted): boolean {
  return KINDS[object.kind].scope === 'Namespaced';
}
