import { isAlias, isScalar, isSeq, type Document, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { DswarmError, type ErrorCode } from '../errors/error.ts';
import type { JsonObject, JsonValue } from '../types/objects.ts';
import { LIMITS } from './limits.ts';

/** Keys that reach an object's prototype in JavaScript. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

interface Context {
  anchors: Map<string, Node>;
  nodes: number;
  fail(code: ErrorCode, message: string, node: Node | undefined, hint?: string): DswarmError;
}

/** Plain data of a YAML document, without sharing; throws a DswarmError at what has no single meaning in JSON. */
export function toPlain(document: Document, whereOf: (offset: number) => string): JsonValue {
  const context: Context = {
    anchors: new Map(),
    nodes: 0,
    fail: (code, message, node, hint) => new DswarmError(code, message, { where: whereOf(node?.range?.[0] ?? 0), hint }),
  };
  return convert(document.contents, context, 0);
}

function convert(node: Node | null, context: Context, depth: number): JsonValue {
  if (node === null) return null;
  context.nodes += 1;
  if (depth > LIMITS.depth) throw context.fail('DSW_MANIFEST_LIMIT', `nested more than ${LIMITS.depth} deep`, node);
  if (context.nodes > LIMITS.nodes)
    throw context.fail('DSW_MANIFEST_LIMIT', `more than ${LIMITS.nodes} values once aliases are expanded`, node);
  if (isAlias(node)) {
    const target = context.anchors.get(node.source);
    if (target === undefined) throw context.fail('DSW_MANIFEST_SYNTAX', `the alias *${node.source} has no anchor before it`, node);
    return convert(target, context, depth + 1);
  }
  const anchor = (node as Scalar).anchor;
  if (isScalar(node)) {
    if (anchor !== undefined) context.anchors.set(anchor, node);
    return convertScalar(node, context);
  }
  const value = isSeq(node)
    ? (node.items as Node[]).map((item) => convert(item, context, depth + 1))
    : convertMap(node as YAMLMap<Node, Node | null>, context, depth);
  // Only now: a value that contains its own alias would never end.
  if (anchor !== undefined) context.anchors.set(anchor, node);
  return value;
}

function convertScalar(node: Scalar, context: Context): JsonValue {
  const { value } = node;
  if (typeof value === 'number') {
    const source = node.source ?? String(value);
    if (!Number.isFinite(value)) throw context.fail('DSW_MANIFEST_INVALID', `${source} is not a number that can be used`, node);
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw context.fail(
        'DSW_MANIFEST_INVALID',
        `${source} is too large to be exact`,
        node,
        'Quote it if it is text; numbers go up to 9007199254740991.',
      );
    }
    return value;
  }
  if (typeof value === 'string' && value.includes('\0'))
    throw context.fail('DSW_MANIFEST_INVALID', 'a NUL character in a string', node, 'Remove it.');
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  throw context.fail('DSW_MANIFEST_SYNTAX', 'a value that JSON does not have', node);
}

function convertMap(map: YAMLMap<Node, Node | null>, context: Context, depth: number): JsonObject {
  const result: JsonObject = {};
  for (const pair of map.items) {
    const key = convertKey(pair, map, context);
    if (Object.hasOwn(result, key)) {
      throw context.fail('DSW_MANIFEST_SYNTAX', `the key "${key}" stands twice in one mapping`, pair.key, 'Keep one of the two.');
    }
    result[key] = convert(pair.value, context, depth + 1);
  }
  return result;
}

function convertKey(pair: Pair<Node, Node | null>, map: Node, context: Context): string {
  const { key } = pair;
  if (!isScalar(key)) throw context.fail('DSW_MANIFEST_SYNTAX', 'a key must be a string', key ?? map);
  if (key.anchor !== undefined) context.anchors.set(key.anchor, key);
  if (typeof key.value !== 'string') {
    const source = key.source ?? String(key.value);
    throw context.fail(
      'DSW_MANIFEST_SYNTAX',
      `a key must be a string, but ${source === '' ? 'this one is empty' : `${source} is not`}`,
      key,
      'Quote it.',
    );
  }
  if (key.value === '<<' && key.type === 'PLAIN') {
    throw context.fail(
      'DSW_MANIFEST_SYNTAX',
      'merge keys (<<) are not part of YAML 1.2',
      key,
      'Write the fields out, or alias the whole value (field: *anchor).',
    );
  }
  if (FORBIDDEN_KEYS.has(key.value)) throw context.fail('DSW_MANIFEST_SYNTAX', `the key "${key.value}" is not allowed`, key, 'Remove it.');
  return key.value;
}
