import { expect } from 'chai';
import { rangeHolds } from '../../lib/schedule/address.ts';
import { meetsConstraints } from '../../lib/schedule/constraint.ts';
import { facts } from './support.ts';

describe('constraints, as in Swarm (conformance C108, C109, C111-C113, C115)', () => {
  const node = facts('a', {
    address: '10.0.1.7',
    labels: { zone: 'A', Disk: 'ssd' },
    engineLabels: { gpu: 'yes' },
  });
  const rows: [string, boolean][] = [
    ['node.labels.zone==a', true],
    ['node.labels.zone == A', true],
    ['node.labels.Zone==a', false],
    ['node.labels.none!=x', true],
    ['node.labels.none==x', false],
    ['engine.labels.gpu==yes', true],
    ['node.hostname==A.TEST', true],
    ['node.id!=id-a', false],
    ['node.id==id-a', true],
    ['node.id==id-aa', false],
    ['node.id==id-', false],
    ['node.labels.zone==*', false],
    ['node.role==manager', false],
    ['node.platform.os==linux', true],
    ['node.hostname!=a.test', false],
    ['node.role==worker', true],
    ['node.platform.arch==amd64', true],
    ['node.platform.os!=windows', true],
    ['node.ip==10.0.1.7', true],
    ['node.ip==::ffff:10.0.1.7', true],
    ['node.ip!=10.0.1.7', false],
    ['node.ip==10.0.1.70', false],
    ['node.ip==10.0.0.0/23', true],
    ['node.ip!=10.0.0.0/23', false],
    ['node.ip==10.0.2.0/24', false],
    ['node.ip!=10.0.2.0/24', true],
    ['node.ip==0.0.0.0/0', true],
    ['node.ip==2001:db8::/32', false],
    ['node.ip==10.0.1', false],
    ['node.ip!=10.0.1', false],
    ['node.ip!=10.0.1.0/33', false],
    ['node.unknown!=x', false],
    ['node.labels.zone', false],
  ];
  for (const [constraint, expected] of rows)
    it(`${constraint} is ${expected}`, () => expect(meetsConstraints([constraint], node)).to.equal(expected));

  it('must all hold', () => expect(meetsConstraints(['node.labels.zone==a', 'node.role==manager'], node)).to.equal(false));
});

describe('ranges of addresses', () => {
  const rows: [string, string, boolean | undefined][] = [
    ['2001:db8::/32', '2001:DB8:0:0:1::9', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['::1', '::1', true],
    ['::/0', 'fe80::1', true],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8', true],
    ['64:ff9b::10.0.0.1', '64:ff9b::a00:1', true],
    ['::ffff:10.0.0.0/8', '10.1.2.3', true],
    ['1::2::3', '::1', undefined],
    ['1:2:3:4:5:6:7::8', '::1', undefined],
    ['12345::', '::1', undefined],
    ['10.0.0.01', '10.0.0.1', undefined],
    ['10.0.0.0/8/8', '10.0.0.1', undefined],
    ['10.0.0.0/', '10.0.0.1', undefined],
    ['10.0.0.0/8', 'h1.test', false],
  ];
  for (const [range, address, expected] of rows)
    it(`${range} and ${address}: ${String(expected)}`, () => expect(rangeHolds(range, address)).to.equal(expected));
});
