import { expect } from 'chai';
import { noMetrics, type Metrics } from '../../lib/ports/metrics.ts';
import { service, World } from './harness.ts';

describe('a service whose pass throws', () => {
  it('is tried again more and more seldom, holds up no other, and goes on once it is mended (fault 86, invariant 15)', async () => {
    let failed = 0;
    const count: Metrics['count'] = (name, labels) =>
      void (name === 'controller_runtime_reconcile_total' && labels?.['result'] === 'error' && (failed += 1));
    const world = await World.create({ metrics: { ...noMetrics, count } });
    // Admission would refuse it; a store that another version wrote may hold it.
    await world.apply(service('broken', { replicas: 2, update: { ...service('x').spec.update, delay: 'soon' } }));
    await world.settle(60_000);
    // 200 ms, doubled up to 30 s, and the periodic passes.
    expect(failed).to.be.within(5, 15);
    await world.apply(service('web', { replicas: 3 }));
    await world.settle();
    expect(world.service('web').status?.state).to.equal('Ready');
    await world.apply(service('broken', { replicas: 2 }));
    await world.settle();
    expect(world.running()).to.have.length(5);
    await world.expectQuiet();
  });
});
