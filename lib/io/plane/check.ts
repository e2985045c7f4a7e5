import type { PlaneTarget } from '../../ports/plane.ts';
import { runAgent } from './agent.ts';

/** Runs `agent check` in the plane's container. */
export async function checkPlane({ docker }: PlaneTarget, container: string, probes: readonly string[]): Promise<(string | undefined)[]> {
  if (probes.length === 0) return [];
  const { stdout } = await runAgent(docker, container, ['check', ...probes]);
  const answers = new Map<number, string | undefined>();
  for (const line of stdout.split('\n')) {
    const [, verdict, index, words] = /^(ok|fail) ([0-9]+) ?(.*)$/.exec(line) ?? [];
    if (index !== undefined) answers.set(Number(index), verdict === 'ok' ? undefined : words);
  }
  return probes.map((_probe, index) => (answers.has(index + 1) ? answers.get(index + 1) : 'the node gave no answer'));
}
