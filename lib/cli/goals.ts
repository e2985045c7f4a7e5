import { setTimeout as sleep } from 'node:timers/promises';
import { DswarmError } from '../errors/error.ts';
import { isReason } from '../client/status.ts';
import type { AnyStored, ObjectRef } from '../types/objects.ts';
import { lookUp, parsePath, type PathStep } from './json-path.ts';
import { shortRef, usage } from './resources.ts';
import type { Session } from './session.ts';

export type Goal =
  | { type: 'create' }
  | { type: 'delete' }
  | { type: 'condition'; name: string; status: string }
  /** Without a value: any will do. */
  | { type: 'path'; path: PathStep[]; value: string | undefined };

const POLL_MS = 100;

/** Reads what stands behind --for, as kubectl wait does. */
export function parseGoal(text: string): Goal {
  if (text === 'delete' || text === 'create') return { type: text };
  const condition = /^condition=([^=]+)(?:=(.+))?$/.exec(text);
  if (condition !== null) return { type: 'condition', name: condition[1] ?? '', status: condition[2] ?? 'True' };
  const path = /^jsonpath='?(\{[^}]*\}|[^=']+)'?(?:==?(.*))?$/.exec(text);
  if (path !== null) return { type: 'path', path: parsePath(path[1] ?? ''), value: path[2]?.replace(/^(["'])(.*)\1$/, '$2') };
  throw usage(
    `--for ${JSON.stringify(text)} is nothing to wait for`,
    "Write condition=NAME[=STATUS], jsonpath='{.path}'=VALUE, create or delete.",
  );
}

export function isReached(goal: Goal, object: AnyStored | undefined): boolean {
  switch (goal.type) {
    case 'delete':
      return object === undefined;
    case 'create':
      return object !== undefined;
    case 'condition':
      return object !== undefined && hasCondition(object, goal);
    case 'path':
      return object !== undefined && hasValue(object, goal);
  }
}

/** A status made from an older generation than the spec's says nothing about it yet. */
function hasCondition(object: AnyStored, goal: { name: string; status: string }): boolean {
  const status = 'status' in object ? object.status : undefined;
  if (status === undefined || !('conditions' in status)) return false;
  const observed = status.observedGeneration;
  if (observed !== undefined && observed < object.metadata.generation) return false;
  const condition = status.conditions?.find((each) => each.type.toLowerCase() === goal.name.toLowerCase());
  return condition?.status.toLowerCase() === goal.status.toLowerCase();
}

function hasValue(object: AnyStored, goal: { path: PathStep[]; value: string | undefined }): boolean {
  const values = lookUp(object, goal.path);
  if (goal.value === undefined) return values.length > 0;
  return values.length > 0 && values.every((value) => textOf(value) === goal.value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Looks again and again until the goal is reached; a missing object is an error unless the goal is about its being there. */
export async function reach(session: Session, { ref, goal, until }: { ref: ObjectRef; goal: Goal; until: number }): Promise<void> {
  for (;;) {
    const object = await find(session, ref, goal);
    if (isReached(goal, object)) return;
    if (session.io.now() >= until) throw new DswarmError('DSW_CLI_TIMEOUT', `timed out waiting for the condition on ${shortRef(ref)}`);
    await sleep(POLL_MS, undefined, { signal: session.io.signal });
  }
}

async function find(session: Session, ref: ObjectRef, goal: Goal): Promise<AnyStored | undefined> {
  try {
    return await session.client.get(ref);
  } catch (error) {
    if (isReason(error, 'NotFound') && (goal.type === 'delete' || goal.type === 'create')) return undefined;
    throw error;
  }
}
