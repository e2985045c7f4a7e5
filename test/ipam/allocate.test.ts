import { expect } from 'chai';
import fc from 'fast-check';
import { allocateNetwork, allocateNode, allocateVip, vipRange } from '../../lib/ipam/allocate.ts';
import { contains, formatSubnet, isPrivate, overlaps, parseAddress, parseSubnet, type Subnet } from '../../lib/ipam/subnet.ts';

const NETWORK = '10.210.0.0/16';

function subnet(text: string): Subnet {
  const parsed = parseSubnet(text);
  if (parsed === undefined) throw new Error(`no subnet: ${text}`);
  return parsed;
}

describe('addresses of networks', () => {
  it('are read in their shortest form only', () => {
    expect(parseSubnet('10.210.0.0/16')).to.deep.equal({ base: 0x0ad20000, prefix: 16 });
    for (const wrong of ['10.210.0.1/16', '010.0.0.0/8', '10.0.0.0/33', '10.0.0/8', '256.0.0.0/8', '10.0.0.0', '']) {
      expect(parseSubnet(wrong), wrong).to.equal(undefined);
    }
    expect(formatSubnet(subnet('192.168.7.0/24'))).to.equal('192.168.7.0/24');
  });

  it('are private or not', () => {
    expect(['10.1.0.0/16', '172.31.0.0/16', '192.168.0.0/16', '100.64.0.0/16'].map((text) => isPrivate(subnet(text)))).to.not.include(
      false,
    );
    expect(['8.8.0.0/16', '172.32.0.0/16', '0.0.0.0/0', '10.0.0.0/7'].map((text) => isPrivate(subnet(text)))).to.not.include(true);
  });

  it('begin with 10.210.0.0/16, go on through the pool, and say when it is used up', () => {
    const taken: string[] = [];
    for (let index = 0; index < 16; index += 1) taken.push(allocateNetwork(taken));
    expect(taken.slice(0, 2)).to.deep.equal(['10.210.0.0/16', '10.211.0.0/16']);
    expect(new Set(taken).size).to.equal(16);
    expect(() => allocateNetwork(taken)).to.throw('no /16 for a network is left of 10.208.0.0/12: 16 in all, 16 in the way');
  });

  it('keep clear of what overlaps in part', () => {
    expect(allocateNetwork(['10.210.7.0/24', '10.211.0.0/16'])).to.equal('10.212.0.0/16');
  });

  it('leave 240 nodes room beside the virtual addresses, and say when they are used up', () => {
    const taken: string[] = [];
    for (let index = 0; index < 240; index += 1) taken.push(allocateNode(NETWORK, taken).subnet);
    expect(taken.some((text) => overlaps(subnet(text), vipRange(NETWORK)))).to.equal(false);
    expect(() => allocateNode(NETWORK, taken)).to.throw('no /24 for a node is left of 10.210.0.0/16: 240 in all, 240 in use');
  });

  it('say when the virtual addresses are used up', () => {
    const all = Array.from({ length: 4094 }, (_, index) => `10.210.${240 + ((index + 1) >> 8)}.${(index + 1) & 255}`);
    expect(allocateVip(NETWORK, all.slice(1))).to.equal('10.210.240.1');
    expect(() => allocateVip(NETWORK, all)).to.throw('no virtual address is left of 10.210.240.0/20: 4094 in all');
  });

  it('are given once at a time whatever comes and goes, freed ones are given again, and a restart gives the same', () => {
    const steps = fc.array(fc.record({ add: fc.boolean(), pick: fc.nat() }), { maxLength: 120 });
    fc.assert(
      fc.property(steps, (events) => {
        const nodes: string[] = [];
        const vips: string[] = [];
        for (const { add, pick } of events) {
          if (add) {
            const node = allocateNode(NETWORK, nodes);
            expect(allocateNode(NETWORK, nodes.toReversed())).to.deep.equal(node);
            nodes.push(node.subnet);
            vips.push(allocateVip(NETWORK, vips));
          } else if (nodes.length > 0) {
            const [gone] = nodes.splice(pick % nodes.length, 1);
            const [freed] = vips.splice(pick % vips.length, 1);
            expect(subnet(allocateNode(NETWORK, nodes).subnet).base).to.be.at.most(subnet(String(gone)).base);
            expect(parseAddress(allocateVip(NETWORK, vips))).to.be.at.most(Number(parseAddress(String(freed))));
          }
          expect(new Set(nodes).size).to.equal(nodes.length);
          expect(new Set(vips).size).to.equal(vips.length);
          expect(nodes.every((text) => contains(subnet(NETWORK), subnet(text)))).to.equal(true);
        }
        expect(allocateNode(NETWORK, []).subnet).to.equal('10.210.0.0/24');
      }),
    );
  });
});
