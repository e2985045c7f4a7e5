import { expect } from 'chai';
import { EngineOwners } from '../../lib/runtime/engine-owners.ts';

describe('which node an engine belongs to', () => {
  it('is the first by name, whichever came first, and the others learn of it', () => {
    const owners = new EngineOwners();
    expect(owners.set('b', 'e1')).to.deep.equal([]);
    expect(owners.set('c', 'e1')).to.deep.equal([]);
    expect([owners.twinOf('b'), owners.twinOf('c')]).to.deep.equal([undefined, 'b']);
    expect(owners.set('a', 'e1')).to.deep.equal(['b', 'c']);
    expect(['a', 'b', 'c'].map((node) => owners.twinOf(node))).to.deep.equal([undefined, 'a', 'a']);
  });

  it('passes on when that node goes, or turns out to be another engine', () => {
    const owners = new EngineOwners();
    for (const node of ['a', 'b', 'c']) owners.set(node, 'e1');
    expect(owners.set('a', undefined)).to.deep.equal(['b', 'c']);
    expect([owners.twinOf('a'), owners.twinOf('b'), owners.twinOf('c')]).to.deep.equal([undefined, undefined, 'b']);
    expect(owners.set('b', 'e2')).to.deep.equal(['c']);
    expect(owners.twinOf('c')).to.equal(undefined);
    expect(owners.set('c', 'e1')).to.deep.equal([]);
  });

  it('is nobody’s where the engine tells no id', () => {
    const owners = new EngineOwners();
    for (const node of ['a', 'b']) owners.set(node, '');
    expect(owners.twinOf('b')).to.equal(undefined);
  });
});
