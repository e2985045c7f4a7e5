import type { Command } from 'commander';
import type { NodeSpec } from '../types/generated.ts';
import type { StoredNode } from '../types/objects.ts';
import { printLine, type Io } from './io.ts';
import { shortRef, usage } from './resources.ts';
import { addClientOptions, openSession, type Session } from './session.ts';

/** What a command makes of a node's spec, and how it says so. */
export interface NodeChange {
  spec: Partial<Pick<NodeSpec, 'availability' | 'role'>>;
  /** `cordoned`, behind the node's name. */
  done: string;
}

export const CORDON: NodeChange = { spec: { availability: 'pause' }, done: 'cordoned' };
export const UNCORDON: NodeChange = { spec: { availability: 'active' }, done: 'uncordoned' };
export const DRAIN: NodeChange = { spec: { availability: 'drain' }, done: 'draining' };
export const PROMOTE: NodeChange = { spec: { role: 'manager' }, done: 'promoted' };
export const DEMOTE: NodeChange = { spec: { role: 'worker' }, done: 'demoted' };

/** A command that changes nodes and does no more. */
export function defineNodeChange(command: Command, io: Io, { change, help }: { change: NodeChange; help: string }): void {
  addClientOptions(command)
    .usage('NODE... [flags]')
    .argument('[node...]')
    .addHelpText('after', help)
    .action(async (names: string[], _flags: object, self: Command) => {
      const session = openSession(self, io);
      for (const node of await findNodes(session, names)) await changeNode(session, node, change);
    });
}

/** All of them exist, or nothing is done. */
export async function findNodes(session: Session, words: readonly string[]): Promise<StoredNode[]> {
  if (words.length === 0) throw usage('no node given', 'Write its name, as "dswarm get nodes" shows it.');
  const names = [...new Set(words.map((word) => word.replace(/^(nodes?|no)\//, '')))];
  return Promise.all(names.map((name) => session.client.get({ kind: 'Node', name })));
}

/** Through the API, so that a node that a file owns is changed in its file. */
export async function changeNode(session: Session, node: StoredNode, { spec, done }: NodeChange): Promise<void> {
  const ref = { kind: 'Node' as const, name: node.metadata.name };
  const isSo = Object.entries(spec).every(([field, value]) => node.spec[field as keyof typeof spec] === value);
  if (!isSo) await session.client.patch(ref, { spec });
  printLine(session.io, `${shortRef(ref)} ${isSo ? 'already ' : ''}${done}`);
}
