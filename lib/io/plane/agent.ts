import type { Docker } from '../../ports/docker.ts';
import { Demultiplexer } from '../docker/frames.ts';

export interface AgentAnswer {
  stdout: string;
  stderr: string;
  code: number;
}

/** Runs the agent with arguments in a container that has it, to its end. */
export async function runAgent(docker: Docker, container: string, args: readonly string[]): Promise<AgentAnswer> {
  const session = await docker.exec(container, { command: ['/bin/agent', ...args], tty: false, stdin: false });
  const frames = new Demultiplexer();
  const text = { stdout: '', stderr: '' };
  for await (const chunk of session.stream)
    for (const { stream, data } of frames.push(chunk as Buffer)) text[stream === 'stdout' ? 'stdout' : 'stderr'] += data.toString('utf8');
  return { ...text, code: await session.exitCode() };
}
