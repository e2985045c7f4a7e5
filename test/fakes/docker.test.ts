import { Readable } from 'node:stream';
import { dockerContract } from '../contracts/docker.ts';
import { FakeClock } from './clock.ts';
import { FakeEngine } from './docker.ts';

dockerContract('the fake', () => {
  const clock = new FakeClock();
  const docker = new FakeEngine({
    clock,
    images: ['test/busybox:1'],
    exec: () => ({ output: 'hello\n', exitCode: 7 }),
  });
  return Promise.resolve({
    docker,
    image: 'test/busybox:1',
    loadable: { reference: 'test/loaded:1', tar: () => Readable.from([Buffer.from('test/loaded:1')]) },
    missing: '127.0.0.1:5000/none:1',
    until: async (condition) => {
      for (let turn = 0; !(await condition()); turn += 1) {
        if (turn > 1000) throw new Error('still not so after 100 s on the fake clock');
        await clock.advance(100);
      }
    },
    crash: (id) => {
      docker.crash(id, 3);
      return Promise.resolve();
    },
    printed: (id) => {
      docker.print(id, 'out');
      docker.print(id, 'err', 'stderr');
    },
    close: () => Promise.resolve(),
  });
});
