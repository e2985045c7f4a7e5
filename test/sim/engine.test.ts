import { dockerContract } from '../contracts/docker.ts';
import { CONTRACT_ENGINE, contractWorld } from '../fakes/contract-engine.ts';
import { FakeHosts } from '../fakes/hosts.ts';
import { node } from '../controllers/harness.ts';
import { SimClock } from './clock.ts';
import { Door } from './door.ts';
import { kindFate } from './fate.ts';

dockerContract('a simulated engine, as the controllers reach it', async () => {
  const clock = new SimClock();
  let serial = 0;
  const hosts: FakeHosts = new FakeHosts(clock, () => door.docker);
  const engine = hosts.add('h1', CONTRACT_ENGINE);
  const door = new Door({
    node: 'h1',
    engine,
    clock,
    fates: () => kindFate,
    nextSerial: () => (serial += 1),
    sending: () => undefined,
    failed: () => undefined,
    applying: () => undefined,
    killController: () => undefined,
    isUnheard: () => undefined,
    isLate: () => undefined,
    note: () => undefined,
  });
  const link = hosts.connect({ node: 'h1', spec: node('h1').spec, jump: () => undefined });
  await clock.flush();
  return { ...contractWorld(link.docker, engine, clock), close: () => link.close() };
});
