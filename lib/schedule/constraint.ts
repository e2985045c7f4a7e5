import { rangeHolds } from './address.ts';
import type { NodeFacts } from './node-facts.ts';

interface Constraint {
  key: string;
  operator: '==' | '!=';
  value: string;
}

const SHAPE = /^\s*([A-Za-z0-9_./-]+)\s*(==|!=)\s*(.*?)\s*$/;

/** Undefined where the text is not `KEY==VALUE` or `KEY!=VALUE`. */
export function parseConstraint(text: string): Constraint | undefined {
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  return { key: match[1] as string, operator: match[2] as '==' | '!=', value: match[3] as string };
}

/** All must hold. Keys and values compare without case, label names with; a missing label is an empty string; an unknown key never matches (Swarm). */
export function meetsConstraints(constraints: readonly string[], node: NodeFacts): boolean {
  return unmetConstraint(constraints, node) === undefined;
}

/** The first constraint that the node does not meet. */
export function unmetConstraint(constraints: readonly string[], node: NodeFacts): string | undefined {
  return constraints.find((text) => {
    const constraint = parseConstraint(text);
    return constraint === undefined || !meets(constraint, node);
  });
}

function meets({ key, operator, value }: Constraint, node: NodeFacts): boolean {
  const equal = key.toLowerCase() === 'node.ip' ? rangeHolds(value, node.address ?? '') : isEqual(lookUp(key, node), value);
  return equal !== undefined && equal === (operator === '==');
}

function isEqual(actual: string | undefined, value: string): boolean | undefined {
  return actual === undefined ? undefined : actual.toLowerCase() === value.toLowerCase();
}

const LABEL_KEY = /^(node|engine)\.labels\.(.+)$/i;

/** Value of `node.labels.X` or `engine.labels.X`, empty where the node has no such label; undefined where the key names no label. */
export function labelValue(key: string, node: NodeFacts): string | undefined {
  const label = LABEL_KEY.exec(key);
  if (label === null) return undefined;
  const labels = label[1]?.toLowerCase() === 'node' ? node.labels : node.engineLabels;
  return labels[label[2] as string] ?? '';
}

function lookUp(key: string, node: NodeFacts): string | undefined {
  switch (key.toLowerCase()) {
    case 'node.id':
      return node.id;
    case 'node.hostname':
      return node.hostname;
    case 'node.role':
      return node.role;
    case 'node.platform.os':
      return node.os;
    case 'node.platform.arch':
      return normalArch(node.arch);
    default:
      return labelValue(key, node);
  }
}

/** Docker's names and the kernel's mean the same. */
function normalArch(arch: string): string {
  if (arch === 'x86_64') return 'amd64';
  return arch === 'aarch64' ? 'arm64' : arch;
}
