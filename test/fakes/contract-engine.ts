import { Readable } from 'node:stream';
import type { ContainerConfig, Docker } from '../../lib/ports/docker.ts';
import type { DockerWorld } from '../contracts/docker.ts';
import type { FakeClock } from './clock.ts';
import type { FakeEngine } from './docker.ts';
import type { Behaviour, FakeEngineOptions } from './engine-options.ts';

const IMAGE = 'test/busybox:1';

/** What busybox would do with the programs that the contract names. */
function behaviour({ Cmd, Healthcheck }: ContainerConfig): Behaviour {
  const program = Cmd?.[0] ?? '';
  if (!program.startsWith('/bin/')) return { cannotStart: `exec: "${program}": stat ${program}: no such file or directory` };
  return Healthcheck?.Test?.includes('/bin/false') === true ? { health: 'unhealthy' } : {};
}

/** How a fake engine is made that is to be held to the contract. */
export const CONTRACT_ENGINE: Omit<FakeEngineOptions, 'clock'> = {
  images: [IMAGE],
  behaviour,
  exec: () => ({ output: 'hello\n', exitCode: 7 }),
};

/** `docker`: how the engine is reached. */
export function contractWorld(docker: Docker, engine: FakeEngine, clock: FakeClock): DockerWorld {
  return {
    docker,
    image: IMAGE,
    loadable: { reference: 'test/loaded:1', tar: () => Readable.from([Buffer.from('test/loaded:1')]) },
    missing: '127.0.0.1:5000/none:1',
    until: async (condition) => {
      for (let turn = 0; !(await condition()); turn += 1) {
        if (turn > 1000) throw new Error('still not so after 100 s on the fake clock');
        await clock.advance(100);
      }
    },
    crash: (id) => {
      engine.crash(id, 3);
      return Promise.resolve();
    },
    printed: (id) => {
      engine.print(id, 'out');
      engine.print(id, 'err', 'stderr');
    },
    close: () => Promise.resolve(),
  };
}
