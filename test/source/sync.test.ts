import { expect } from 'chai';
import fc from 'fast-check';
import { BASELINE } from '../../lib/manifest/policy.ts';
import { toStored } from '../../lib/manifest/stored.ts';
import { IMPLICIT_ANNOTATION, owningFile } from '../../lib/types/objects.ts';
import { network } from '../network/objects.ts';
import { objectOf, serviceText } from '../support/manifests.ts';
import { World } from './world.ts';

const web = serviceText('web');
const WEB = 'Service/default/web';

function worldOf(files: Record<string, string>): World {
  const world = new World();
  for (const [path, text] of Object.entries(files)) world.files.set(path, text);
  world.settle();
  return world;
}

function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${i}.yaml`, serviceText(`s${i}`)]));
}

describe('syncing a directory', () => {
  it('stores what the files hold, each object owned by its file', () => {
    const world = worldOf({ 'web.yaml': web, 'more/two.yaml': `${serviceText('a')}---\n${serviceText('b')}` });
    expect(world.keys()).to.deep.equal(['Service/default/a', 'Service/default/b', WEB]);
    expect([...world.stored.values()].map(owningFile).sort()).to.deep.equal(['more/two.yaml', 'more/two.yaml', 'web.yaml']);
  });

  it('takes over the default network that the controller made, and leaves it alone while no file names it', () => {
    const world = worldOf({ 'web.yaml': web });
    const made = network('default');
    world.stored.set('Network/default/default', {
      ...made,
      metadata: { ...made.metadata, annotations: { [IMPLICIT_ANNOTATION]: 'true' } },
    });
    world.settle();
    expect(world.keys()).to.deep.equal(['Network/default/default', WEB]);
    world.files.set('net.yaml', 'apiVersion: dswarm/v1\nkind: Network\nmetadata: { name: default }\n');
    expect(world.settle().state).to.equal('Ready');
    expect(world.stored.get('Network/default/default')?.metadata).to.deep.include({
      uid: made.metadata.uid,
      annotations: { 'dswarm/source': 'file:net.yaml' },
    });
  });

  it('tells an error in one line, sentence by sentence, with what to do', () => {
    const world = worldOf({ 'web.yaml': `${web}  replica: 3\n`, 'two.yaml': `${serviceText('two')}  ports: ["0:80"]\n` });
    const [two, typo] = world.settle().errors.map(({ message }) => message);
    expect(typo).to.match(/^spec: unknown field "replica"; did you mean "replicas"\? Correct the name or remove the field; /);
    expect(two).to.match(/ published port 0 is not in 1-65535\. [A-Z]/);
  });

  it('does nothing when nothing has changed (invariant 12)', () => {
    const world = worldOf(many(10));
    world.changes.length = 0;
    for (let i = 0; i < 5; i += 1) expect(world.settle().state).to.equal('Ready');
    expect(world.changes).to.deep.equal([]);
  });

  it('keeps the last good version of a half-written file, also over a restart, and applies it once it is whole (fault 1)', () => {
    const world = worldOf({ 'web.yaml': web });
    world.files.set('web.yaml', web.slice(0, -8).replace('image', '"image') + '\n---\nkind: [');
    for (const restart of [false, true]) {
      if (restart) world.restart();
      const plan = world.settle();
      expect(plan.state).to.equal('Degraded');
      expect(plan.errors[0]).to.include({ file: 'web.yaml', code: 'DSW_MANIFEST_SYNTAX' });
      expect(world.keys()).to.deep.equal([WEB]);
    }
    world.files.set('web.yaml', serviceText('web', '  replicas: 5\n'));
    expect(world.settle().state).to.equal('Ready');
    expect(world.stored.get(WEB)).to.have.nested.property('spec.replicas', 5);
  });

  it('applies a file as a whole or not at all', () => {
    const world = worldOf({ 'two.yaml': `${serviceText('a')}---\n${serviceText('b')}` });
    world.files.set('two.yaml', `${serviceText('a', '  replicas: 9\n')}---\n${serviceText('b', '  replica: 9\n')}`);
    expect(world.settle().errors).to.have.length(1);
    expect(world.stored.get('Service/default/a')).to.have.nested.property('spec.replicas', 1);
  });

  for (const [what, text] of [
    ['0 bytes', ''],
    ['comments only', '# nothing\n---\n'],
  ] as const) {
    it(`does not take a file of ${what} for a deletion (fault 2)`, () => {
      const world = worldOf({ 'web.yaml': web, 'a.yaml': serviceText('a') });
      world.files.set('web.yaml', text);
      const plan = world.settle();
      expect(plan.errors[0]).to.include({ file: 'web.yaml', line: 1, column: 1, code: 'DSW_MANIFEST_EMPTY' });
      expect(world.keys()).to.include(WEB);
    });
  }

  it('deletes nothing between the two halves of a save by unlink and create (fault 3)', () => {
    const world = worldOf({ 'web.yaml': web, 'a.yaml': serviceText('a') });
    world.changes.length = 0;
    world.files.delete('web.yaml');
    expect(world.sync().recheckAfter).to.be.greaterThan(0);
    world.now += 100;
    world.files.set('web.yaml', serviceText('web', '  replicas: 2\n'));
    world.settle();
    expect(world.changes).to.deep.equal([`put ${WEB}`]);
  });

  it('prunes what a removed file or document held', () => {
    const world = worldOf({ 'web.yaml': web, 'two.yaml': `${serviceText('a')}---\n${serviceText('b')}` });
    world.files.delete('web.yaml');
    world.files.set('two.yaml', serviceText('b'));
    expect(world.settle().state).to.equal('Ready');
    expect(world.keys()).to.deep.equal(['Service/default/b']);
  });

  it('changes nothing while the directory cannot be read (fault 7, invariant 5)', () => {
    const world = worldOf(many(5));
    world.files.clear();
    world.now += 1000;
    const plan = world.sync({ unreadable: 'it is not there' });
    expect(plan).to.include({ state: 'Unavailable' });
    expect(plan.message).to.contain('it is not there');
    expect(world.keys()).to.have.length(5);
  });

  it('deletes nothing when the directory is suddenly empty, until that is confirmed (fault 8, invariant 5)', () => {
    for (const count of [1, 5]) {
      const world = worldOf(many(count));
      world.files.clear();
      world.settle();
      world.now += 3_600_000;
      const plan = world.settle();
      expect(plan.state).to.equal('Paused');
      expect(plan.pendingDeletes).to.have.length(count);
      expect(world.keys()).to.have.length(count);
      expect(world.sync({ confirmed: 'another' }).deletes).to.deep.equal([]);
      expect(world.sync({ confirmed: plan.confirmToken ?? '' }).deletes).to.have.length(count);
      expect(world.settle().state).to.equal('Ready');
    }
  });

  it('asks before it deletes more than half and more than three, and goes on with all else (fault 8)', () => {
    const world = worldOf(many(8));
    for (let i = 0; i < 5; i += 1) world.files.delete(`s${i}.yaml`);
    world.files.set('s7.yaml', serviceText('s7', '  replicas: 3\n'));
    const plan = world.settle();
    expect(plan).to.deep.include({ state: 'Paused', pendingDeletes: [0, 1, 2, 3, 4].map((i) => `Service/default/s${i}`) });
    expect(world.keys()).to.have.length(8);
    expect(world.stored.get('Service/default/s7')).to.have.nested.property('spec.replicas', 3);
    world.files.set('s0.yaml', serviceText('s0'));
    const { confirmToken } = world.sync();
    expect(confirmToken, 'another set of deletions has another token').to.not.equal(plan.confirmToken);
    expect(world.keys()).to.have.length(8);
  });

  it('asks also when a tool deletes file after file', () => {
    const world = worldOf(many(20));
    for (let i = 0; i < 20; i += 1) {
      world.files.delete(`s${i}.yaml`);
      world.now += 50;
      world.sync();
    }
    world.settle();
    expect(world.keys()).to.have.length(20);
  });

  it('deletes up to three without a question', () => {
    const world = worldOf(many(4));
    for (let i = 0; i < 3; i += 1) world.files.delete(`s${i}.yaml`);
    expect(world.settle().state).to.equal('Ready');
    expect(world.keys()).to.deep.equal(['Service/default/s3']);
  });

  it('refuses the same object in two files, keeps the last good version and names both places (fault 11)', () => {
    for (const first of ['a.yaml', 'z.yaml']) {
      const world = worldOf({ [first]: web });
      const second = first === 'a.yaml' ? 'z.yaml' : 'a.yaml';
      world.files.set(first, serviceText('web', '  replicas: 4\n'));
      world.files.set(second, `${serviceText('other')}---\n${serviceText('web', '  replicas: 7\n')}`);
      const plan = world.settle();
      expect(plan.errors.map(({ file, code }) => `${file} ${code}`)).to.deep.equal([
        'a.yaml DSW_MANIFEST_DUPLICATE',
        'z.yaml DSW_MANIFEST_DUPLICATE',
      ]);
      for (const { message, file } of plan.errors)
        expect(message)
          .to.contain(WEB)
          .and.contain(file === 'a.yaml' ? 'z.yaml:' : 'a.yaml:');
      expect(world.keys()).to.deep.equal([WEB]);
      expect(world.stored.get(WEB)).to.have.nested.property('spec.replicas', 1);
      world.files.delete(second);
      expect(world.settle().state).to.equal('Ready');
      expect(world.stored.get(WEB)).to.have.nested.property('spec.replicas', 4);
    }
  });

  it('refuses an object that a broken file may still hold (fault 11)', () => {
    const world = worldOf({ 'a.yaml': web });
    world.files.set('a.yaml', 'kind: [');
    world.files.set('b.yaml', serviceText('web', '  replicas: 2\n'));
    expect(world.settle().errors.map(({ file, code }) => `${file} ${code}`)).to.deep.equal([
      'a.yaml DSW_MANIFEST_SYNTAX',
      'b.yaml DSW_MANIFEST_DUPLICATE',
    ]);
    expect(world.stored.get(WEB)).to.have.nested.property('spec.replicas', 1);
  });

  it('refuses the same object twice in one file (fault 11)', () => {
    const world = worldOf({ 'a.yaml': `${web}---\n${web}` });
    expect(world.sync().errors[0]?.message).to.contain('a.yaml:1:1');
    expect(world.keys()).to.deep.equal([]);
  });

  it('changes nothing but the owner when a file moves (fault 12)', () => {
    const world = worldOf({ 'web.yaml': web, 'a.yaml': serviceText('a') });
    const before = world.stored.get(WEB);
    world.changes.length = 0;
    world.files.delete('web.yaml');
    world.files.set('apps/web.yaml', web);
    world.settle();
    const after = world.stored.get(WEB);
    expect(world.changes).to.deep.equal([`put ${WEB}`]);
    expect(after?.metadata).to.include({ uid: before?.metadata.uid, generation: 1 });
    expect(after && owningFile(after)).to.equal('apps/web.yaml');
  });

  it('does not delete what has moved into a file that is broken', () => {
    for (const broken of ['kind: [ # web', serviceText('web', '  replica: 2\n')]) {
      const world = worldOf({ 'web.yaml': web, 'a.yaml': serviceText('a') });
      world.files.delete('web.yaml');
      world.files.set('apps.yaml', broken);
      world.settle();
      expect(world.keys()).to.include(WEB);
    }
  });

  it('keeps what files and folders hold that cannot be read now', () => {
    const world = worldOf({ 'a/web.yaml': web, 'b.yaml': serviceText('b'), 'c.yaml': serviceText('c') });
    world.files.delete('a/web.yaml');
    world.files.delete('b.yaml');
    world.files.set('a', { code: 'DSW_SOURCE_UNREADABLE', reason: 'cannot be read (EACCES)' });
    world.files.set('b.yaml', { code: 'DSW_SOURCE_REFUSED', reason: 'is a link that leads out of the directory' });
    expect(world.settle().state).to.equal('Degraded');
    expect(world.keys()).to.have.length(3);
  });

  it('adopts an object of the API whose manifest turns up in a file, and changes nothing else', () => {
    const world = new World();
    const stored = toStored(objectOf(web), { uid: 'u', now: '2026-01-01T00:00:00Z' });
    world.stored.set(WEB, {
      ...stored,
      metadata: { ...stored.metadata, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' } },
    });
    world.files.set('web.yaml', web);
    world.settle();
    const adopted = world.stored.get(WEB);
    expect(adopted?.metadata).to.deep.include({ uid: 'u', generation: 1 });
    expect(adopted?.metadata.annotations).to.deep.equal({
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'dswarm/source': 'file:web.yaml',
    });
  });

  it('leaves objects of the API alone', () => {
    const world = worldOf({ 'a.yaml': serviceText('a') });
    world.stored.set(WEB, toStored(objectOf(web), { uid: 'u', now: '2026-01-01T00:00:00Z' }));
    world.settle();
    world.files.clear();
    world.settle();
    expect(world.keys()).to.include(WEB);
  });

  it('refuses a change of mode and keeps the old service running, until it is gone (fault 27)', () => {
    const world = worldOf({ 'web.yaml': web, 'a.yaml': serviceText('a') });
    world.files.set('web.yaml', serviceText('web', '  mode: global\n'));
    expect(world.settle().errors[0]).to.include({ code: 'DSW_MANIFEST_IMMUTABLE' });
    expect(world.stored.get(WEB)).to.have.nested.property('spec.mode', 'replicated');
    world.stored.delete(WEB);
    expect(world.settle().state).to.equal('Ready');
    expect(world.stored.get(WEB)).to.have.nested.property('spec.mode', 'global');
  });

  it('denies on update what it denies on create (fault 30, invariant 17)', () => {
    const world = worldOf({ 'web.yaml': web });
    world.policy = BASELINE;
    world.files.set('web.yaml', serviceText('web', '  privileged: true\n'));
    world.files.set('new.yaml', serviceText('new', '  privileged: true\n'));
    expect(world.settle().errors.map(({ file, code }) => `${file} ${code}`)).to.deep.equal([
      'new.yaml DSW_ADMISSION_DENIED',
      'web.yaml DSW_ADMISSION_DENIED',
    ]);
    expect(world.stored.get(WEB)).to.have.nested.property('spec.privileged', false);
  });

  it('says that compose files are not supported yet', () => {
    const world = worldOf({ 'compose.yaml': 'services:\n  web:\n    image: nginx\n' });
    expect(world.sync().errors[0]).to.include({ code: 'DSW_MANIFEST_UNSUPPORTED', file: 'compose.yaml' });
  });

  it('reads only the file that changed', () => {
    const world = worldOf(many(500));
    const before = world.memory.files;
    world.files.set('s7.yaml', serviceText('s7', '  replicas: 2\n'));
    world.changes.length = 0;
    world.sync();
    expect(world.changes).to.deep.equal(['put Service/default/s7']);
    const readAgain = [...world.memory.files].filter(([path, file]) => before.get(path) !== file).map(([path]) => path);
    expect(readAgain).to.deep.equal(['s7.yaml']);
  });

  it('ends with what the files say, whatever happened before; and never deletes what a file holds', () => {
    const path = fc.constantFrom('a.yaml', 'b.yaml', 'c.yaml');
    const name = fc.constantFrom('x', 'y', 'z');
    const step = fc.oneof(
      fc.record({ op: fc.constant('write' as const), path, names: fc.uniqueArray(name, { minLength: 1 }), replicas: fc.nat(3) }),
      fc.record({ op: fc.constantFrom('break' as const, 'remove' as const, 'restart' as const, 'unreadable' as const), path }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), fc.uniqueArray(name, { minLength: 1 }), (steps, names) => {
        const world = new World();
        for (const each of steps) {
          if (each.op === 'write')
            world.files.set(each.path, each.names.map((n) => serviceText(n, `  replicas: ${each.replicas}\n`)).join('---\n'));
          else if (each.op === 'break') world.files.set(each.path, 'kind: [');
          else if (each.op === 'remove') world.files.delete(each.path);
          else if (each.op === 'restart') world.restart();
          if (each.op === 'unreadable') world.sync({ unreadable: 'no' });
          else world.sync();
          world.now += 60;
        }
        world.files.clear();
        world.files.set('end.yaml', names.map((n) => serviceText(n, '  replicas: 9\n')).join('---\n'));
        const plan = world.settle();
        if (plan.confirmToken !== undefined) world.sync({ confirmed: plan.confirmToken });
        expect(world.settle().state).to.equal('Ready');
        expect(world.keys()).to.deep.equal(names.map((n) => `Service/default/${n}`).sort());
      }),
      { numRuns: 200 },
    );
  });
});
