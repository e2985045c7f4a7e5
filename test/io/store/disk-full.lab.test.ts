import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors/error.ts';
import { openLmdbStore } from '../../../lib/io/store/lmdb.ts';
import type { Store } from '../../../lib/ports/store.ts';
import { rejection, service } from '../../contracts/store.ts';

/** The lab runs as root, who may write anywhere: a file system that is full or read-only is mounted instead. */
describe('The lmdb store on a bad disk', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'dswarm-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', directory]);
  });
  afterEach(() => {
    execFileSync('umount', [directory]);
    rmSync(directory, { recursive: true });
  });

  const large = (index: number) => {
    const object = service(`s${index}`);
    return { ...object, metadata: { ...object.metadata, annotations: { text: 'x'.repeat(20_000) } } };
  };

  const fill = async (store: Store): Promise<number> => {
    for (let index = 0; ; index += 1) {
      const failed = await store.commit([{ put: large(index) }]).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failed === undefined) continue;
      expect(hasCode(failed, 'DSW_STORE_UNAVAILABLE'), String(failed)).to.equal(true);
      return index;
    }
  };

  it('refuses commits when it is full, shows nothing that is not on disk, and goes on once there is room (fault 95)', async () => {
    const store = openLmdbStore(directory);
    const kept = await fill(store);
    expect(store.snapshot().list('Service')).to.have.length(kept);
    await rejection(store.commit([{ put: large(999) }]), 'DSW_STORE_UNAVAILABLE');
    execFileSync('mount', ['-o', 'remount,size=4m', directory]);
    await store.commit([{ put: large(999) }]);
    expect(store.snapshot().list('Service')).to.have.length(kept + 1);
    await store.close();
    const again = openLmdbStore(directory);
    expect(again.snapshot().list('Service')).to.have.length(kept + 1);
    await again.close();
  });

  it('says so when it is read-only (fault 95)', () => {
    execFileSync('mount', ['-o', 'remount,ro', directory]);
    expect(() => openLmdbStore(directory))
      .to.throw()
      .with.property('code', 'DSW_STORE_UNAVAILABLE');
  });
});
