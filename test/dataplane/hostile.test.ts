import { expect } from 'chai';
import fc from 'fast-check';
import type { Served } from '../../lib/dataplane/model.ts';
import { nodeState } from '../../lib/dataplane/node-state.ts';
import { renderNode } from '../../lib/dataplane/render.ts';
import { sample } from './sample.ts';

/** What would end a statement, a line, a quote, a file name or a shell's word; and things that look nearly right. */
const hostile = fc.oneof(
  fc.constantFrom(
    '10.0.0.1; flush ruleset',
    '10.0.0.1\n',
    'a"b',
    '$(id)',
    '',
    '../x',
    'a b',
    '10.0.0.1 }',
    'Ω',
    'a\0',
    '-',
    '10.0.0',
    '1e3',
  ),
  fc.string({ minLength: 1 }),
  fc.string({ unit: 'binary', minLength: 1 }),
);
const anyPort = fc.oneof(fc.constantFrom(0, -1, 65_536, 1.5, Number.NaN, Infinity), fc.integer());

/** Every place where a text or a number of somebody else enters the model, by a name that the failing example shows. */
const places: Record<string, (served: Served, text: string, port: number) => Served> = {
  'name of a service': (served, text) => withService(served, { name: text }),
  namespace: (served, text) => withService(served, { namespace: text }),
  alias: (served, text) => withService(served, { networks: [{ network: 'default', vip: '10.210.240.1', aliases: [text] }] }),
  'virtual address': (served, text) => withService(served, { networks: [{ network: 'default', vip: text, aliases: [] }] }),
  'name of a network': (served, text) => withService(served, { networks: [{ network: text, aliases: [] }] }),
  'address of a task': (served, text) =>
    withService(served, { tasks: [{ name: text, slot: text, node: 'h1', addresses: { default: text, [text]: text } }] }),
  'node of a task': (served, text) =>
    withService(served, { tasks: [{ name: 'x', slot: '1', node: text, addresses: { default: '10.210.1.2' } }] }),
  target: (served, _text, target) => withService(served, { ports: [{ protocol: 'tcp', target, published: 30_080, policy: 'cluster' }] }),
  published: (served, _text, published) => withService(served, { ports: [{ protocol: 'tcp', target: 80, published, policy: 'cluster' }] }),
  protocol: (served, text) =>
    withService(served, { ports: [{ protocol: text as 'tcp', target: 80, published: 30_080, policy: text as 'local' }] }),
  'name of a node': (served, text) => ({ ...served, nodes: [...served.nodes, { name: text, address: '10.77.0.99' }] }),
  'address of a node': (served, text) => ({ ...served, nodes: [...served.nodes, { name: 'h9', address: text }] }),
  'key of a node': (served, text) => ({ ...served, nodes: [...served.nodes, { name: 'h9', address: '10.77.0.99', publicKey: text }] }),
  bridge: (served, text) => withNetwork(served, { bridge: text }),
  subnet: (served, text) => withNetwork(served, { subnet: text }),
  'virtual subnet': (served, text) => withNetwork(served, { vipSubnet: text }),
  'part of a node': (served, text) => withNetwork(served, { nodes: { h1: { subnet: text, gateway: text } } }),
};

function withService(served: Served, more: Partial<Served['services'][number]>): Served {
  const [web, ...rest] = served.services;
  return { ...served, services: web === undefined ? rest : [{ ...web, ...more }, ...rest] };
}

function withNetwork(served: Served, more: Partial<Served['networks'][number]>): Served {
  const [first, ...rest] = served.networks;
  return { ...served, networks: first === undefined ? rest : [{ ...first, ...more }, ...rest] };
}

/** Each line of each file is of one of these forms, whoever wrote what is in it. */
const LINES: [RegExp, RegExp][] = [
  [/^ruleset\.nft$/, /^[a-z0-9 ._:/{},"@!=;<>-]*$/],
  [
    /^wireguard\.conf$/,
    /^$|^\[(Interface|Peer)\]$|^(ListenPort|PublicKey|Endpoint|AllowedIPs|PersistentKeepalive) = [A-Za-z0-9+/=.:, [\]]+$/,
  ],
  [/^mesh$/, /^$|^(alone|mtu auto|bridge [a-z0-9_-]+ [0-9.]+|address [0-9.]+\/32|route [0-9./]+ [0-9.]+)$/],
  [/^dns\/[a-z0-9_-]{1,15}\.conf$/, /^$|^(domain-needed|no-[a-z]+|[a-z-]+=[a-z0-9./_-]+)$/],
  [/^dns\/[a-z0-9_-]{1,15}\/[0-9]+$/, /^$|^# names$|^[0-9.]+( [a-z0-9]([-a-z0-9.]*[a-z0-9])?)+$/],
];

describe('what is rendered for a node', () => {
  it('holds nothing that could be more than an address, a port or a name (invariant 18)', () => {
    const place = fc.constantFrom(...Object.keys(places));
    fc.assert(
      fc.property(place, hostile, anyPort, (name, text, port) => {
        const files = renderNode(nodeState(places[name]?.(sample(), text, port) ?? sample(), 'h1'));
        for (const [path, content] of Object.entries(files)) {
          const form = LINES.find(([paths]) => paths.test(path))?.[1] ?? expect.fail(`no such file: ${path}`);
          const odd = content.split('\n').find((line) => !form.test(line));
          if (odd !== undefined) expect.fail(`${path} holds ${JSON.stringify(odd)}`);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves out and tells what it cannot write, and goes on with the rest (fault 74)', () => {
    const state = nodeState(withService(sample(), { networks: [{ network: 'default', vip: '10.0.0.1', aliases: [] }] }), 'h1');
    expect(state.refused).to.deep.equal([
      { object: 'Service/shop/web', message: 'expected a virtual address of the network, found 10.0.0.1' },
    ]);
    expect([...state.services.keys()]).to.deep.equal(['shop/dns', 'shop/peers', 'vault/web']);
  });
});
