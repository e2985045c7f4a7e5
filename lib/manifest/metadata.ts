import type { ObjectMeta } from '../types/generated.ts';
import type { Admitted } from '../types/objects.ts';
import { KINDS } from './kinds.ts';
import { invalid, show, type Problem } from './problem.ts';

/** Labels and annotations that begin so are dswarm's own. */
export const OWN_PREFIX = 'dswarm/';

/** Bytes of all annotations together, as in Kubernetes. */
const ANNOTATION_BYTES = 262_144;

export function checkMetadata(object: Admitted, previous: Admitted | undefined): Problem[] {
  const { metadata } = object;
  const problems: Problem[] = [];
  if (KINDS[object.kind].scope === 'Cluster' && metadata.namespace !== undefined) {
    problems.push(invalid(['metadata', 'namespace'], `a ${object.kind} belongs to no namespace`, 'Remove namespace.'));
  }
  if (metadata.generateName !== undefined) problems.push(unsupported('generateName', 'generated names are', 'Give a name.'));
  if ((metadata.finalizers ?? []).length > 0) problems.push(unsupported('finalizers', 'finalizers are', 'Remove finalizers.'));
  const bytes = Object.entries(metadata.annotations ?? {}).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (bytes > ANNOTATION_BYTES)
    problems.push(invalid(['metadata', 'annotations'], `${bytes} bytes in all; at most ${ANNOTATION_BYTES} are allowed`));
  return [...problems, ...checkOwnKeys(object, previous)];
}

function unsupported(field: string, what: string, hint: string): Problem {
  return { code: 'DSW_MANIFEST_UNSUPPORTED', path: ['metadata', field], message: `${what} not supported yet`, hint };
}

/** A client sends back what the store has put there; anything else under dswarm/ would forge identity. */
function checkOwnKeys(object: Admitted, previous: Admitted | undefined): Problem[] {
  const own = (keys: Record<string, string> | undefined, known: Record<string, string> | undefined, path: string[]): Problem[] =>
    Object.entries(keys ?? {})
      .filter(([key, value]) => key.startsWith(OWN_PREFIX) && known?.[key] !== value)
      .map(([key]) => ({ ...invalid(path, `the key ${show(key)} is dswarm's own`, 'Remove it.'), key }));
  return [
    ...own(object.metadata.labels, undefined, ['metadata', 'labels']),
    ...own(object.metadata.annotations, previous?.metadata.annotations, ['metadata', 'annotations']),
    ...(object.kind === 'Service' ? own(object.spec.labels, undefined, ['spec', 'labels']) : []),
  ];
}

/** What a user says of an object's identity; the store adds the rest. */
export function cleanMetadata(object: Admitted): Admitted {
  const { name, namespace, labels } = object.metadata;
  const metadata: ObjectMeta = { name };
  if (namespace !== undefined) metadata.namespace = namespace;
  if (labels !== undefined && Object.keys(labels).length > 0) metadata.labels = labels;
  const annotations = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => !key.startsWith(OWN_PREFIX));
  if (annotations.length > 0) metadata.annotations = Object.fromEntries(annotations);
  return { ...object, metadata };
}
