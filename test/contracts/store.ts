import { expect } from 'chai';
import { hasCode, type ErrorCode } from '../../lib/errors/error.ts';
import type { Store, StoreEvent } from '../../lib/ports/store.ts';
import type { StoredService } from '../../lib/types/objects.ts';

export interface StoreUnderTest {
  store: Store;
  dispose: () => Promise<void>;
}

/** A stored Service, as little as the port looks at. */
export function service(name: string, options: { namespace?: string; replicas?: number } = {}): StoredService {
  const spec = { image: 'app:1', replicas: options.replicas ?? 1 } as StoredService['spec'];
  const metadata = {
    name,
    namespace: options.namespace ?? 'default',
    uid: `uid-${name}`,
    generation: 1,
    resourceVersion: '',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
  return { apiVersion: 'dswarm/v1', kind: 'Service', metadata, spec };
}

export async function rejection(promise: Promise<unknown>, code: ErrorCode): Promise<Error> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!hasCode(error, code)) throw new Error(`expected ${code}, got ${String(error)}`);
  return error;
}

const ref = (name: string, namespace = 'default') => ({ kind: 'Service', namespace, name }) as const;

/** What every store must do; `make` gives an empty one that keeps at least 16 and at most 64 events. */
export function describeStoreContract(title: string, make: () => Promise<StoreUnderTest>): void {
  describe(`${title}: the store contract`, () => {
    let under: StoreUnderTest;
    let store: Store;
    beforeEach(async () => {
      under = await make();
      store = under.store;
    });
    afterEach(() => under.dispose());

    const collect = (after: number): StoreEvent[] => {
      const events: StoreEvent[] = [];
      store.watch(after).subscribe((event) => events.push(event));
      return events;
    };

    it('gives a put object the new revision as its resourceVersion', async () => {
      const before = store.snapshot().revision;
      const after = await store.commit([{ put: service('web') }]);
      expect(after.revision).to.be.greaterThan(before);
      expect(after.get(ref('web'))?.metadata.resourceVersion).to.equal(String(after.revision));
      expect(store.snapshot().get(ref('web'))).to.equal(after.get(ref('web')));
    });

    it('hands out frozen objects and leaves the caller its own', async () => {
      const mine = service('web');
      const stored = (await store.commit([{ put: mine }])).get(ref('web'));
      mine.spec.replicas = 7;
      expect(stored?.spec.replicas).to.equal(1);
      expect(Object.isFrozen(stored) && Object.isFrozen(stored?.spec) && Object.isFrozen(stored?.metadata)).to.equal(true);
    });

    it('lists in order of namespace, then name', async () => {
      const names = [
        ['b', 'x'],
        ['a', 'z'],
        ['a-b', 'a'],
        ['a', 'b-1'],
        ['a', 'b'],
      ] as const;
      for (const [namespace, name] of names) await store.commit([{ put: service(name, { namespace }) }]);
      const listed = store
        .snapshot()
        .list('Service')
        .map((each) => `${each.metadata.namespace}/${each.metadata.name}`);
      expect(listed).to.deep.equal(['a/b', 'a/b-1', 'a/z', 'a-b/a', 'b/x']);
      expect(
        store
          .snapshot()
          .list('Service', { namespace: 'a' })
          .map((each) => each.metadata.name),
      ).to.deep.equal(['b', 'b-1', 'z']);
      expect(store.snapshot().list('Node')).to.deep.equal([]);
    });

    it('keeps an old snapshot as it was', async () => {
      const old = await store.commit([{ put: service('web') }]);
      await store.commit([{ delete: ref('web') }, { put: service('api') }]);
      expect(old.list('Service').map((each) => each.metadata.name)).to.deep.equal(['web']);
      expect(
        store
          .snapshot()
          .list('Service')
          .map((each) => each.metadata.name),
      ).to.deep.equal(['api']);
    });

    it('compares and sets', async () => {
      const first = await store.commit([{ put: service('web'), expect: 'absent' }]);
      await rejection(store.commit([{ put: service('web'), expect: 'absent' }]), 'DSW_STORE_CONFLICT');
      const version = first.get(ref('web'))?.metadata.resourceVersion;
      await store.commit([{ put: service('web', { replicas: 2 }), expect: version }]);
      await rejection(store.commit([{ put: service('web', { replicas: 3 }), expect: version }]), 'DSW_STORE_CONFLICT');
      await rejection(store.commit([{ delete: ref('web'), expect: version }]), 'DSW_STORE_CONFLICT');
      expect(store.snapshot().get(ref('web'))?.spec.replicas).to.equal(2);
    });

    it('applies all changes of a commit or none', async () => {
      const error = await rejection(store.commit([{ put: service('a') }, { put: service('b'), expect: '99' }]), 'DSW_STORE_CONFLICT');
      expect(error.message).to.contain('Service/default/b');
      expect(store.snapshot().list('Service')).to.deep.equal([]);
    });

    it('lets one of many concurrent writers win each round', async () => {
      const version = (await store.commit([{ put: service('web') }])).get(ref('web'))?.metadata.resourceVersion;
      const writes = Array.from({ length: 8 }, (_, index) =>
        store.commit([{ put: service('web', { replicas: 10 + index }), expect: version }]),
      );
      const results = await Promise.allSettled(writes);
      expect(results.filter((each) => each.status === 'fulfilled')).to.have.length(1);
    });

    it('changes nothing for a put of what is there', async () => {
      const before = await store.commit([{ put: service('web') }]);
      const events = collect(before.revision);
      const after = await store.commit([{ put: service('web') }, { delete: ref('none') }]);
      expect(after.revision).to.equal(before.revision);
      expect(events).to.deep.equal([]);
    });

    it('tells watchers of each change with what was before', async () => {
      const events = collect(store.snapshot().revision);
      await store.commit([{ put: service('web') }]);
      await store.commit([{ put: service('web', { replicas: 2 }) }]);
      await store.commit([{ delete: ref('web') }]);
      expect(events.map((event) => event.type)).to.deep.equal(['ADDED', 'MODIFIED', 'DELETED']);
      expect(events[1]?.previous).to.equal(events[0]?.object);
      expect(events[2]?.object).to.equal(events[1]?.object);
    });

    it('resumes a watch from a snapshot without gap or repetition', async () => {
      const from = (await store.commit([{ put: service('a') }])).revision;
      await store.commit([{ put: service('b') }]);
      const events = collect(from);
      await store.commit([{ put: service('c') }]);
      expect(events.map((event) => event.object.metadata.name)).to.deep.equal(['b', 'c']);
    });

    it('keeps the order when a watcher commits while it is told', async () => {
      const told: string[] = [];
      let second: Promise<unknown> = Promise.resolve();
      const from = store.snapshot().revision;
      store.watch(from).subscribe((event) => {
        if (event.object.metadata.name === 'a') second = store.commit([{ put: service('late') }]);
      });
      store.watch(from).subscribe((event) => told.push(event.object.metadata.name));
      await store.commit([{ put: service('a') }, { put: service('b') }]);
      await second;
      expect(told).to.deep.equal(['a', 'b', 'late']);
    });

    it('tells nothing twice to who starts to watch while others are told', async () => {
      const told: string[] = [];
      const from = store.snapshot().revision;
      const first = store.watch(from).subscribe(() => {
        first.unsubscribe();
        store.watch(from).subscribe((event) => told.push(`resumed ${event.object.metadata.name}`));
        store.watch(store.snapshot().revision).subscribe((event) => told.push(`new ${event.object.metadata.name}`));
      });
      await store.commit([{ put: service('a') }, { put: service('b') }]);
      await store.commit([{ put: service('c') }]);
      expect(told).to.deep.equal(['resumed a', 'resumed b', 'resumed c', 'new c']);
    });

    it('says Expired for a revision that is too far back or not reached', async () => {
      const from = (await store.commit([{ put: service('web') }])).revision;
      for (let replicas = 2; replicas < 160; replicas += 1) await store.commit([{ put: service('web', { replicas }) }]);
      const failure = (after: number) => new Promise((_, reject) => store.watch(after).subscribe({ error: reject }));
      await rejection(failure(from), 'DSW_STORE_EXPIRED');
      await rejection(failure(store.snapshot().revision + 1), 'DSW_STORE_EXPIRED');
      expect(collect(store.snapshot().revision - 8)).to.have.length(8);
    });

    it('completes watches and refuses commits once closed', async () => {
      let completed = false;
      store.watch(store.snapshot().revision).subscribe({ complete: () => (completed = true) });
      const pending = store.commit([{ put: service('web') }]);
      await store.close();
      await pending;
      expect(completed).to.equal(true);
      await rejection(store.commit([{ put: service('late') }]), 'DSW_STORE_UNAVAILABLE');
    });
  });
}
