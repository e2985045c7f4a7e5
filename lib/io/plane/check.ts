import type { PlaneTarget } from '../../ports/plane.ts';
import { Demultiplexer } from '../docker/frames.ts';

/** Runs `agent check` in the plane's container. */
export async function checkPlane({ docker }: PlaneTarget, container: string, probes: readonly string[]): Promise<(string | undefined)[]> {
  if (probes.length === 0) return [];
  const session = await docker.exec(container, { command: ['/bin/agent', 'check', ...probes], tty: false, stdin: false });
  const frames = new Demultiplexer();
  let text = '';
  for await (const chunk of session.stream) {
    for (const { stream, data } of frames.push(chunk as Buffer)) if (stream === 'stdout') text += data.toString('utf8');
  }
  const answers = new Map<number, string | undefined>();
  for (const line of text.split('\n')) {
    const [, verdict, index, words] = /^(ok|fail) ([0-9]+) ?(.*)$/.exec(line) ?? [];
    if (index !== undefined) answers.set(Number(index), verdict === 'ok' ? undefined : words);
  }
  return probes.map((_probe, index) => (answers.has(index + 1) ? answers.get(index + 1) : 'the node gave no answer'));
}
