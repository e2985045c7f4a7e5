import type { Mount, ServiceSpec } from '../types/generated.ts';
import { invalid, show, type Problem } from './problem.ts';
import type { Path } from './parse.ts';

/** Engine: volume names are at least two characters of these. */
const VOLUME_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]+$/;

export function checkVolumes(spec: ServiceSpec): Problem[] {
  const targets = new Map<string, number>();
  return (spec.volumes ?? []).flatMap((mount, index) => {
    const path = ['spec', 'volumes', index];
    const problems = [...checkTarget(mount, path), ...checkSource(mount, path)];
    const first = targets.get(mount.target);
    if (first !== undefined)
      problems.push(invalid([...path, 'target'], `duplicate mount point ${show(mount.target)}, used by volumes[${first}] too`));
    targets.set(mount.target, first ?? index);
    return problems;
  });
}

function checkTarget(mount: Mount, path: Path): Problem[] {
  if (mount.target === '/') return [invalid([...path, 'target'], "invalid mount target: destination can't be '/'")];
  return isCleanPath(mount.target)
    ? []
    : [invalid([...path, 'target'], `expected an absolute path without . .. or //, found ${show(mount.target)}`)];
}

function checkSource(mount: Mount, path: Path): Problem[] {
  const { source } = mount;
  switch (mount.type) {
    case 'tmpfs':
      return source === undefined ? [] : [invalid([...path, 'source'], 'a tmpfs has no source', 'Remove source.')];
    case 'bind':
      if (source === undefined) return [invalid(path, 'a bind mount needs a source', 'Give the path on the node as source.')];
      return isCleanPath(source)
        ? []
        : [invalid([...path, 'source'], `expected an absolute path without . .. or //, found ${show(source)}`)];
    case 'volume':
      if (source === undefined || VOLUME_NAME.test(source) || source.includes('{{')) return [];
      return [
        invalid(
          [...path, 'source'],
          `${show(source)} is not a volume name (letters, digits, _ . and -, two at least)`,
          source.startsWith('/') ? 'Use type: bind for a path on the node.' : undefined,
        ),
      ];
    default: {
      const never: never = mount.type;
      return never;
    }
  }
}

/** Absolute, and the same path after cleaning: nothing that a later step could resolve to another place. */
export function isCleanPath(path: string): boolean {
  if (path === '/') return true;
  return (
    path.startsWith('/') &&
    path
      .slice(1)
      .split('/')
      .every((part) => part !== '' && part !== '.' && part !== '..')
  );
}
