import { expect } from 'chai';
import { EngineFacts } from '../../lib/runtime/engine-facts.ts';
import { FakeClock } from '../fakes/clock.ts';
import { FakeEngine } from '../fakes/docker.ts';

const network = (name: string, third: number): Parameters<FakeEngine['createNetwork']>[0] => ({
  name,
  labels: {},
  options: {},
  subnet: `10.9.${third}.0/24`,
  range: `10.9.${third}.0/24`,
  gateway: `10.9.${third}.1`,
});

describe('what an engine tells of its networks', () => {
  it('is news when there are others, not when they are listed in another order (invariant 12)', async () => {
    const engine = new FakeEngine({ clock: new FakeClock() });
    const facts = new EngineFacts(engine);
    for (let third = 1; third <= 5; third += 1) await engine.createNetwork(network(`n${third}`, third));
    await facts.readNetworks();
    expect(facts.takeNews()).to.equal(true);
    const orders = new Set<string>();
    for (let round = 0; round < 5; round += 1) {
      orders.add((await engine.listNetworks({})).map(({ name }) => name).join());
      await facts.readNetworks();
      expect(facts.takeNews()).to.equal(false);
    }
    expect(orders.size, 'the engine does list them in several orders').to.be.above(1);
    await engine.createNetwork(network('n6', 6));
    await facts.readNetworks();
    expect(facts.takeNews()).to.equal(true);
  });
});
