import { expect } from 'chai';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkConditions } from '../../lib/conditions/check.ts';
import { owningFile, type Admitted } from '../../lib/types/objects.ts';
import { makeDirectoryWorld, touchStatus, type DirectoryWorld } from '../support/directory-controller.ts';
import { eventually, pause } from '../support/eventually.ts';
import { objectOf, serviceText } from '../support/manifests.ts';

describe('the directory controller', () => {
  let world: DirectoryWorld;
  beforeEach(async () => {
    world = await makeDirectoryWorld();
  });
  afterEach(() => world.close());

  const text = (name: string): Promise<string> => readFile(path.join(world.root, name), 'utf8');
  const revision = (): number => world.store.snapshot().revision;

  it('brings a saved file to the store, and a removed one out of it', async () => {
    await world.save('a.yaml', serviceText('a'));
    await world.save('b.yaml', serviceText('b'));
    await world.controller.start();
    expect(world.controller.isSynced).to.equal(true);
    expect(world.service('a')).to.have.nested.property('spec.replicas', 1);
    await pause(100);
    await world.save('a.yaml', serviceText('a', '  replicas: 3\n'));
    await eventually(() => expect(world.service('a')).to.have.nested.property('spec.replicas', 3));
    expect(world.service('a')?.metadata.generation).to.equal(2);
    await rm(path.join(world.root, 'b.yaml'));
    await eventually(() => expect(world.service('b')).to.equal(undefined));
  });

  it('shows the state of the source, and writes it only when it changes (invariant 14)', async () => {
    await world.save('a.yaml', serviceText('a'));
    await world.controller.start();
    expect(world.source()).to.deep.include({ spec: { type: 'directory', path: world.root } });
    expect(world.source()?.status).to.include({ state: 'Ready', files: 1, objects: 1, errorCount: 0, pendingDeleteCount: 0 });
    const before = revision();
    for (let i = 0; i < 5; i += 1) await world.controller.sync();
    expect(revision()).to.equal(before);
    await world.save('b.yaml', serviceText('b', '  replica: 1\n'));
    await pause(60);
    await world.controller.sync();
    const source = world.source();
    expect(source?.status?.state).to.equal('Degraded');
    expect(source?.status?.errors?.[0]).to.deep.include({ file: 'b.yaml', line: 8, column: 3, code: 'DSW_MANIFEST_UNKNOWN_FIELD' });
    expect(source === undefined ? [] : checkConditions(source)).to.deep.equal([]);
    await world.controller.sync();
    expect(world.events.filter((event) => event.includes('FileRefused'))).to.have.length(1);
  });

  it('keeps the last good version over a restart (fault 1)', async () => {
    await world.save('a.yaml', serviceText('a'));
    await world.controller.start();
    await world.restart();
    await world.save('a.yaml', 'kind: [');
    await world.controller.start();
    expect(world.service('a')).to.not.equal(undefined);
    expect(world.source()?.status?.state).to.equal('Degraded');
  });

  it('saves by rename without a delete in between (fault 3)', async () => {
    await world.save('a.yaml', serviceText('a'));
    await world.controller.start();
    const uid = world.service('a')?.metadata.uid;
    for (let i = 2; i < 6; i += 1) {
      await world.save('.a.tmp', serviceText('a', `  replicas: ${i}\n`));
      await rm(path.join(world.root, 'a.yaml'));
      await pause(30);
      await rename(path.join(world.root, '.a.tmp'), path.join(world.root, 'a.yaml'));
      await eventually(() => expect(world.service('a')).to.have.nested.property('spec.replicas', i));
    }
    expect(world.service('a')?.metadata.uid).to.equal(uid);
  });

  it('freezes when the directory is gone, and thaws when it is back (fault 7)', async () => {
    await world.save('a.yaml', serviceText('a'));
    await world.controller.start();
    await rename(world.root, `${world.root}-away`);
    await world.controller.sync();
    expect(world.source()?.status?.state).to.equal('Unavailable');
    expect(world.service('a')).to.not.equal(undefined);
    await rename(`${world.root}-away`, world.root);
    await eventually(() => expect(world.source()?.status?.state).to.equal('Ready'));
  });

  it('holds mass deletions back until they are confirmed by their token (fault 8)', async () => {
    for (let i = 0; i < 6; i += 1) await world.save(`s${i}.yaml`, serviceText(`s${i}`));
    await world.controller.start();
    for (let i = 0; i < 6; i += 1) await rm(path.join(world.root, `s${i}.yaml`));
    await eventually(() => expect(world.source()?.status).to.include({ state: 'Paused', pendingDeleteCount: 6 }));
    expect(world.events.join()).to.contain('Paused: 6 objects would be deleted');
    const error: unknown = await world.controller.confirm('nonsense').catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'DSW_SOURCE_CONFIRM');
    await world.controller.confirm(world.source()?.status?.confirmToken ?? '');
    expect(world.store.snapshot().list('Service')).to.deep.equal([]);
    expect(world.source()?.status).to.include({ state: 'Ready', pendingDeleteCount: 0 });
    expect(world.source()?.status).to.not.have.any.keys('pendingDeletes', 'confirmToken');
  });

  it('takes a storm of changes in few passes and ends with what is there (fault 9)', async function () {
    this.timeout(20_000);
    await world.controller.start();
    for (let round = 1; round <= 5; round += 1) {
      await Promise.all(Array.from({ length: 200 }, (_, i) => world.save(`s${i}.yaml`, serviceText(`s${i}`, `  replicas: ${round}\n`))));
    }
    await eventually(() => {
      const services = world.store.snapshot().list('Service');
      expect(services.filter((service) => service.spec.replicas === 5)).to.have.length(200);
    }, 10_000);
    expect(world.source()?.status?.state).to.equal('Ready');
  });

  it('stores files though statuses are written all the time', async () => {
    await world.save('a.yaml', serviceText('a'));
    await world.controller.start();
    let going = true;
    const busy = (async () => {
      while (going) {
        const service = world.service('a');
        if (service !== undefined) await touchStatus(world.store, service);
        await pause(0);
      }
    })();
    await world.save('a.yaml', serviceText('a', '  replicas: 4\n'));
    await eventually(() => expect(world.service('a')).to.have.nested.property('spec.replicas', 4));
    going = false;
    await busy;
    expect(world.service('a')?.status?.ready).to.be.greaterThan(0);
  });

  describe('writing changes back', () => {
    const change = async (name: string, replicas: number): Promise<void> => {
      const before = world.service(name);
      if (before === undefined) throw new Error(`no ${name}`);
      const { status: _, ...rest } = before;
      await world.controller.write(before, { ...rest, spec: { ...rest.spec, replicas } });
    };

    it('changes the file and the store together; the next sync finds nothing to do', async () => {
      await world.save('two.yaml', `# mine\n${serviceText('a')}---\n${serviceText('b', '  replicas: 1 # one\n')}`);
      await world.controller.start();
      await change('b', 4);
      expect(await text('two.yaml'))
        .to.contain('replicas: 4 # one')
        .and.contain('# mine');
      expect(world.service('b')).to.deep.include({ spec: { ...world.service('b')?.spec, replicas: 4 } });
      expect(world.service('b')?.metadata.generation).to.equal(2);
      const before = revision();
      await world.controller.sync();
      await pause(150);
      expect(revision()).to.equal(before);
    });

    it('serialises writes, and refuses those made from an old state', async () => {
      await world.save('a.yaml', serviceText('a'));
      await world.controller.start();
      const results = await Promise.allSettled([change('a', 2), change('a', 3)]);
      expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected']);
      expect((results[1] as PromiseRejectedResult).reason).to.have.property('code', 'DSW_STORE_CONFLICT');
      expect(world.service('a')).to.have.nested.property('spec.replicas', 2);
    });

    it('sees a change in the file that came first', async () => {
      await world.save('a.yaml', serviceText('a'));
      await world.controller.start();
      const before = world.service('a');
      await writeFile(path.join(world.root, 'a.yaml'), serviceText('a', '  replicas: 9\n'));
      const error: unknown = await world.controller
        .write(before as never, { ...before, spec: { ...before?.spec, image: 'b' } } as never)
        .catch((reason: unknown) => reason);
      expect(error).to.have.property('code', 'DSW_STORE_CONFLICT');
      expect(await text('a.yaml')).to.contain('replicas: 9');
    });

    it('leaves a file with errors to its owner', async () => {
      await world.save('a.yaml', serviceText('a'));
      await world.controller.start();
      await world.save('a.yaml', 'kind: [');
      await pause(60);
      const error: unknown = await change('a', 2).catch((reason: unknown) => reason);
      expect(error).to.have.property('code', 'DSW_MANIFEST_EDIT');
      expect(await text('a.yaml')).to.equal('kind: [');
    });

    it('makes a new file for a new object, and none over another', async () => {
      await world.controller.start();
      const node = objectOf<Admitted>('apiVersion: dswarm/v1\nkind: Node\nmetadata: { name: h4 }\nspec: { ssh: { host: 192.0.2.4 } }\n');
      await world.controller.create(node);
      expect(await text('nodes/h4.yaml')).to.equal(
        'apiVersion: dswarm/v1\nkind: Node\nmetadata:\n  name: h4\nspec:\n  ssh:\n    host: 192.0.2.4\n',
      );
      const stored = world.store.snapshot().get({ kind: 'Node', name: 'h4' });
      expect(stored && owningFile(stored)).to.equal('nodes/h4.yaml');
      const error: unknown = await world.controller.create(node).catch((reason: unknown) => reason);
      expect(error).to.have.property('code', 'DSW_SOURCE_WRITE');
    });

    it('takes an object out of its file, and the file away with the last', async () => {
      await mkdir(path.join(world.root, 'x'));
      await world.save('x/two.yaml', `${serviceText('a')}---\n${serviceText('b')}`);
      await world.save('c.yaml', serviceText('c'));
      await world.controller.start();
      await world.controller.remove(world.service('a') as never);
      expect(world.service('a')).to.equal(undefined);
      expect(await text('x/two.yaml')).to.equal(`---\n${serviceText('b')}`);
      await world.controller.remove(world.service('b') as never);
      expect(await text('x/two.yaml').catch((error: NodeJS.ErrnoException) => error.code)).to.equal('ENOENT');
      expect(world.source()?.status).to.include({ state: 'Ready', objects: 1 });
    });
  });

  it('applies a saved file within 150 ms', async () => {
    await world.save('a.yaml', serviceText('a'));
    await world.controller.start();
    await pause(300);
    const times: number[] = [];
    for (let i = 2; i < 9; i += 1) {
      const started = performance.now();
      await world.save('a.yaml', serviceText('a', `  replicas: ${i}\n`));
      await eventually(() => expect(world.service('a')).to.have.nested.property('spec.replicas', i));
      times.push(performance.now() - started);
      await pause(100);
    }
    expect(times.sort((a, b) => a - b)[3]).to.be.lessThan(150);
  });
});
