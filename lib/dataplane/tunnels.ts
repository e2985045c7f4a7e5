import { MESH_PORT } from './constants.ts';
import type { ServedNode } from './model.ts';
import { APART, apartFrom } from './ways.ts';

export interface TunnelProblem {
  /** A condition's reason. */
  reason: 'TunnelSilent' | 'NoWay';
  message: string;
}

/** What is wrong between a node and others; of nodes that do not answer the controller, it is told elsewhere. `silent`: public keys. */
export function tunnelProblem(
  own: ServedNode,
  nodes: readonly ServedNode[],
  { silent, answers }: { silent: readonly string[]; answers: (node: string) => boolean },
): TunnelProblem | undefined {
  const lost = nodes.filter(({ name, publicKey = '' }) => silent.includes(publicKey) && answers(name)).map(({ name }) => name);
  if (lost.length > 0) {
    const message = `its tunnel to node ${lost.join(', ')} has no handshake: does UDP ${MESH_PORT} pass between them, both ways?`;
    return { reason: 'TunnelSilent', message };
  }
  const apart = apartFrom(own, nodes).filter(answers);
  return apart.length === 0 ? undefined : { reason: 'NoWay', message: `it does not reach node ${apart.join(', ')}: ${APART}` };
}
