import { rangeHolds } from '../schedule/address.ts';
import type { ServiceSpec } from '../types/generated.ts';
import { invalid, show, type Problem } from './problem.ts';
import { suggest } from './suggest.ts';

const ATTRIBUTES = ['node.id', 'node.hostname', 'node.ip', 'node.role', 'node.platform.os', 'node.platform.arch'];
const PREFIXES = ['node.labels.', 'engine.labels.'];
const LABEL = /^[A-Za-z0-9_][A-Za-z0-9._/-]*$/;
// SwarmKit's pattern for values (manager/constraint).
const VALUE = /^[A-Za-z0-9:_\s.*()?+[\]\\^$|/-]+$/;

export const CONSTRAINT_HINT = 'Write ATTRIBUTE==VALUE or ATTRIBUTE!=VALUE, such as node.labels.zone==a.';

/** A constraint is ATTRIBUTE==VALUE or ATTRIBUTE!=VALUE, as in Swarm. */
export function checkConstraints(spec: ServiceSpec): Problem[] {
  return (spec.placement?.constraints ?? []).flatMap((text, index) => {
    const message = constraintProblem(text);
    return message === undefined ? [] : [invalid(['spec', 'placement', 'constraints', index], message, CONSTRAINT_HINT)];
  });
}

/** What is wrong with a constraint, in a person's words; undefined if nothing is. */
export function constraintProblem(text: string): string | undefined {
  const at = text.search(/[=!]=/);
  const left = text.slice(0, Math.max(0, at)).trim();
  const value = text.slice(at + 2).trim();
  if (at < 0) return `expected == or !=, found ${show(text)}`;
  if (!VALUE.test(value)) return `${show(value)} is not a value to compare with`;
  if (left === 'node.ip' && rangeHolds(value, '') === undefined) return `${show(value)} is not an IP address or ADDRESS/BITS`;
  if (ATTRIBUTES.includes(left)) return undefined;
  const prefix = PREFIXES.find((candidate) => left.startsWith(candidate));
  if (prefix !== undefined && LABEL.test(left.slice(prefix.length))) return undefined;
  const near = suggest(left, ATTRIBUTES);
  return near === undefined
    ? `${show(left)} is not an attribute of a node; known are ${ATTRIBUTES.join(', ')}, node.labels.* and engine.labels.*`
    : `${show(left)} is not an attribute of a node; did you mean ${show(near)}?`;
}
