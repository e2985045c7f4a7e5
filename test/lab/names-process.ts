/**
 * Asks a resolver for names again and again, until its input ends; then what was answered, as one line of JSON. By packets of its own, as a
 * resolver's library asks again where an answer is late, and does not tell.
 * usage: names-process RESOLVER EVERY_MS NAME...
 */
import { createSocket } from 'node:dgram';
import type { Answer } from './names.ts';

/** No answer within so many milliseconds is none. */
const PATIENCE_MS = 2_000;
const HEADER = 12;
const NAME_ERROR = 3;
const [server = '', every = '10', ...names] = process.argv.slice(2);
const answers: Answer[] = [];
const state = { id: 0, isEnding: false };
const open = new Map<number, (message: Buffer) => void>();

/** A question for addresses of IPv4, as RFC 1035 has it. */
function encode(id: number, name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  const header = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

function afterName(message: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
}

/** The addresses in an answer; none where there is no such name. */
function decode(message: Buffer): Pick<Answer, 'addresses' | 'error'> {
  const code = message.readUInt8(3) & 15;
  if (code !== 0 && code !== NAME_ERROR) return { error: `code ${String(code)}` };
  const addresses: string[] = [];
  let at = afterName(message, HEADER) + 4;
  for (let left = message.readUInt16BE(6); left > 0; left -= 1) {
    const data = afterName(message, at) + 10;
    const length = message.readUInt16BE(data - 2);
    if (length === 4) addresses.push([...message.subarray(data, data + 4)].join('.'));
    at = data + length;
  }
  return { addresses };
}

async function ask(name: string): Promise<void> {
  const askedAt = Date.now();
  state.id = (state.id + 1) % 65_536;
  const { id } = state;
  const message = await new Promise<Buffer | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    open.set(id, (data) => {
      clearTimeout(timer);
      resolve(data);
    });
    socket.send(encode(id, name), 53, server);
  });
  open.delete(id);
  answers.push({ name, askedAt, answeredAt: Date.now(), ...(message === undefined ? { error: 'no answer' } : decode(message)) });
}

const socket = createSocket('udp4', (message) => open.get(message.readUInt16BE(0))?.(message));
process.stdin.once('end', () => (state.isEnding = true)).resume();
process.stdout.write('begun\n');
const asked: Promise<unknown>[] = [];
while (!state.isEnding) {
  asked.push(...names.map(ask));
  await new Promise((resolve) => setTimeout(resolve, Number(every)));
}
await Promise.all(asked);
process.stdout.write(`${JSON.stringify(answers)}\n`, () => process.exit(0));
