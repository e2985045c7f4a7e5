import { DswarmError } from '../errors/error.ts';
import { findKind, KINDS } from '../manifest/kinds.ts';
import type { KindInfo } from '../types/kinds.ts';
import type { Kind, ObjectRef } from '../types/objects.ts';
import type { Session } from './session.ts';

/** What the words after a command select: all objects of a kind, or those named. */
export interface Selection {
  info: KindInfo;
  names: string[];
}

/** Kinds in the order in which several are listed. */
const ORDER: readonly Kind[] = ['Node', 'Network', 'CronJob', 'Service', 'Task', 'Revision', 'Source', 'Event'];

/** Reads `KIND[,KIND] [NAME...]` or `KIND/NAME...`, as kubectl does. */
export function parseResources(words: readonly string[]): Selection[] {
  const [first, ...names] = words;
  if (first === undefined) {
    throw usage('you must name a resource', 'Write KIND, KIND NAME or KIND/NAME; "dswarm api-resources" lists the kinds.');
  }
  if (words.some((word) => word.includes('/'))) return parseSlashed(words);
  const kinds = first
    .split(',')
    .filter((word) => word !== '')
    .flatMap(kindsCalled);
  return kinds.map((info) => ({ info, names: [...new Set(names)] }));
}

/** For commands that act on named objects only. */
export function parseNamed(words: readonly string[], session: Session): ObjectRef[] {
  const selections = parseResources(words);
  const nameless = selections.find((selection) => selection.names.length === 0);
  if (nameless !== undefined) {
    throw usage(`no name given for ${nameless.info.plural}`, `Write ${nameless.info.singular}/NAME.`);
  }
  return selections.flatMap((selection) => selection.names.map((name) => toRef(selection.info, name, session.namespace)));
}

export function toRef(info: KindInfo, name: string, namespace: string): ObjectRef {
  return info.scope === 'Cluster' ? { kind: info.kind, name } : { kind: info.kind, namespace, name };
}

/** `service/web`, as messages and -o name have it. */
export function shortRef(ref: { kind: Kind; name: string }): string {
  return `${KINDS[ref.kind].singular}/${ref.name}`;
}

function parseSlashed(words: readonly string[]): Selection[] {
  const selections = new Map<Kind, Selection>();
  for (const word of words) {
    const [kind = '', name = '', ...more] = word.split('/');
    if (name === '' || more.length > 0) {
      throw usage(`${JSON.stringify(word)} is not KIND/NAME`, 'Write either KIND NAME... or KIND/NAME..., not both.');
    }
    const info = kindCalled(kind);
    const selection = selections.get(info.kind) ?? { info, names: [] };
    if (!selection.names.includes(name)) selection.names.push(name);
    selections.set(info.kind, selection);
  }
  return [...selections.values()];
}

function kindsCalled(word: string): KindInfo[] {
  if (word.toLowerCase() === 'all') return ORDER.map((kind) => KINDS[kind]).filter((info) => info.categories.includes('all'));
  return [kindCalled(word)];
}

export function kindCalled(word: string): KindInfo {
  // kubectl's RESOURCE.GROUP and RESOURCE.VERSION.GROUP.
  const info = findKind(word.replace(/\.(v1\.)?dswarm$/, ''));
  if (info !== undefined) return info;
  const kinds = Object.values(KINDS).map((each) => each.plural);
  throw usage(`there is no resource type ${JSON.stringify(word)}`, `The kinds are ${kinds.join(', ')}.`);
}

export function usage(message: string, hint: string): DswarmError {
  return new DswarmError('DSW_CLI_USAGE', message, { hint });
}
