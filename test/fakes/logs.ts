import type { LogChunk, LogOptions } from '../../lib/ports/docker.ts';
import type { FakeContainer } from './container.ts';
import { Fanout } from './streams.ts';

interface FakeLog {
  stored: LogChunk[];
  live: Fanout<LogChunk>;
}

/** What the containers of one engine in memory wrote. */
export class FakeLogs {
  readonly #logs = new Map<string, FakeLog>();

  of(id: string): FakeLog {
    const log = this.#logs.get(id) ?? { stored: [], live: new Fanout<LogChunk>() };
    this.#logs.set(id, log);
    return log;
  }

  print(id: string, text: string, stream: LogChunk['stream'] = 'stdout'): void {
    const chunk = { stream, data: Buffer.from(`${text}\n`) };
    this.of(id).stored.push(chunk);
    this.of(id).live.push(chunk);
  }

  async *read(container: FakeContainer, { tail, follow, signal }: LogOptions): AsyncGenerator<LogChunk> {
    const { stored, live } = this.of(container.id);
    yield* tail === undefined ? [...stored] : tail === 0 ? [] : stored.slice(-tail);
    if (follow && container.state === 'running') yield* live.read(signal);
  }
}
