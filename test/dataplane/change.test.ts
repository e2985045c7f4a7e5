import { expect } from 'chai';
import fc from 'fast-check';
import { renderChange } from '../../lib/dataplane/change.ts';
import type { Served } from '../../lib/dataplane/model.ts';
import { nodeState } from '../../lib/dataplane/node-state.ts';
import { renderNode } from '../../lib/dataplane/render.ts';
import { Shared } from '../../lib/dataplane/shared.ts';
import type { PlaneState } from '../../lib/dataplane/state.ts';
import type { PlaneFiles } from '../../lib/ports/plane.ts';
import { history } from './arbitrary.ts';
import { nodes, sample, service } from './sample.ts';
import { change, readTable } from './table.ts';

const FRAME = sample();

function changed(before: Served, after: Served): PlaneFiles | undefined {
  const old = nodeState(before, 'h1');
  return renderChange(old, nodeState(after, 'h1', old));
}

describe('the change of a node', () => {
  it('makes of what was rendered before what is rendered after', () => {
    fc.assert(
      fc.property(history, fc.constantFrom('h1', 'h2', 'h3'), (times, node) => {
        const [first, ...rest] = times;
        if (first === undefined) return;
        let state = nodeState(first, node);
        const table = readTable(renderNode(state)['ruleset.nft'] ?? '');
        const names = new Map(Object.entries(renderNode(state)).filter(([path]) => path.startsWith('dns/')));
        for (const served of rest) {
          const next = nodeState(served, node, state);
          const files = renderChange(state, next) ?? expect.fail('the frame is the same');
          change(table, files['changes.nft'] ?? '');
          for (const [path, text] of Object.entries(files)) if (path.startsWith('dns/')) names.set(path, text);
          state = next;
          const full = renderNode(nodeState(served, node));
          expect(table).to.deep.equal(readTable(full['ruleset.nft'] ?? ''));
          expect([...names].sort()).to.deep.equal(
            Object.entries(full)
              .filter(([path]) => path.startsWith('dns/'))
              .sort(),
          );
        }
      }),
    );
  });

  it('is to the byte what each node makes of it for itself, where nodes share what they have in common', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(2), { maxLength: 12 }), fc.boolean(), (times, skips, late) => {
        const shared = new Shared();
        const known = ['h1', 'h2', 'h3'].map((node) => ({ node, together: first(node, shared), alone: first(node) }));
        function first(node: string, with_?: Shared): PlaneState | undefined {
          return late && node === 'h3' ? undefined : nodeState(times[0] ?? sample(), node, undefined, with_);
        }
        for (const [time, served] of times.entries()) {
          for (const [index, one] of known.entries()) {
            // A node that is slow goes from an earlier state to a later one than the others.
            if (skips[time] === index) continue;
            const together = nodeState(served, one.node, one.together, shared);
            const alone = nodeState(served, one.node, one.alone);
            expect(renderNode(together, one.together)).to.deep.equal(renderNode(alone, one.alone));
            expect(together.refused).to.deep.equal(alone.refused);
            if (one.together !== undefined && one.alone !== undefined)
              expect(renderChange(one.together, together, shared)).to.deep.equal(renderChange(one.alone, alone));
            Object.assign(one, { together, alone });
          }
        }
      }),
    );
  });

  it('is made once for nodes of equal reach, whichever of them is told later', () => {
    const shared = new Shared();
    const served = { ...sample(), services: sample().services.slice(1) };
    const next = { ...served, services: served.services.slice(1) };
    const [one, other] = ['h1', 'h2'].map((node) => nodeState(served, node, undefined, shared)) as [PlaneState, PlaneState];
    expect(one.services).to.equal(other.services);
    const after = ['h1', 'h2'].map((node, index) => nodeState(next, node, [one, other][index], shared));
    expect(after[0]?.services).to.equal(after[1]?.services);
    expect(nodeState(next, 'h3', undefined, shared).services).to.equal(after[0]?.services);
  });

  it('is made apart for a node that reaches others than the rest: one that is not in a network, one that can dial nobody', () => {
    const { nodes: all, networks, services } = sample();
    const { h3: _part, ...parts } = networks[0]?.nodes ?? {};
    const apart = { nodes: all, networks: networks.map((one, index) => (index === 0 ? { ...one, nodes: parts } : one)), services };
    const away = { nodes: all.map(({ address: _address, ...one }) => ({ ...one })), networks, services };
    for (const served of [apart, away]) {
      const shared = new Shared();
      for (const node of ['h1', 'h2', 'h3']) {
        const alone = nodeState(served, node);
        expect(renderNode(nodeState(served, node, undefined, shared)), node).to.deep.equal(renderNode(alone));
      }
    }
    const [one, , last] = ['h1', 'h2', 'h3'].map((node) => renderNode(nodeState(apart, node))['ruleset.nft']);
    expect(one).to.include('vip_10_210_240_1');
    expect(last).to.not.include('vip_10_210_240_1');
  });

  it('sends those files of names alone that tell other names than before, also of networks whose names are spread over files', () => {
    const many = (count: number): Served['services'][number][] =>
      Array.from({ length: count }, (_, at) =>
        service('shop', `s${String(at)}`, `10.210.240.${String(at + 1)}`, [`10.210.1.${String(at + 2)}`]),
      );
    const names = (files: PlaneFiles): [string, string][] => Object.entries(files).filter(([path]) => path.startsWith('dns/dsw000000d2/'));
    const [small, large] = [
      { ...sample(), services: many(64) },
      { ...sample(), services: many(66) },
    ];
    const steps: [Served, Served, number][] = [
      [large, { ...large, services: large.services.map((one, at) => (at === 5 ? { ...one, tasks: [] } : one)) }, 1],
      [small, { ...small, services: small.services.slice(1) }, 1],
      [large, { ...large, services: [...large.services, service('shop', 'h2', '10.210.240.99', [])] }, 2],
      [small, { ...small, services: many(65) }, 16],
      [{ ...small, services: many(65) }, small, 16],
    ];
    for (const [first, second, count] of steps) {
      const before = { ...first, nodes: sample().nodes, networks: FRAME.networks };
      const after = { ...second, nodes: before.nodes, networks: before.networks };
      const files = names(changed(before, after) ?? {});
      expect(files.length).to.be.at.most(count);
      const all = new Map([...names(renderNode(nodeState(before, 'h1'))), ...files]);
      const full = new Map(names(renderNode(nodeState(after, 'h1'))));
      for (const [path, text] of all) expect(text, path).to.equal(full.get(path) ?? '# names\n');
    }
  });

  it('is nothing where nothing changed', () => {
    const served = sample();
    expect(changed(served, served)).to.deep.equal({});
    expect(changed(served, { ...sample(), nodes: served.nodes })).to.not.have.property('changes.nft');
  });

  it('is not to be had where a node or a network changed', () => {
    const served = sample();
    expect(changed(served, { ...served, nodes: nodes(2) })).to.equal(undefined);
    expect(changed(served, { ...served, networks: served.networks.slice(1) })).to.equal(undefined);
  });

  it('forgets flows of UDP to a task that is gone, and those to a port from before it was published', () => {
    const before = sample();
    const [web, dns, peers, vault] = before.services;
    if (web === undefined || dns === undefined || peers === undefined || vault === undefined) expect.fail('four services');
    const after = { ...before, services: [{ ...web, tasks: web.tasks.slice(1) }, { ...dns, ports: [] }, peers, vault] };
    expect(changed(before, after)?.['flush']).to.equal('-p udp --reply-src 10.210.1.2\n');
    expect(changed(after, before)?.['flush']).to.equal('-p udp --orig-port-dst 30053\n');
    expect(renderNode(nodeState(after, 'h1'), nodeState(before, 'h1'))['flush']).to.equal('-p udp --reply-src 10.210.1.2\n');
  });

  it('says once what changed a thousand times, and of nothing else', () => {
    const before = sample();
    const [web, ...rest] = before.services;
    if (web === undefined) expect.fail('a service');
    const first = nodeState(before, 'h1');
    let state = first;
    for (let turn = 0; turn < 1000; turn += 1) {
      const tasks = web.tasks.filter((_task, index) => index !== (turn + 1) % 3);
      state = nodeState({ ...before, services: [{ ...web, tasks }, ...rest] }, 'h1', state);
    }
    const commands = renderChange(first, state)?.['changes.nft']?.split('\n') ?? [];
    expect(commands.filter((command) => command.startsWith('flush'))).to.deep.equal([
      'flush chain ip dswarm vip_10_210_240_1',
      'flush chain ip dswarm port_tcp_30080',
    ]);
    expect(commands.length).to.be.lessThan(12);
  });

  it('sends the names of a changed service, and few others', () => {
    const before = sample();
    const many = Array.from({ length: 200 }, (_none, index) => service('shop', `s${String(index)}`, `10.210.241.${String(index)}`, []));
    const all = { ...before, services: [...before.services, ...many] };
    const files = changed(all, { ...all, services: [...all.services, service('shop', 'new', '10.210.242.1', ['10.210.1.9'])] });
    const sent = Object.entries(files ?? {}).filter(([path]) => path.startsWith('dns/'));
    expect(sent).to.have.lengthOf(1);
    expect(sent[0]?.[1].split('\n').length).to.be.lessThan(60);
  });
});
