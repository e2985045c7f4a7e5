import type { AnyStored } from '../types/objects.ts';
import { badRequest } from './status.ts';

export type Matcher = (object: AnyStored) => boolean;

type Labels = Readonly<Record<string, string>>;
type LabelTest = (labels: Labels) => boolean;

const KEY = '(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?';
const VALUE = '[A-Za-z0-9_.-]*';
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EQUALITY = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*(${VALUE})$`);
const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`);
const NUMERIC = new RegExp(`^(${KEY})\\s*([<>])\\s*(-?[0-9]+)$`);

/** `a=b,c!=d,e in (f, g),h notin (i),j,!k,l>1`: all must hold. */
export function parseLabelSelector(text: string): Matcher {
  const tests = splitTerms(text).map(labelTest);
  return (object) => tests.every((test) => test(object.metadata.labels ?? {}));
}

/** Commas within brackets separate values, not terms. */
function splitTerms(text: string): string[] {
  return text
    .split(/,(?![^()]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '');
}

function labelTest(term: string): LabelTest {
  const set = SET.exec(term);
  if (set !== null)
    return setTest(
      set[1] ?? '',
      set[2] === 'in',
      (set[3] ?? '').split(',').map((value) => value.trim()),
    );
  const equality = EQUALITY.exec(term);
  if (equality !== null) return equalityTest(equality[1] ?? '', equality[2] !== '!=', equality[3] ?? '');
  const exists = EXISTS.exec(term);
  if (exists !== null) return (labels) => Object.hasOwn(labels, exists[2] ?? '') === (exists[1] === '');
  const numeric = NUMERIC.exec(term);
  if (numeric !== null) return numericTest(numeric[1] ?? '', numeric[2] ?? '', Number(numeric[3]));
  throw badRequest(
    `unable to parse the label selector at "${term}": expected KEY=VALUE, KEY!=VALUE, KEY in (A, B), KEY notin (A), KEY or !KEY`,
  );
}

/** As in Kubernetes, an object without the label is `notin` and `!=`. */
function setTest(key: string, wanted: boolean, values: readonly string[]): LabelTest {
  return (labels) => (Object.hasOwn(labels, key) && values.includes(labels[key] ?? '')) === wanted;
}

function equalityTest(key: string, wanted: boolean, value: string): LabelTest {
  return (labels) => (Object.hasOwn(labels, key) && labels[key] === value) === wanted;
}

function numericTest(key: string, operator: string, bound: number): LabelTest {
  return (labels) => {
    const value = Object.hasOwn(labels, key) ? Number(labels[key]) : Number.NaN;
    return operator === '>' ? value > bound : value < bound;
  };
}

const EVENT_FIELDS = [
  'involvedObject.kind',
  'involvedObject.name',
  'involvedObject.namespace',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'reason',
  'type',
];
const OWN_FIELDS = ['spec.mode', 'spec.node', 'spec.service', 'spec.role', 'spec.availability', 'status.state', 'status.retiredAt'];
/** Kubernetes has them; ours have nothing of the kind, so they are empty. */
const EMPTY_FIELDS = ['involvedObject.fieldPath', 'involvedObject.resourceVersion', 'reportingComponent'];

/** `metadata.name=web,involvedObject.kind!=Node`: all must hold. Only fields known to be few and useful. */
export function parseFieldSelector(text: string): Matcher {
  const tests = splitTerms(text).map(fieldTest);
  return (object) => tests.every((test) => test(object));
}

function fieldTest(term: string): Matcher {
  const match = /^([A-Za-z.]+)\s*(==|=|!=)\s*(.*)$/.exec(term);
  const field = match?.[1] ?? '';
  const known = ['metadata.name', 'metadata.namespace', ...EVENT_FIELDS, ...OWN_FIELDS, ...EMPTY_FIELDS];
  if (match === null || !known.includes(field)) throw badRequest(`field label not supported: "${term}"; supported are ${known.join(', ')}`);
  const [, , operator, value] = match;
  return (object) => (fieldValue(object, field) === value) === (operator !== '!=');
}

function fieldValue(object: AnyStored, field: string): string {
  const value = field
    .split('.')
    .reduce<unknown>(
      (node, key) => (typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[key] : undefined),
      object,
    );
  return typeof value === 'string' ? value : '';
}
