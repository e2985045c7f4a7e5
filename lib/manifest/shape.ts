import { CST, Lexer } from 'yaml';
import { DswarmError } from '../errors/error.ts';
import { positionOf } from './decode.ts';
import { LIMITS } from './limits.ts';

/**
 * Refuses text whose parse could take long or overflow the stack, by looking at its tokens alone: the lexer neither nests nor looks back.
 * Counts tokens, aliases, open brackets, and `- - -` on one line; depth by indentation is bounded by the depth check of the values.
 */
export function checkShape(text: string, file: string): void {
  const state: ShapeState = { offset: 0, tokens: 0, aliases: 0, brackets: 0, indicators: 0, raw: false };
  for (const token of new Lexer().lex(text)) {
    countToken(state, token);
    const problem = findProblem(state);
    if (problem !== undefined) {
      const at = positionOf(text, Math.min(state.offset, text.length));
      throw new DswarmError('DSW_MANIFEST_LIMIT', problem, { where: `${file}:${at.line}:${at.column}` });
    }
    state.offset += MARKS.has(token) ? 0 : token.length;
  }
}

interface ShapeState {
  offset: number;
  tokens: number;
  aliases: number;
  /** Open brackets and braces. */
  brackets: number;
  /** `-`, `?` and `:` in a row, with no value between. */
  indicators: number;
  /** The next token is the content of a scalar, whatever it looks like. */
  raw: boolean;
}

/** The lexer's own marks: they take no room in the text. */
const MARKS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.SCALAR, CST.FLOW_END, CST.BOM]);

function countToken(state: ShapeState, token: string): void {
  state.tokens += 1;
  const type = state.raw ? null : CST.tokenType(token);
  state.raw = token === CST.SCALAR;
  switch (type) {
    case 'seq-item-ind':
    case 'explicit-key-ind':
    case 'map-value-ind':
      state.indicators += 1;
      return;
    case 'space':
    case 'anchor':
    case 'tag':
      return;
    case 'flow-seq-start':
    case 'flow-map-start':
      state.brackets += 1;
      break;
    case 'flow-seq-end':
    case 'flow-map-end':
      state.brackets -= 1;
      break;
    case 'alias':
      state.aliases += 1;
      break;
    default:
      break;
  }
  state.indicators = 0;
}

function findProblem(state: ShapeState): string | undefined {
  if (state.brackets > LIMITS.depth || state.indicators > LIMITS.depth) return `nested more than ${LIMITS.depth} deep`;
  if (state.aliases > LIMITS.aliases) return `more than ${LIMITS.aliases} aliases in the file`;
  if (state.tokens > LIMITS.tokens) return `more than ${LIMITS.tokens} YAML tokens in the file`;
  return undefined;
}

/** Refuses nesting that composing, which is recursive, should not meet. */
export function checkDepth(tokens: readonly CST.Token[], whereOf: (offset: number) => string): void {
  const open: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const depth = next.depth;
    if (depth > LIMITS.depth + 1)
      throw new DswarmError('DSW_MANIFEST_LIMIT', `nested more than ${LIMITS.depth} deep`, { where: whereOf(next.token.offset) });
    for (const token of childrenOf(next.token)) open.push({ token, depth: depth + 1 });
  }
}

function childrenOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!CST.isCollection(token)) return [];
  return (token.items as CST.CollectionItem[]).flatMap((item) =>
    [item.key, item.value].filter((child) => child !== undefined && child !== null),
  );
}
