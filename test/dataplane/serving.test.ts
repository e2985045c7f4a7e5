import { expect } from 'chai';
import { addressesOf, isFit, sightOf, type Sight } from '../../lib/dataplane/serving.ts';
import type { TaskStatus } from '../../lib/types/generated.ts';
import type { StoredTask } from '../../lib/types/objects.ts';
import type { NodeObservation, ObservedContainer } from '../../lib/types/observation.ts';

const NONE: ReadonlySet<string> = new Set();

function task(status: TaskStatus = { state: 'Running' }): StoredTask {
  const fixed = { service: 'web', serviceUid: 'u', slot: '1', containerName: 'shop_web.1', specHash: 'h', image: 'i' };
  const spec = { ...fixed, node: 'h1', networks: ['default', 'back'], addresses: { default: '10.210.0.5', back: '10.211.0.5' } };
  const metadata = {
    name: 'web.1.a',
    namespace: 'shop',
    uid: 'u',
    generation: 1,
    resourceVersion: '1',
    creationTimestamp: '2024-01-01T00:00:00Z',
  };
  return { apiVersion: 'dswarm/v1', kind: 'Task', metadata, spec, status };
}

function node(container: Partial<ObservedContainer> | undefined, more: Partial<NodeObservation> = {}): NodeObservation {
  const labels = { 'dswarm/task': 'web.1.a' };
  const full = { id: 'c', name: 'n', image: 'i', labels, state: 'running' as const, createdAt: 0, ...container };
  const containers = new Map(container === undefined ? [] : [['c', full]]);
  const fixed = { node: 'h1', state: 'Ready' as const, message: '', since: 0, sinceMonotonic: 0, wasReady: true, recovered: false };
  return { ...fixed, tried: true, listed: true, containers, doubted: new Set(), ...more };
}

function seen(...observations: NodeObservation[]): Sight {
  const placed = observations.flatMap(({ node: name, containers }) =>
    [...containers.values()].map((container) => ({ node: name, container })),
  );
  return sightOf((name) => observations.find((one) => one.node === name), placed);
}

describe('whether a task gets new connections', () => {
  it('asks what its node is seen to run, not what was written down last', () => {
    const fit = (container: Partial<ObservedContainer> | undefined, status?: TaskStatus): boolean =>
      isFit(task(status), seen(node(container)), NONE);
    expect(fit({}, { state: 'Starting' })).to.equal(true);
    expect(fit({ health: 'healthy' }, { state: 'Starting' })).to.equal(true);
    expect(fit({ health: 'starting' })).to.equal(false);
    expect(fit({ health: 'unhealthy' })).to.equal(false);
    for (const state of ['created', 'exited', 'paused', 'restarting', 'dead', 'removing'] as const)
      expect(fit({ state }), state).to.equal(false);
    expect(fit(undefined)).to.equal(false);
    expect(fit({}, { state: 'Running', retiredAt: '2024-01-01T00:00:00Z' })).to.equal(false);
  });

  it('lets none be opened to a container that is doubted, and to no other of its node for that', () => {
    const fit = (doubted: string): boolean => isFit(task(), seen(node({ health: 'healthy' }, { doubted: new Set([doubted]) })), NONE);
    expect(fit('c')).to.equal(false);
    expect(fit('d')).to.equal(true);
  });

  it('lets what was written down hold for a node that does not answer, until it is Down (invariant 4)', () => {
    const unseen = [seen(), seen(node({ state: 'exited' }, { state: 'Unknown' })), seen(node(undefined, { listed: false }))];
    for (const sight of unseen) {
      expect(isFit(task(), sight, NONE)).to.equal(true);
      expect(isFit(task({ state: 'Unknown', lastKnownState: 'Running' }), sight, NONE)).to.equal(true);
      expect(isFit(task({ state: 'Unknown', lastKnownState: 'Starting' }), sight, NONE)).to.equal(false);
      expect(isFit(task({ state: 'Starting' }), sight, NONE)).to.equal(false);
      expect(isFit(task(), sight, new Set(['h1']))).to.equal(false);
    }
  });

  it('takes its addresses from the engine, and those it was given where the engine does not answer', () => {
    const networks = { dswarm_shop_default: '10.210.0.9', dswarm_shop_back: '', bridge: '172.17.0.2' };
    expect(addressesOf(task(), seen(node({ networks })))).to.deep.equal({ default: '10.210.0.9' });
    expect(addressesOf(task(), seen())).to.deep.equal({ default: '10.210.0.5', back: '10.211.0.5' });
  });
});
