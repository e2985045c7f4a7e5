import { isAlias, isSeq, parseDocument, visit, type Document, type ToStringOptions } from 'yaml';
import type { JsonObject, JsonValue } from '../types/objects.ts';
import type { Difference } from './difference.ts';
import { isObject, YAML_OPTIONS } from './parse.ts';
import { RENDER_OPTIONS } from './render.ts';

/** Changes the document's tree and writes all of it anew: comments and order stay, spacing may not. */
export function editByDocument(slice: string, differences: readonly Difference[]): string | undefined {
  const document = parseDocument(slice, { ...YAML_OPTIONS, ...RENDER_OPTIONS });
  if (document.errors.length > 0) return undefined;
  for (const { path, value } of differences) {
    resolveAliases(document, path);
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, document.createNode(value));
  }
  const text = document.toString({ lineWidth: 0, ...layoutOf(slice, document) });
  return slice.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text;
}

/** A change below an alias is of this place only: the alias gives way to a copy of what it stands for. */
function resolveAliases(document: Document, path: readonly (string | number)[]): void {
  for (let length = 1; length < path.length; length += 1) {
    const prefix = path.slice(0, length);
    const node = document.getIn(prefix, true);
    if (isAlias(node)) document.setIn(prefix, document.createNode(node.toJS(document)));
  }
}

function layoutOf(slice: string, document: Document): ToStringOptions {
  let indentSeq = true;
  visit(document, {
    Pair(_, pair) {
      const { value } = pair;
      if (!isSeq(value) || value.flow === true || value.range === undefined || value.range === null) return undefined;
      const line = slice.slice(0, value.range[0]).split('\n').at(-1) ?? '';
      const parent = / *$/.exec(/^( *)/.exec(line)?.[1] ?? '')?.[0].length ?? 0;
      const key = (pair.key as { range?: [number, number, number] }).range;
      const column = key === undefined ? 0 : key[0] - (slice.lastIndexOf('\n', key[0] - 1) + 1);
      if (parent <= column) indentSeq = false;
      return visit.BREAK;
    },
  });
  const indent = /\n( +)[^\s#-]/.exec(slice)?.[1]?.length ?? 2;
  return { indent, indentSeq, flowCollectionPadding: !/[{[][^\s}\]]/.test(slice) };
}

/** A file in JSON stays one: the tree is written anew with the indentation found. */
export function editJson(slice: string, differences: readonly Difference[]): string | undefined {
  const value = parseJson(slice);
  if (!isObject(value)) return undefined;
  for (const { path, value: wanted } of differences) setAt(value, path, wanted);
  const indent = /\n([ \t]+)/.exec(slice)?.[1];
  const end = /\s*$/.exec(slice)?.[0] ?? '';
  const text = JSON.stringify(value, null, indent) + end.replaceAll('\r\n', '\n');
  return slice.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text;
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function setAt(root: JsonObject, path: readonly (string | number)[], value: JsonValue | undefined): void {
  let at: Record<string | number, JsonValue> = root;
  for (const step of path.slice(0, -1)) {
    at[step] ??= {};
    at = at[step] as Record<string | number, JsonValue>;
  }
  const last = path.at(-1) as string | number;
  if (value === undefined) delete at[last];
  else at[last] = value;
}
