import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { hasCode } from '../../../lib/errors/error.ts';
import { openLmdbStore } from '../../../lib/io/store/lmdb.ts';
import { describeStoreContract, service } from '../../contracts/store.ts';

const scratch = (): string => mkdtempSync(join(tmpdir(), 'dswarm-store-'));

describeStoreContract('lmdb', () => {
  const directory = scratch();
  const store = openLmdbStore(directory, { history: 16 });
  const dispose = async (): Promise<void> => {
    await store.close();
    rmSync(directory, { recursive: true });
  };
  return Promise.resolve({ store, dispose });
});

describe('The lmdb store', () => {
  let directory: string;
  beforeEach(() => (directory = scratch()));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const openError = (path: string): unknown => {
    try {
      void openLmdbStore(path).close();
      return undefined;
    } catch (error) {
      return error;
    }
  };

  it('has its objects and its revision again after it was closed', async () => {
    const first = openLmdbStore(directory);
    await first.commit([{ put: service('a') }, { put: service('b') }]);
    const { revision } = await first.commit([{ delete: { kind: 'Service', namespace: 'default', name: 'a' } }]);
    const kept = first.snapshot().list('Service');
    await first.close();
    const second = openLmdbStore(directory);
    expect(second.snapshot().revision).to.equal(revision);
    expect(second.snapshot().list('Service')).to.deep.equal(kept);
    await second.close();
  });

  it('makes a directory that only its owner can enter', async () => {
    const made = join(directory, 'deep', 'state');
    await openLmdbStore(made).close();
    expect(statSync(made).mode & 0o777).to.equal(0o700);
    expect(statSync(join(made, 'store.mdb')).mode & 0o777).to.equal(0o600);
  });

  it('leaves the mode of a directory that others use as well', async () => {
    chmodSync(directory, 0o755);
    writeFileSync(join(directory, 'other'), '');
    await openLmdbStore(directory).close();
    expect(statSync(directory).mode & 0o777).to.equal(0o755);
  });

  it('refuses a second opener and names the process that holds it (fault 82)', async () => {
    const holder = openLmdbStore(directory);
    const error = openError(directory);
    expect(hasCode(error, 'DSW_STORE_LOCKED')).to.equal(true);
    expect((error as Error).message).to.contain(`process ${process.pid}`);
    await holder.close();
    expect(openError(directory)).to.equal(undefined);
  });

  it('is refused while another process holds it, and taken over with all its data once that was killed (fault 82)', async function () {
    this.timeout(20_000);
    const script = join(import.meta.dirname, 'holding-process.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect((openError(directory) as Error).message).to.contain(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const store = openLmdbStore(directory);
    expect(
      store
        .snapshot()
        .list('Service')
        .map((each) => each.metadata.name),
    ).to.deep.equal(['kept']);
    await store.close();
  });

  it('says what is wrong when the directory cannot be used (fault 95)', () => {
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const error = openError(join(file, 'state'));
    expect(hasCode(error, 'DSW_STORE_UNAVAILABLE')).to.equal(true);
    mkdirSync(join(directory, 'taken', 'store.mdb'), { recursive: true });
    expect(hasCode(openError(join(directory, 'taken')), 'DSW_STORE_UNAVAILABLE')).to.equal(true);
  });
});
