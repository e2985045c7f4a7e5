import { expect } from 'chai';
import { meetsConstraints } from '../../lib/schedule/constraint.ts';
import type { PlacementRequest } from '../../lib/schedule/filters.ts';
import { NodeBook } from '../../lib/schedule/node-book.ts';
import type { NodeFacts } from '../../lib/schedule/node-facts.ts';
import { placeTask } from '../../lib/schedule/place.ts';

const facts = (name: string, changes: Partial<NodeFacts> = {}): NodeFacts => ({
  name,
  id: `id-${name}`,
  hostname: `${name}.test`,
  role: 'worker',
  os: 'linux',
  arch: 'x86_64',
  labels: {},
  engineLabels: {},
  ready: true,
  availability: 'active',
  tasks: 0,
  usedPorts: new Set(),
  ...changes,
});

const request = (changes: Partial<PlacementRequest> = {}): PlacementRequest => ({
  constraints: [],
  maxReplicasPerNode: 0,
  hostPorts: [],
  ownTasks: new Map(),
  ...changes,
});

function chosen(nodes: NodeFacts[], asked: PlacementRequest, preferred?: string): string {
  const placement = placeTask(nodes, asked, preferred);
  return 'node' in placement ? placement.node.name : placement.refused;
}

describe('placing a task', () => {
  const rows: [string, NodeFacts[], PlacementRequest, string][] = [
    ['fewest tasks of the service', [facts('a', { tasks: 0 }), facts('b', { tasks: 9 })], request({ ownTasks: new Map([['a', 1]]) }), 'b'],
    ['then fewest in total', [facts('a', { tasks: 2 }), facts('b', { tasks: 1 })], request(), 'b'],
    ['then by name', [facts('b'), facts('a')], request(), 'a'],
    ['not on a paused node', [facts('a', { availability: 'pause' }), facts('b', { tasks: 5 })], request(), 'b'],
    ['not on an unreachable node', [facts('a', { ready: false }), facts('b', { tasks: 5 })], request(), 'b'],
    [
      'not where the host port is taken',
      [facts('a', { usedPorts: new Set(['80/tcp']) }), facts('b', { tasks: 5 })],
      request({ hostPorts: ['80/tcp'] }),
      'b',
    ],
    [
      'one a node with a host port',
      [facts('a'), facts('b', { tasks: 5 })],
      request({ hostPorts: ['80/tcp'], ownTasks: new Map([['a', 1]]) }),
      'b',
    ],
    [
      'no more than maxReplicasPerNode',
      [facts('a')],
      request({ maxReplicasPerNode: 1, ownTasks: new Map([['a', 1]]) }),
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
    const book = new NodeBook([facts('a'), facts('b'), facts('c')], request());
    const names = Array.from({ length: 6 }, () => book.place()).map((placement) => ('node' in placement ? placement.node.name : '-'));
    expect(names).to.deep.equal(['a', 'b', 'c', 'a', 'b', 'c']);
  });
});

describe('constraints, as in Swarm', () => {
  const node = facts('a', { labels: { zone: 'A', Disk: 'ssd' }, engineLabels: { gpu: 'yes' } });
  const rows: [string, boolean][] = [
    ['node.labels.zone==a', true],
    ['node.labels.zone == A', true],
    ['node.labels.Zone==a', false],
    ['node.labels.none!=x', true],
    ['node.labels.none==x', false],
    ['engine.labels.gpu==yes', true],
    ['node.hostname==A.TEST', true],
    ['node.id!=id-a', false],
    ['node.role==worker', true],
    ['node.platform.arch==amd64', true],
    ['node.platform.os!=windows', true],
    ['node.unknown!=x', false],
    ['node.labels.zone', false],
  ];
  for (const [constraint, expected] of rows)
    it(`${constraint} is ${expected}`, () => expect(meetsConstraints([constraint], node)).to.equal(expected));

  it('must all hold', () => expect(meetsConstraints(['node.labels.zone==a', 'node.role==manager'], node)).to.equal(false));
});
