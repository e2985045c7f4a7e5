import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { DSWARM, LOG, MANIFESTS, PID, ROOT, SOCKET, STATE } from './paths.ts';
import { attempt, DemoError, poll, rest } from './shell.ts';

/** Starts the controller in the background and waits until its API answers. */
export async function startController(dataPlane: 'auto' | 'off'): Promise<number> {
  mkdirSync(STATE, { recursive: true });
  const log = openSync(LOG, 'a');
  const args = ['controller', '--manifests', MANIFESTS, '--state', STATE, '--socket', SOCKET, '--data-plane', dataPlane];
  const child = spawn(process.execPath, [DSWARM, ...args], { cwd: ROOT, detached: true, stdio: ['ignore', log, log] });
  if (child.pid === undefined) throw new DemoError('the controller does not start');
  child.unref();
  writeFileSync(PID, `${child.pid}\n`);
  const exited = (): boolean => child.exitCode !== null;
  await poll(
    () => {
      if (exited()) throw new DemoError(`the controller ended at once:\n${readFileSync(LOG, 'utf8').split('\n').slice(-10).join('\n')}`);
      return attempt(DSWARM, ['get', 'nodes']).code === 0 ? true : undefined;
    },
    { every: 200, timeout: 30_000, what: 'the controller answers' },
  );
  return child.pid;
}

/** The process of the pid file, only if it really is the demo's controller. */
export function controllerPid(): number | undefined {
  if (!existsSync(PID)) return undefined;
  const pid = Number(readFileSync(PID, 'utf8').trim());
  const running = attempt('ps', ['-o', 'args=', '-p', String(pid)]).stdout;
  return running.includes(STATE) ? pid : undefined;
}

export async function stopController(): Promise<void> {
  const pid = controllerPid();
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    for (let waited = 0; controllerPid() !== undefined && waited < 100; waited++) await rest(100);
    if (controllerPid() !== undefined) process.kill(pid, 'SIGKILL');
  }
  rmSync(PID, { force: true });
  rmSync(SOCKET, { force: true });
}
