import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import fc from 'fast-check';
import { renderChange } from '../../lib/dataplane/change.ts';
import type { Served } from '../../lib/dataplane/model.ts';
import { nodeState } from '../../lib/dataplane/node-state.ts';
import { renderRuleset } from '../../lib/dataplane/ruleset.ts';
import { history } from './arbitrary.ts';
import { network, sample } from './sample.ts';

const NAMESPACE = `dswarm-rules-${process.pid}`;

function nft(args: string[], input = ''): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', NAMESPACE, 'nft', ...args], { input, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

/** Loads text into a network namespace of its own, and lists what stands there then. */
function load(text: string): string {
  const loaded = nft(['-f', '-'], text);
  if (loaded.status !== 0) throw new Error(loaded.text);
  return nft(['list', 'table', 'ip', 'dswarm']).text;
}

/** Chains and maps in the order of their names, as the kernel lists them in the order of their making; elements likewise. */
function sorted(listing: string): string[] {
  return listing
    .split(/\n\t}\n/)
    .map((part) =>
      part.replace(/elements = \{([^}]*)\}/gs, (_all, list: string) =>
        list
          .split(',')
          .map((one) => one.trim())
          .sort()
          .join(),
      ),
    ) // prettier-ignore
    .map((part) => part.replace(/^table ip dswarm \{\n/, '').trim())
    .sort();
}

function ruleset(served: Served, node = 'h1'): string {
  return renderRuleset(nodeState(served, node));
}

describe('the ruleset of a node', () => {
  before(() => {
    spawnSync('ip', ['netns', 'add', NAMESPACE]);
  });

  after(() => {
    spawnSync('ip', ['netns', 'delete', NAMESPACE]);
  });

  it('is taken by the kernel, first and again', () => {
    expect(load(ruleset(sample()) + ruleset(sample()))).to.include('10.210.240.1 : goto vip_10_210_240_1');
  });

  it('is taken with ports of SCTP beside the same numbers of TCP and UDP', () => {
    const [first] = sample().services;
    if (first === undefined) expect.fail('one service');
    const ports = (['tcp', 'udp', 'sctp'] as const).map((protocol) => ({
      protocol,
      target: 7,
      published: 3868,
      policy: 'cluster' as const,
    }));
    const listing = load(ruleset({ ...sample(), services: [{ ...first, ports }] }));
    for (const protocol of ['tcp', 'udp', 'sctp']) {
      expect(listing).to.include(`${protocol} . 3868 : goto port_${protocol}_3868`);
      expect(listing).to.match(new RegExp(`chain port_${protocol}_3868 {[^}]*meta l4proto ${protocol} dnat ip to numgen`));
    }
  });

  it('is taken with nothing in it, and with a vxlan', () => {
    load(ruleset({ ...sample(), networks: [], services: [] }));
    expect(load(ruleset({ ...sample(), networks: [network('shop', 210, 3, { backend: 'vxlan' })] }))).to.include('10.77.0.12, 10.77.0.13');
  });

  it('is the same by changes as anew, each applied alone or all in one transaction with what came before', function () {
    this.timeout(120_000);
    fc.assert(
      fc.property(history, (times) => {
        const [first, ...rest] = times.map((served) => served);
        if (first === undefined) return;
        let state = nodeState(first, 'h1');
        const commands = [renderRuleset(state)];
        load(commands[0] ?? '');
        for (const served of rest) {
          const next = nodeState(served, 'h1', state);
          const text = renderChange(state, next)?.['changes.nft'] ?? '';
          load(text);
          commands.push(text);
          state = next;
        }
        const byChanges = sorted(nft(['list', 'table', 'ip', 'dswarm']).text);
        expect(byChanges).to.deep.equal(sorted(load(renderRuleset(state))));
        expect(sorted(load(commands.join('')))).to.deep.equal(byChanges);
      }),
      { numRuns: 30 },
    );
  });

  it('drops what would leave in clear, of open connections too', () => {
    const forward = /chain forward \{(.*?)\n\t}/s.exec(load(ruleset(sample())))?.[1] ?? '';
    const drop = forward.indexOf('ip daddr @networks oifname != @ways drop');
    expect(drop).to.be.within(1, forward.indexOf('ct state established,related accept'));
  });
});
