import type { ServedNetwork, ServedNode } from './model.ts';

/** What is wrong between two nodes without a way. */
export const APART = 'both are behind NAT, and no node that both can dial passes packets on between them';

/**
 * The far end of the tunnel by which a node's packets come to another: that node itself where one of the two can dial the other; else, both
 * being behind NAT, a node that both dial and that passes them on. The same for both directions. Undefined: there is no way.
 */
export function hopTo(own: ServedNode, other: ServedNode, nodes: readonly ServedNode[]): ServedNode | undefined {
  if (own.publicKey === undefined || other.publicKey === undefined) return undefined;
  if (own.address !== undefined || other.address !== undefined) return other;
  const pair = hash([own.name, other.name].sort().join(' '));
  const weight = ({ name }: ServedNode): number => Math.imul(pair ^ hash(name), 0x9e3779b1) >>> 0;
  // By weight, so that pairs are spread over the relays, and another relay that comes or goes moves few of them.
  return nodes.filter(canRelay).reduce<ServedNode | undefined>((best, one) => {
    return best === undefined || weight(one) > weight(best) ? one : best;
  }, undefined);
}

/** Whether a node may have to pass packets on between others. */
export function isRelay(own: ServedNode, nodes: readonly ServedNode[]): boolean {
  return canRelay(own) && nodes.filter(({ address, publicKey }) => address === undefined && publicKey !== undefined).length > 1;
}

/** Nodes that one has no way to, though both have their keys. */
export function apartFrom(own: ServedNode, nodes: readonly ServedNode[]): string[] {
  if (own.publicKey === undefined) return [];
  const others = nodes.filter(({ name, publicKey }) => name !== own.name && publicKey !== undefined);
  return others.filter((other) => hopTo(own, other, nodes) === undefined).map(({ name }) => name);
}

/** Whether packets of a network come from one node to another: what passes them on must be in the network, too. */
export function joins({ driver, backend, nodes: parts }: ServedNetwork, own: ServedNode, hop: ServedNode | undefined): boolean {
  return (
    driver === 'mesh' && backend === 'wireguard' && hop !== undefined && parts[own.name] !== undefined && parts[hop.name] !== undefined
  );
}

function canRelay({ address, publicKey, isDown }: ServedNode): boolean {
  return address !== undefined && publicKey !== undefined && isDown !== true;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
