import { expect } from 'chai';
import { createMemoryStore } from '../../../lib/io/store/memory.ts';
import { cpuMs } from '../../support/cpu.ts';
import { describeStoreContract, service } from '../../contracts/store.ts';

describeStoreContract('memory', () => {
  const store = createMemoryStore({ history: 16 });
  return Promise.resolve({ store, dispose: () => store.close() });
});

describe('A large store', () => {
  it('takes a commit in far less time than a copy of all its objects', async () => {
    const store = createMemoryStore();
    const count = 50_000;
    await store.commit(Array.from({ length: count }, (_, index) => ({ put: service(`s${index}`) })));
    const before = process.cpuUsage();
    for (let index = 0; index < 500; index += 1) await store.commit([{ put: service(`s${index * 97}`, { replicas: 2 }) }]);
    const each = cpuMs(before) / 500;
    expect(store.snapshot().list('Service')).to.have.length(count);
    expect(each, 'ms a commit').to.be.lessThan(1);
    await store.close();
  });
});
