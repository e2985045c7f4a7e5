import { readFileSync } from 'node:fs';
import { rest } from '../engines.ts';
import { mustRun } from '../../test/lab/shell.ts';

/** Memory in MB and CPU in percent of one core, of a process that has nothing to do, over so many milliseconds. */
export async function measureIdle(pid: number, ms: number): Promise<{ memory: number; cpu: number }> {
  const ticksPerSecond = Number(await mustRun('getconf', ['CLK_TCK']));
  const before = cpuTicks(pid);
  const started = performance.now();
  await rest(ms);
  const seconds = (performance.now() - started) / 1000;
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { memory: Number(kilobytes) / 1024, cpu: ((cpuTicks(pid) - before) / ticksPerSecond / seconds) * 100 };
}

/** utime + stime, fields 14 and 15 of proc(5); the second field may hold spaces and ends with a parenthesis. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}
