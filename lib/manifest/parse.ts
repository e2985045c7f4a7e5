import { Composer, isMap, isScalar, isSeq, LineCounter, Parser, type Document, type Node } from 'yaml';
import { DswarmError } from '../errors/error.ts';
import type { JsonObject, JsonValue } from '../types/objects.ts';
import { decodeManifest, type Position } from './decode.ts';
import { LIMITS } from './limits.ts';
import { toPlain } from './plain.ts';
import { checkDepth, checkShape } from './shape.ts';

export type Path = readonly (string | number)[];

export interface ManifestDocument {
  /** Place in the file, from 0; empty documents count. */
  index: number;
  value: JsonObject;
  file: string;
  /** Where a value (or its key) stands; where there is none, the nearest one around it. */
  locate(path: Path, at?: 'value' | 'key'): Position;
}

export interface ParsedManifests {
  documents: ManifestDocument[];
  errors: DswarmError[];
}

/** YAML 1.2 core schema, and nothing beyond: no merge keys, no custom tags, no timestamps. Duplicate keys are found by toPlain, in linear time. */
export const YAML_OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  uniqueKeys: false,
  stringKeys: false,
  prettyErrors: false,
  keepSourceTokens: false,
  strict: true,
} as const;

/**
 * Reads the objects of a file: YAML 1.2 or JSON, several documents. Caps (LIMITS) are checked first. With any error the file counts
 * as a whole as broken; one error for each broken document is told.
 */
export function parseManifests(content: Buffer | string, file: string): ParsedManifests {
  try {
    const text = decodeManifest(content, file);
    checkShape(text, file);
    return readDocuments(text, file);
  } catch (error) {
    return { documents: [], errors: [asManifestError(error, file)] };
  }
}

function asManifestError(error: unknown, file: string): DswarmError {
  if (error instanceof DswarmError) return error;
  // The stack of the YAML library overflowed: deeper than any manifest.
  if (error instanceof RangeError)
    return new DswarmError('DSW_MANIFEST_LIMIT', `nested more than ${LIMITS.depth} deep`, { where: `${file}:1:1`, cause: error });
  throw error;
}

function readDocuments(text: string, file: string): ParsedManifests {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const count = tokens.filter((token) => token.type === 'document').length;
  if (count > LIMITS.documents) {
    throw new DswarmError('DSW_MANIFEST_LIMIT', `the file has ${count} documents; at most ${LIMITS.documents} are read`, {
      where: `${file}:1:1`,
    });
  }
  checkDepth(tokens, (offset) => whereIn(lines, file, offset));
  const result: ParsedManifests = { documents: [], errors: [] };
  const composer = new Composer({ ...YAML_OPTIONS, lineCounter: lines });
  let index = 0;
  for (const document of composer.compose(tokens)) {
    try {
      const manifest = readDocument(document, lines, { file, index });
      if (manifest !== undefined) result.documents.push(manifest);
    } catch (error) {
      result.errors.push(asManifestError(error, file));
    }
    index += 1;
  }
  if (result.documents.length === 0 && result.errors.length === 0) {
    result.errors.push(new DswarmError('DSW_MANIFEST_EMPTY', 'the file holds no object', { where: `${file}:1:1` }));
  }
  return result;
}

function readDocument(document: Document.Parsed, lines: LineCounter, at: { file: string; index: number }): ManifestDocument | undefined {
  const whereOf = (offset: number): string => whereIn(lines, at.file, offset);
  refuseProblems(document, whereOf);
  const value = toPlain(document, whereOf);
  if (value === null) return undefined;
  if (!isObject(value)) {
    throw new DswarmError('DSW_MANIFEST_SYNTAX', `an object was expected, found ${Array.isArray(value) ? 'a list' : `a ${typeof value}`}`, {
      where: whereOf(document.contents?.range[0] ?? 0),
      hint: 'A manifest begins with "apiVersion: dswarm/v1".',
    });
  }
  return {
    index: at.index,
    value,
    file: at.file,
    locate: (path, part = 'value') => positionIn(lines, offsetOf(document.contents as Node, path, part)),
  };
}

function positionIn(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function whereIn(lines: LineCounter, file: string, offset: number): string {
  const { line, column } = positionIn(lines, offset);
  return `${file}:${line}:${column}`;
}

function refuseProblems(document: Document.Parsed, whereOf: (offset: number) => string): void {
  // Warnings are unknown tags and directives: what was meant would be lost.
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined)
    throw new DswarmError('DSW_MANIFEST_SYNTAX', firstLine(problem.message), {
      where: whereOf(problem.pos[0]),
      hint: hintFor(problem.code),
    });
  if (document.directives.yaml.version !== '1.2') {
    throw new DswarmError('DSW_MANIFEST_SYNTAX', `YAML ${document.directives.yaml.version} is not read`, {
      where: whereOf(0),
      hint: 'Remove the %YAML line; manifests are YAML 1.2.',
    });
  }
}

function firstLine(message: string): string {
  const line = message.split('\n', 1)[0] ?? '';
  return line.charAt(0).toLowerCase() + line.slice(1);
}

function hintFor(code: string): string | undefined {
  if (code === 'TAB_AS_INDENT') return 'Indent with spaces.';
  if (code === 'TAG_RESOLVE_FAILED') return 'Remove the tag.';
  return undefined;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function offsetOf(root: Node, path: Path, part: 'value' | 'key'): number {
  let offset = root.range?.[0] ?? 0;
  let node: Node | null = root;
  for (const [depth, step] of path.entries()) {
    const next = childOf(node, step);
    const wanted = next.key !== undefined && depth === path.length - 1 && part === 'key' ? next.key : (next.value ?? next.key);
    if (!wanted?.range) return offset;
    offset = wanted.range[0];
    if (wanted !== next.value) return offset;
    node = next.value;
  }
  return offset;
}

function childOf(node: Node | null, step: string | number): { key?: Node; value: Node | null } {
  if (isSeq(node)) return { value: (node.items[step as number] ?? null) as Node | null };
  if (!isMap(node)) return { value: null };
  const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
  return pair === undefined ? { value: null } : { key: pair.key as Node, value: pair.value as Node | null };
}
