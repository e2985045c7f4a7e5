import { Document, isMap, isScalar, parseDocument, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { JsonValue } from '../types/objects.ts';
import type { Difference } from './difference.ts';
import { YAML_OPTIONS } from './parse.ts';
import { RENDER_OPTIONS } from './render.ts';

/**
 * Changes single places of the text: a scalar for a scalar, a new line in a block mapping, lines taken out of one. Everything else stays
 * byte for byte. Undefined where a change is of another form.
 */
export function editByText(slice: string, differences: readonly Difference[]): string | undefined {
  let text = slice;
  for (const difference of differences) {
    const edited = editOne(text, difference);
    if (edited === undefined) return undefined;
    text = edited;
  }
  return text;
}

function editOne(text: string, { path, value }: Difference): string | undefined {
  const document = parseDocument(text, YAML_OPTIONS);
  const parent = path.length === 1 ? document.contents : (document.getIn(path.slice(0, -1), true) as Node | undefined);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === path.at(-1)) as Pair<Node, Node | null> | undefined;
    if (pair === undefined)
      return value === undefined ? text : insertPair(text, parent as YAMLMap<Node, Node | null>, { key: String(path.at(-1)), value });
    if (value === undefined) return removePair(text, parent as YAMLMap<Node, Node | null>, pair);
  }
  const node = document.getIn(path, true);
  return isScalar(node) && value !== undefined ? replaceScalar(text, node, value) : undefined;
}

function replaceScalar(text: string, node: Scalar, value: JsonValue): string | undefined {
  const { type } = node;
  if (type !== 'PLAIN' && type !== 'QUOTE_SINGLE' && type !== 'QUOTE_DOUBLE') return undefined;
  if (!node.range || typeof value === 'object' || node.anchor !== undefined || node.source === '') return undefined;
  const rendered = renderScalar(value, type);
  if (rendered === undefined) return undefined;
  return text.slice(0, node.range[0]) + rendered + text.slice(node.range[1]);
}

/** On one line, quoted as before where it is text. */
function renderScalar(value: JsonValue, type: 'PLAIN' | 'QUOTE_SINGLE' | 'QUOTE_DOUBLE'): string | undefined {
  // In a flow collection more characters need quotes than in a block; a list of one is one.
  const list = new Document([value], RENDER_OPTIONS);
  const [item] = (list.contents as unknown as { items: Scalar[] }).items;
  (list.contents as unknown as { flow: boolean }).flow = true;
  if (item !== undefined && typeof value === 'string') item.type = type;
  const rendered = list.toString({ lineWidth: 0, flowCollectionPadding: false }).trimEnd();
  return rendered.includes('\n') ? undefined : rendered.slice(1, -1);
}

function insertPair(text: string, map: YAMLMap<Node, Node | null>, entry: { key: string; value: JsonValue }): string | undefined {
  const first = map.items[0];
  const last = map.items.at(-1);
  const start = first?.key.range?.[0];
  if (map.flow === true || start === undefined || last === undefined) return undefined;
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const column = start - (text.lastIndexOf('\n', start - 1) + 1);
  const rendered = new Document({ [entry.key]: entry.value }, RENDER_OPTIONS)
    .toString({ lineWidth: 0 })
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? line : ' '.repeat(column) + line))
    .join(lineEnd);
  const at = endOfLines(text, contentEnd(last));
  const before = text.slice(0, at);
  return `${before}${before.endsWith('\n') ? '' : lineEnd}${rendered}${lineEnd}${text.slice(at)}`;
}

/** Where the text of a pair ends, comments after it left out. */
function contentEnd(pair: Pair<Node, Node | null>): number {
  return pair.value?.range?.[1] ?? pair.key.range?.[1] ?? 0;
}

/** The start of the line after an offset; an offset at the start of a line is there already. */
function endOfLines(text: string, offset: number): number {
  if (text[offset - 1] === '\n') return offset;
  const next = text.indexOf('\n', offset);
  return next < 0 ? text.length : next + 1;
}

function removePair(text: string, map: YAMLMap<Node, Node | null>, pair: Pair<Node, Node | null>): string | undefined {
  const start = pair.key.range?.[0];
  if (map.flow === true || map.items.length < 2 || start === undefined) return undefined;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  // The first field of a list's item shares its line with the dash.
  if (text.slice(lineStart, start).trim() !== '') return undefined;
  return text.slice(0, lineStart) + text.slice(endOfLines(text, contentEnd(pair)));
}
