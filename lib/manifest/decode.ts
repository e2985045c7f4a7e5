import { DswarmError } from '../errors/error.ts';
import { LIMITS } from './limits.ts';

const BOM = '\uFEFF';

/** Lines and columns from 1, columns in UTF-16 units as editors count them. */
export interface Position {
  line: number;
  column: number;
}

export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: offset - lastBreak };
}

/** Text of a manifest file, without byte order mark; throws a DswarmError where it is not clean UTF-8. */
export function decodeManifest(content: Buffer | string, file: string): string {
  const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
  if (bytes > LIMITS.fileBytes) {
    throw new DswarmError('DSW_MANIFEST_LIMIT', `the file has ${bytes} bytes; at most ${LIMITS.fileBytes} are read`, {
      where: `${file}:1:1`,
    });
  }
  const text = typeof content === 'string' ? content : decodeUtf8(content, file);
  refuseControls(text, file);
  refuseManyLines(text, file);
  return text.startsWith(BOM) ? text.slice(1) : text;
}

function decodeUtf8(content: Buffer, file: string): string {
  const start = content.subarray(0, 2).toString('hex');
  if (start === 'fffe' || start === 'feff') throw syntax('the file is UTF-16', file, { line: 1, column: 1 }, 'Save it as UTF-8.');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw syntax('the file is not valid UTF-8', file, findInvalid(content), 'Save it as UTF-8.');
  }
}

/** Where the first byte stands that is not UTF-8. A line feed is never part of a longer sequence, so lines can be tried one by one. */
function findInvalid(content: Buffer): Position {
  const lines = content.toString('latin1').split('\n');
  for (const [index, line] of lines.entries()) {
    const bytes = Buffer.from(line, 'latin1');
    const text = bytes.toString('utf8');
    if (!Buffer.from(text, 'utf8').equals(bytes)) return { line: index + 1, column: text.indexOf('\uFFFD') + 1 };
  }
  return { line: 1, column: 1 };
}

// YAML 1.2 section 5.1: printable characters; tab, line feed and carriage return are the only controls among them (next line, U+0085, is refused too).
const CONTROL = /(?![\t\n\r])\p{Cc}/u;

function refuseControls(text: string, file: string): void {
  const match = CONTROL.exec(text);
  if (match === null) return;
  const code = match[0].charCodeAt(0);
  const name = code === 0 ? 'a NUL character' : `the control character U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  const hint =
    code === 0
      ? 'Save the file as UTF-8 text; UTF-16 has NUL characters.'
      : 'Remove it, or write it as an escape in a double-quoted string.';
  throw syntax(`the file contains ${name}`, file, positionOf(text, match.index), hint);
}

function refuseManyLines(text: string, file: string): void {
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    lines += 1;
    if (lines > LIMITS.lines)
      throw new DswarmError('DSW_MANIFEST_LIMIT', `more than ${LIMITS.lines} lines in the file`, { where: `${file}:${lines}:1` });
  }
}

function syntax(message: string, file: string, at: Position, hint?: string): DswarmError {
  return new DswarmError('DSW_MANIFEST_SYNTAX', message, { where: `${file}:${at.line}:${at.column}`, hint });
}
