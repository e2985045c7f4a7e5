import { Duplex } from 'node:stream';
import type { ExecSession } from '../../lib/ports/docker.ts';

/** A command that prints at once and ends. */
export function fakeExec({ output, exitCode, tty }: { output: string; exitCode: number; tty: boolean }): ExecSession {
  const stream = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  if (output !== '') stream.push(tty ? output : frame(output));
  stream.push(null);
  return { stream, resize: () => Promise.resolve(), exitCode: () => Promise.resolve(exitCode) };
}

function frame(text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}
