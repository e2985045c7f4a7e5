import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { renderRuleset } from '../../lib/dataplane/ruleset.ts';
import type { PlaneState } from '../../lib/dataplane/state.ts';

const NETWORK = {
  bridge: 'dsw0a1b2c3d',
  subnet: '10.210.1.0/24',
  networkSubnet: '10.210.0.0/16',
  vipSubnet: '10.210.240.0/20',
  internal: false,
};
const TARGETS = [
  { address: '10.210.1.2', port: 80 },
  { address: '10.210.2.2', port: 80 },
];
const STATE: PlaneState = {
  meshInterface: 'dswarm0',
  networks: [
    NETWORK,
    {
      ...NETWORK,
      bridge: 'dsw11111111',
      subnet: '10.211.1.0/24',
      networkSubnet: '10.211.0.0/16',
      vipSubnet: '10.211.240.0/20',
      internal: true,
    },
  ],
  vips: [
    { address: '10.210.240.1', protocol: 'tcp', port: 80, targets: TARGETS },
    { address: '10.210.240.2', protocol: 'udp', port: 53, targets: [] },
  ],
  ingress: [
    { protocol: 'tcp', published: 8080, policy: 'cluster', targets: TARGETS },
    { protocol: 'udp', published: 8080, policy: 'local', targets: TARGETS.slice(0, 1) },
    { protocol: 'sctp', published: 9090, policy: 'cluster', targets: [] },
  ],
};

const NAMESPACE = `dswarm-rules-${process.pid}`;

function nft(args: string[], input = ''): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', NAMESPACE, 'nft', ...args], { input, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

/** Loads a ruleset twice into a network namespace of its own, and lists what stands there then. */
function load(ruleset: string): { status: number | null; text: string } {
  const loaded = nft(['-f', '-'], ruleset + ruleset);
  return loaded.status === 0 ? nft(['list', 'table', 'ip', 'dswarm']) : loaded;
}

describe('the ruleset of a node', () => {
  before(() => {
    spawnSync('ip', ['netns', 'add', NAMESPACE]);
  });

  after(() => {
    spawnSync('ip', ['netns', 'delete', NAMESPACE]);
  });

  it('is taken by the kernel, first and again', () => {
    const { status, text } = load(renderRuleset(STATE));
    expect(text).to.include('10.210.240.1 . tcp . 80 : goto vip_10_210_240_1_tcp_80');
    expect(status).to.equal(0);
  });

  it('is taken with nothing in it', () => {
    expect(load(renderRuleset({ ...STATE, networks: [], vips: [], ingress: [] })).status).to.equal(0);
  });

  it('rejects what has no endpoint (fault 76)', () => {
    const { text } = load(renderRuleset(STATE));
    expect(text).to.not.include('10.210.240.2 .');
    expect(text).to.match(/ip daddr 10\.210\.240\.0\/20 reject with tcp reset/);
    expect(text).to.match(/@closed reject with tcp reset/);
  });

  it('drops what would leave in clear, of open connections too', () => {
    const { text } = load(renderRuleset(STATE));
    const drop = text.search(/ip daddr 10\.210\.0\.0\/16 oifname != \{ "dsw(arm0|0a1b2c3d)", "dsw(arm0|0a1b2c3d)" \} drop/);
    expect(drop).to.be.within(1, text.indexOf('ct state established,related accept'));
  });

  it('takes no text that could end a statement (invariant 18)', () => {
    const hostile = ['10.0.0.1; flush ruleset', '10.0.0.1\n', 'a"b', '$(id)', ''];
    for (const text of hostile) {
      const target = { address: text, port: 80 };
      expect(() => renderRuleset({ ...STATE, meshInterface: text })).to.throw('expected an interface name');
      expect(() => renderRuleset({ ...STATE, vips: [{ address: '10.210.240.1', protocol: 'tcp', port: 80, targets: [target] }] })).to.throw(
        'expected an IPv4 address',
      );
    }
  });
});
