import { ERRORS } from '../errors/registry.ts';
import { findConflicts, type Others } from '../manifest/beside.ts';
import { formatPath, type Problem } from '../manifest/problem.ts';
import type { Publisher } from '../publish/claims.ts';
import type { Network, SourceError } from '../types/generated.ts';
import { owningFile, type StoredNode } from '../types/objects.ts';
import { sameJson } from '../types/same-json.ts';
import type { Claims } from './claims.ts';
import { positionIn, withRemedy } from './read.ts';
import type { FileObject, StoredManifest } from './types.ts';

type Files = ReadonlyMap<string, readonly FileObject[]>;

export interface Surroundings {
  stored: ReadonlyMap<string, StoredManifest>;
  /** Whether there is such a file, be it good, broken or not to be read. */
  isThere: (path: string) => boolean;
}

/**
 * Which files apply of those that are good by themselves: one that asks for what another object has is refused and keeps what it owns,
 * which may in turn be in the way of a third, so this goes on until nothing changes. Who has a thing keeps it; of two that are new, the
 * first by path gets it.
 */
export function settleConflicts(claims: Claims, { stored, isThere }: Surroundings): Claims {
  let good = new Map([...claims.good].sort(([a], [b]) => (a < b ? -1 : 1)));
  const errors = [...claims.errors];
  for (;;) {
    const refused = findRefused(good, { stored, isThere });
    if (refused.size === 0) return { good, errors };
    errors.push(...[...refused.values()].flat());
    good = new Map([...good].filter(([path]) => !refused.has(path)));
  }
}

function findRefused(good: Files, { stored, isThere }: Surroundings): Map<string, SourceError[]> {
  const said = new Set([...good.values()].flat().map(({ key }) => key));
  const inForce = new InForce([...stored].flatMap(([key, object]) => (!said.has(key) && stays(object, good, isThere) ? [object] : [])));
  const changed: [path: string, object: FileObject][] = [];
  for (const [path, objects] of good) {
    for (const object of objects) {
      if (isAsStored(object, stored)) inForce.add(object, stored);
      else changed.push([path, object]);
    }
  }
  const refused = new Map<string, SourceError[]>();
  for (const [path, object] of changed) {
    const problems = findConflicts(object.object, stored.get(object.key), inForce);
    if (problems.length === 0) inForce.add(object, stored);
    else refused.set(path, [...(refused.get(path) ?? []), ...problems.map((problem) => toSourceError(path, object, problem))]);
  }
  return refused;
}

/** What no file holds any more is about to go, and in nobody's way; what a refused file owns stays as it is. */
function stays(object: StoredManifest, good: Files, isThere: (path: string) => boolean): boolean {
  const file = owningFile(object);
  return file === undefined || (isThere(file) && !good.has(file));
}

function isAsStored({ key, object }: FileObject, stored: ReadonlyMap<string, StoredManifest>): boolean {
  const previous = stored.get(key);
  return previous !== undefined && sameJson(previous.spec, object.spec);
}

/** What would be stored, file by file. */
class InForce implements Others {
  readonly services: Publisher[] = [];
  readonly networks: Network[] = [];
  readonly nodes: StoredNode[] = [];

  constructor(stored: readonly StoredManifest[]) {
    for (const object of stored) this.#put(object);
  }

  add({ key, object }: FileObject, stored: ReadonlyMap<string, StoredManifest>): void {
    const previous = stored.get(key);
    this.#put(previous === undefined ? object : ({ ...previous, spec: object.spec } as StoredManifest));
  }

  #put(object: StoredManifest | FileObject['object']): void {
    switch (object.kind) {
      case 'Service':
        if ((object.spec.ports ?? []).length > 0) this.services.push(object);
        break;
      case 'Network':
        this.networks.push(object);
        break;
      case 'Node':
        // A node's own subnets are known of those only that are stored.
        if ('uid' in object.metadata) this.nodes.push(object as StoredNode);
        break;
      case 'CronJob':
        // Its runs are services of other names, which are checked as they are made.
        break;
    }
  }
}

function toSourceError(file: string, { where }: FileObject, problem: Problem): SourceError {
  const { code, path, message } = problem;
  return { file, ...positionIn(where), code, message: withRemedy(`${formatPath(path)}: ${message}`, ERRORS[code].remedy) };
}
