import { dockerContract } from '../contracts/docker.ts';
import { FakeClock } from './clock.ts';
import { CONTRACT_ENGINE, contractWorld } from './contract-engine.ts';
import { FakeEngine } from './docker.ts';

dockerContract('the fake', () => {
  const clock = new FakeClock();
  const engine = new FakeEngine({ clock, ...CONTRACT_ENGINE });
  return Promise.resolve(contractWorld(engine, engine, clock));
});
