import type { PlaneFiles } from '../ports/plane.ts';
import { renderFlush } from './change.ts';
import { renderMesh, renderWireguard } from './mesh.ts';
import { renderNames, renderResolver } from './names.ts';
import { renderRuleset } from './ruleset.ts';
import type { PlaneState } from './state.ts';

/** All files of a node. Given the state before, also what is to be forgotten of it. */
export function renderNode(state: PlaneState, before?: PlaneState): PlaneFiles {
  const wireguard = renderWireguard(state.frame);
  const flush = before === undefined ? '' : renderFlush(before, state);
  return {
    'ruleset.nft': renderRuleset(state),
    ...(wireguard === undefined ? {} : { 'wireguard.conf': wireguard }),
    mesh: renderMesh(state.frame),
    ...Object.fromEntries(state.frame.networks.map((network) => [`dns/${network.bridge}.conf`, renderResolver(network)])),
    ...renderNames(state),
    ...(flush === '' ? {} : { flush }),
  };
}
