import { expect } from 'chai';
import { checksOf, withProblems } from '../../lib/dataplane/checks.ts';
import type { Served, ServedNode } from '../../lib/dataplane/model.ts';
import { renderMesh, renderWireguard } from '../../lib/dataplane/mesh.ts';
import { nodeState } from '../../lib/dataplane/node-state.ts';
import { renderRuleset } from '../../lib/dataplane/ruleset.ts';
import { tunnelProblem } from '../../lib/dataplane/tunnels.ts';
import { apartFrom, hopTo } from '../../lib/dataplane/ways.ts';
import { keyOf, network, nodes } from './sample.ts';

/** Nobody can dial the nodes of these names. */
function behindNat(all: readonly ServedNode[], ...names: string[]): ServedNode[] {
  return all.map(({ name, address, publicKey, ...more }) => ({
    name,
    ...(names.includes(name) || address === undefined ? {} : { address }),
    ...(publicKey === undefined ? {} : { publicKey }),
    ...more,
  }));
}

function at(all: readonly ServedNode[], name: string): ServedNode {
  return all.find((node) => node.name === name) ?? expect.fail(name);
}

/** The AllowedIPs of each peer, by number of the node. */
function allowed(served: Served, node: string): Record<number, string | undefined> {
  const text = renderWireguard(nodeState(served, node).frame) ?? '';
  return Object.fromEntries(
    text
      .split('[Peer]\n')
      .slice(1)
      .map((part) => {
        const index = served.nodes.findIndex((_, place) => part.includes(keyOf(place)));
        return [index + 1, /AllowedIPs = (.*)/.exec(part)?.[1]] as const;
      }),
  );
}

describe('the way from a node to another', () => {
  it('is a tunnel of theirs where one can dial the other, and else by the same third node for both', () => {
    const all = behindNat(nodes(6), 'h1', 'h2', 'h3');
    const hop = (from: string, to: string): string | undefined => hopTo(at(all, from), at(all, to), all)?.name;
    expect(hop('h1', 'h5')).to.equal('h5');
    expect(hop('h5', 'h1')).to.equal('h1');
    for (const [one, other] of [
      ['h1', 'h2'],
      ['h1', 'h3'],
      ['h2', 'h3'],
    ] as const) {
      // prettier-ignore
      expect(hop(one, other)).to.be.oneOf(['h4', 'h5', 'h6']);
      expect(hop(other, one)).to.equal(hop(one, other));
    }
  });

  it('is spread over those that can pass packets on, and moves only where its own is down', () => {
    const names = Array.from({ length: 20 }, (_, index) => `h${String(index + 1)}`);
    const before = behindNat(nodes(24), ...names);
    const after = before.map((node) => (node.name === 'h21' ? { ...node, isDown: true as const } : node));
    const relays = (all: readonly ServedNode[]): (string | undefined)[] =>
      names.flatMap((one) => names.map((other) => hopTo(at(all, one), at(all, other), all)?.name));
    const [then, now] = [relays(before), relays(after)];
    for (const name of ['h21', 'h22', 'h23', 'h24']) expect(then.filter((one) => one === name).length, name).to.be.within(40, 160);
    expect(now).to.not.include('h21');
    then.forEach((relay, index) => relay === 'h21' || expect(now[index]).to.equal(relay));
  });

  it('is none where all are behind NAT: it is told, and tried by nobody', () => {
    const all = behindNat(nodes(2), 'h1', 'h2');
    expect(apartFrom(at(all, 'h1'), all)).to.deep.equal(['h2']);
    const told = (answers: boolean): string | undefined =>
      tunnelProblem(at(all, 'h1'), all, { silent: [], answers: () => answers })?.message;
    expect(told(true)).to.match(/^it does not reach node h2: both are behind NAT/);
    expect(told(false), 'one that is away').to.equal(undefined);
    const served = { nodes: all, networks: [network('shop', 210, 2)], services: [] };
    expect(nodeState(served, 'h1').frame.networks[0]?.remote).to.deep.equal([]);
    const [check] = withProblems(checksOf(served, 'h1'), [undefined]);
    expect(check).to.include({ from: 'h1', to: 'h2', what: 'tunnel' });
    expect(check?.problem).to.equal('both are behind NAT, and no node that both can dial passes packets on between them');
  });
});

describe('a node that passes packets on', () => {
  const all = behindNat(nodes(3), 'h2', 'h3');
  const served: Served = { nodes: all, networks: [network('shop', 210, 3), network('bank', 211, 3)], services: [] };

  it('is the far end for what is behind it, at both ends alike', () => {
    expect(allowed(served, 'h2')).to.deep.equal({ 1: '10.210.1.0/24, 10.211.1.0/24, 10.210.3.0/24, 10.211.3.0/24' });
    expect(allowed(served, 'h3')).to.deep.equal({ 1: '10.210.1.0/24, 10.211.1.0/24, 10.210.2.0/24, 10.211.2.0/24' });
    expect(allowed(served, 'h1')).to.deep.equal({ 2: '10.210.2.0/24, 10.211.2.0/24', 3: '10.210.3.0/24, 10.211.3.0/24' });
    expect(renderMesh(nodeState(served, 'h2').frame)).to.include('route 10.210.3.0/24 10.210.2.1');
  });

  it('lets pass what stays in one network, and nothing else; others let nothing pass', () => {
    const rules = renderRuleset(nodeState(served, 'h1'));
    expect(rules).to.include('iifname "dswarm0" oifname "dswarm0" goto relay');
    const chain = /chain relay \{\n(.*?)\n {2}\}/s
      .exec(rules)?.[1]
      ?.split('\n')
      .map((line) => line.trim());
    expect(chain).to.deep.equal([
      'ip saddr 10.210.0.0/16 ip daddr 10.210.0.0/16 accept',
      'ip saddr 10.211.0.0/16 ip daddr 10.211.0.0/16 accept',
      'drop',
    ]);
    for (const node of ['h2', 'h3']) expect(renderRuleset(nodeState(served, node))).to.not.include('relay');
    expect(renderRuleset(nodeState({ ...served, nodes: behindNat(nodes(3), 'h3') }, 'h1'))).to.not.include('relay');
  });

  it('passes nothing on of a network that it has no part of', () => {
    const [shop] = served.networks;
    const { h1: _none, ...parts } = shop?.nodes ?? {};
    const without = { ...served, networks: [{ ...network('shop', 210, 3), nodes: parts }] };
    expect(allowed(without, 'h2')).to.deep.equal({ 1: undefined });
    expect(nodeState(without, 'h2').frame.networks[0]?.remote).to.deep.equal([]);
  });
});
