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
  return constraints.every((text) => {
    const constraint = parseConstraint(text);
    if (constraint === undefined) return false;
    const actual = lookUp(constraint.key, node);
    if (actual === undefined) return false;
    const equal = actual.toLowerCase() === constraint.value.toLowerCase();
    return constraint.operator === '==' ? equal : !equal;
  });
}

const LABEL_KEY = /^(node|engine)\.labels\.(.+)$/i;

function lookUp(key: string, node: NodeFacts): string | undefined {
  const label = LABEL_KEY.exec(key);
  if (label !== null) {
    const labels = label[1]?.toLowerCase() === 'node' ? node.labels : node.engineLabels;
    return labels[label[2] as string] ?? '';
  }
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
      return undefined;
  }
}

/** Docker's names and the kernel's mean the same. */
function normalArch(arch: string): string {
  if (arch === 'x86_64') return 'amd64';
  return arch === 'aarch64' ? 'arm64' : arch;
}
