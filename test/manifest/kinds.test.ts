import { expect } from 'chai';
import { findKind, KINDS, writableKinds } from '../../lib/manifest/kinds.ts';

describe('kinds', () => {
  it('are found by kind, plural, singular and short name in any case', () => {
    for (const text of ['Service', 'service', 'SERVICES', 'svc', 'Svc']) expect(findKind(text)).to.equal(KINDS.Service);
    for (const text of ['no', 'nodes', 'NODE']) expect(findKind(text)).to.equal(KINDS.Node);
    expect(findKind('pod')).to.equal(undefined);
  });
  it('have no name in common', () => {
    const names = Object.values(KINDS).flatMap((info) => [
      ...new Set([info.kind.toLowerCase(), info.plural, info.singular, ...info.shortNames]),
    ]);
    expect(new Set(names).size).to.equal(names.length);
  });
  it('fill in what their schemas leave out', () => {
    expect(KINDS.Task.readOnly).to.equal(true);
    expect(KINDS.Task.subresources).to.deep.equal([]);
    expect(KINDS.Service.columns[0]).to.deep.equal({ name: 'Name', path: 'metadata.name', type: 'string', priority: 0 });
  });
  it('let users write services, cron jobs, nodes and networks only', () => {
    expect(writableKinds()).to.have.members(['Service', 'CronJob', 'Node', 'Network']);
  });
});
