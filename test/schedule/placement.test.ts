import { expect } from 'chai';
import { NodeBook } from '../../lib/schedule/node-book.ts';
import { chosen, facts, indexOf, type Asked, type LoadedFacts } from './support.ts';

const request = (changes: Partial<Asked> = {}): Asked => ({ constraints: [], maxReplicasPerNode: 0, hostPorts: [], ...changes });

describe('placing a task', () => {
  const rows: [string, LoadedFacts[], Asked, string][] = [
    ['fewest tasks of the service', [facts('a', { tasks: 0 }), facts('b', { tasks: 9 })], request({ own: { a: 1 } }), 'b'],
    ['then fewest in total', [facts('a', { tasks: 2 }), facts('b', { tasks: 1 })], request(), 'b'],
    ['then by name', [facts('b'), facts('a')], request(), 'a'],
    ['not on a paused node', [facts('a', { availability: 'pause' }), facts('b', { tasks: 5 })], request(), 'b'],
    ['not on an unreachable node', [facts('a', { ready: false }), facts('b', { tasks: 5 })], request(), 'b'],
    [
      'not where the host port is taken',
      [facts('a', { usedPorts: ['80/tcp'] }), facts('b', { tasks: 5 })],
      request({ hostPorts: ['80/tcp'] }),
      'b',
    ],
    ['one a node with a host port', [facts('a'), facts('b', { tasks: 5 })], request({ hostPorts: ['80/tcp'], own: { a: 1 } }), 'b'],
    [
      'no more than maxReplicasPerNode',
      [facts('a')],
      request({ maxReplicasPerNode: 1, own: { a: 1 } }),
      'no suitable node (max replicas per node limit exceed)',
    ],
    [
      'or says why not, the costliest reason first',
      [facts('a', { ready: false }), facts('b', { ready: false }), facts('c')],
      request({ constraints: ['node.labels.x==1'] }),
      'no suitable node (2 nodes not available for new tasks; scheduling constraints not satisfied on 1 node)',
    ],
    ['with no nodes at all', [], request(), 'no suitable node (no nodes: add one with `dswarm node add`)'],
  ];
  for (const [title, nodes, asked, expected] of rows) it(title, () => expect(chosen(nodes, asked)).to.equal(expected));

  it('stays where the image is when all else is equal', () => {
    expect(chosen([facts('a'), facts('b')], request(), 'b')).to.equal('b');
  });

  it('sees the placements made before it in the same pass', () => {
    const book = new NodeBook(indexOf([facts('a'), facts('b'), facts('c')]), request());
    const names = Array.from({ length: 6 }, () => book.place()).map((placement) => ('node' in placement ? placement.node.name : '-'));
    expect(names).to.deep.equal(['a', 'b', 'c', 'a', 'b', 'c']);
  });
});
