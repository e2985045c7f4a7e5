import { DswarmError } from '../errors/error.ts';
import type { Docker } from '../ports/docker.ts';

const LINES = 5;
const MAX_BYTES = 2_048;

/** The last lines that a container wrote, printable and at most 2 KiB; empty where the engine cannot give them (a log driver that does not read). */
export async function readLastLog(docker: Docker, id: string, signal: AbortSignal): Promise<string> {
  let text = '';
  try {
    for await (const { data } of docker.logs(id, { follow: false, tail: LINES, timestamps: false, signal })) {
      text = (text + data.toString('utf8')).slice(-MAX_BYTES);
    }
  } catch (error) {
    if (!(error instanceof DswarmError)) throw error;
  }
  return printable(text);
}

function printable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '')
    .trim();
}
