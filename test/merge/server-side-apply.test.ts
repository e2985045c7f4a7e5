import { expect } from 'chai';
import { readManagedFields, trackUpdate } from '../../lib/merge/managed-fields.ts';
import { applyServerSide, describeConflicts, type ApplyConflict } from '../../lib/merge/server-side-apply.ts';
import type { JsonObject } from '../../lib/types/objects.ts';

const object = (spec: JsonObject, labels?: JsonObject): JsonObject => ({
  apiVersion: 'dswarm/v1',
  kind: 'Service',
  metadata: { name: 'web', ...(labels && { labels }) },
  spec,
});
const TIME = '2026-01-01T00:00:00Z';

const apply = (live: JsonObject | undefined, applied: JsonObject, options: { manager?: string; force?: boolean; time?: string } = {}) =>
  applyServerSide({ live, applied, manager: options.manager ?? 'alice', force: options.force ?? false, time: options.time ?? TIME });

const applied = (...args: Parameters<typeof apply>): JsonObject => {
  const result = apply(...args);
  if ('conflicts' in result) throw new Error(describeConflicts(result.conflicts));
  return result.object;
};

const conflicts = (...args: Parameters<typeof apply>): ApplyConflict[] => {
  const result = apply(...args);
  return 'conflicts' in result ? result.conflicts : [];
};

describe('Server-side apply', () => {
  it('creates an object whose fields the manager owns', () => {
    const made = applied(undefined, object({ image: 'a:1', env: { A: '1' } }, { app: 'web' }));
    expect(made.spec).to.deep.equal({ image: 'a:1', env: { A: '1' } });
    expect((made.metadata as JsonObject).managedFields).to.deep.equal([
      {
        manager: 'alice',
        operation: 'Apply',
        apiVersion: 'dswarm/v1',
        time: TIME,
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:metadata': { 'f:labels': { 'f:app': {} } }, 'f:spec': { 'f:env': { 'f:A': {} }, 'f:image': {} } },
      },
    ]);
  });

  it('applied again changes nothing, not even the time', () => {
    const made = applied(undefined, object({ image: 'a:1' }));
    expect(applied(made, object({ image: 'a:1' }), { time: '2027-01-01T00:00:00Z' })).to.deep.equal(made);
  });

  it('removes what the manager applied before and leaves out now', () => {
    const made = applied(undefined, object({ image: 'a:1', env: { A: '1', B: '2' }, ports: [{ target: 80 }] }));
    expect(applied(made, object({ image: 'a:1', env: { B: '2' } })).spec).to.deep.equal({ image: 'a:1', env: { B: '2' } });
  });

  it('leaves alone what nobody or somebody else set', () => {
    const live = applied(applied(object({ replicas: 1 }), object({ image: 'a:1' })), object({ env: { B: '2' } }), { manager: 'bob' });
    expect(applied(live, object({ image: 'a:2' })).spec).to.deep.equal({ replicas: 1, image: 'a:2', env: { B: '2' } });
  });

  it('keeps a field that another owns as well', () => {
    const both = applied(applied(undefined, object({ image: 'a:1', replicas: 3 })), object({ replicas: 3 }), { manager: 'bob' });
    expect(applied(both, object({ image: 'a:1' })).spec).to.deep.equal({ image: 'a:1', replicas: 3 });
  });

  it('refuses to change what another owns, and names who and what', () => {
    const live = applied(undefined, object({ image: 'a:1', replicas: 3 }));
    const found = conflicts(live, object({ replicas: 5, image: 'a:1' }), { manager: 'bob' });
    expect(found).to.deep.equal([{ manager: 'alice', operation: 'Apply', field: '.spec.replicas', time: TIME }]);
    expect(describeConflicts(found)).to.equal('Apply failed with 1 conflict: conflict with "alice": .spec.replicas');
  });

  it('takes the field over by force', () => {
    const live = applied(undefined, object({ image: 'a:1', replicas: 3 }));
    const forced = applied(live, object({ replicas: 5 }), { manager: 'bob', force: true });
    expect(forced.spec).to.deep.equal({ image: 'a:1', replicas: 5 });
    expect(conflicts(forced, object({ replicas: 4, image: 'a:1' })).map((each) => each.manager)).to.deep.equal(['bob']);
  });

  it('takes a list as one field', () => {
    const live = applied(undefined, object({ ports: [{ target: 80 }, { target: 81 }] }));
    expect(applied(live, object({ ports: [{ target: 82 }] })).spec).to.deep.equal({ ports: [{ target: 82 }] });
    expect(conflicts(live, object({ ports: [] }), { manager: 'bob' })).to.have.length(1);
  });

  it('sees a conflict where one sets a map and the other a value', () => {
    const live = applied(undefined, object({ ulimits: { nofile: { soft: 1, hard: 2 } } }));
    expect(conflicts(live, object({ ulimits: { nofile: 5 } }), { manager: 'bob' }).map((each) => each.field)).to.deep.equal([
      '.spec.ulimits.nofile',
    ]);
  });
});

describe('An update', () => {
  const alice = { manager: 'alice', operation: 'Apply', time: TIME } as const;
  const editor = { manager: 'kubectl-edit', operation: 'Update', time: TIME } as const;

  it('owns what it changed, and takes it from others', () => {
    const live = applied(undefined, object({ image: 'a:1', replicas: 3 }), { manager: alice.manager });
    const edited = trackUpdate(live, { ...live, spec: { image: 'a:1', replicas: 5 } }, editor);
    const owned = Object.fromEntries(readManagedFields(edited).map((each) => [each.manager, [...each.fields]]));
    expect(owned).to.deep.equal({ alice: ['spec\0image'], 'kubectl-edit': ['spec\0replicas'] });
    expect(conflicts(edited, object({ image: 'a:1', replicas: 3 }))).to.have.length(1);
  });

  it('that changes nothing changes no owner', () => {
    const live = applied(undefined, object({ image: 'a:1' }));
    expect(trackUpdate(live, live, editor)).to.deep.equal(live);
  });

  it('that removes a field removes its ownership', () => {
    const live = applied(undefined, object({ image: 'a:1', replicas: 3 }));
    const edited = trackUpdate(live, { ...live, spec: { image: 'a:1' } }, editor);
    expect(readManagedFields(edited).flatMap((each) => [...each.fields])).to.deep.equal(['spec\0image']);
  });
});
