import type { PlaneFiles } from '../ports/plane.ts';
import { renderChangedNames, type PlaneServiceChange } from './names.ts';
import { element } from './ruleset.ts';
import { isWhole } from './node-state.ts';
import { changedServices } from './served.ts';
import { onNode } from './service.ts';
import { Shared } from './shared.ts';
import type { PlaneEntries, PlaneEntry, PlaneService, PlaneState } from './state.ts';

/**
 * What brings a node from one state to another: commands of one nft transaction, and the files of names that differ. Undefined where
 * networks or nodes differ: then the node gets everything anew. Empty where nothing differs.
 */
export function renderChange(before: PlaneState, after: PlaneState, shared = new Shared()): PlaneFiles | undefined {
  if (before.frame !== after.frame) return undefined;
  const changes = shared.changes.of(before.services, after.services, () => differing(before, after));
  if (changes.length === 0) return {};
  const [gone, come] = sidesOf(changes);
  const written = (services: readonly PlaneService[]): PlaneEntries[] => services.map((service) => onNode(service, after.frame.node));
  const [old, now] = [written(gone), written(come)];
  const commands = [...entryCommands(byChain(old), byChain(now)), ...closedCommands(old, now)];
  const flush = flushes(gone, come);
  return {
    ...(commands.length === 0 ? {} : { 'changes.nft': `${commands.join('\n')}\n` }),
    ...(flush === '' ? {} : { flush }),
    ...shared.names.of(before.services, after.services, () => renderChangedNames(before, after, changes)),
  };
}

/** Flows of UDP that a node must forget on its way from one state to another: nothing else tells them that their task is gone. */
export function renderFlush(before: PlaneState, after: PlaneState): string {
  return flushes(...sidesOf(differing(before, after)));
}

/** Services that are other objects now. In one frame that is those whose source is, unless one stands in another's way. */
function differing(before: PlaneState, after: PlaneState): PlaneServiceChange[] {
  const bySource = before.frame === after.frame && isWhole(before) && isWhole(after);
  const keys = bySource
    ? changedServices(before.served.services, after.served.services).map(({ key }) => key)
    : [...new Set([...before.services.keys(), ...after.services.keys()])];
  return keys.flatMap((key): PlaneServiceChange[] => {
    const [was, is] = [before.services.get(key), after.services.get(key)];
    return was === is ? [] : [{ ...(was === undefined ? {} : { was }), ...(is === undefined ? {} : { is }) }];
  });
}

function sidesOf(changes: readonly PlaneServiceChange[]): [PlaneService[], PlaneService[]] {
  return [changes.flatMap(({ was }) => was ?? []), changes.flatMap(({ is }) => is ?? [])];
}

function byChain(services: readonly PlaneEntries[]): Map<string, PlaneEntry> {
  return new Map(services.flatMap(({ entries }) => entries.map((entry) => [entry.chain, entry])));
}

/** Elements go before the chains that they lead to, and come after them. */
function entryCommands(gone: ReadonlyMap<string, PlaneEntry>, come: ReadonlyMap<string, PlaneEntry>): string[] {
  const removed = [...gone.values()].filter(({ chain }) => !come.has(chain));
  const added = [...come.values()].filter(({ chain }) => !gone.has(chain));
  const changed = [...come.values()].filter(({ chain, rules }) => {
    const old = gone.get(chain);
    return old !== undefined && old.rules.join('\n') !== rules.join('\n');
  });
  const rules = ({ chain, rules: all }: PlaneEntry): string[] => all.map((rule) => `add rule ip dswarm ${chain} ${rule}`);
  return [
    ...removed.map((entry) => `delete element ip dswarm ${entry.map} { ${element(entry)} }`),
    ...removed.flatMap(({ chain }) => [`flush chain ip dswarm ${chain}`, `delete chain ip dswarm ${chain}`]),
    ...changed.flatMap((entry) => [`flush chain ip dswarm ${entry.chain}`, ...rules(entry)]),
    ...added.flatMap((entry) => [`add chain ip dswarm ${entry.chain}`, ...rules(entry)]),
    ...added.map((entry) => `add element ip dswarm ${entry.map} { ${element(entry)} }`),
  ];
}

function closedCommands(gone: readonly PlaneEntries[], come: readonly PlaneEntries[]): string[] {
  const [old, now] = [gone, come].map((services) => new Set(services.flatMap(({ closed }) => closed))) as [Set<string>, Set<string>];
  const command = (verb: string, keys: string[]): string[] =>
    keys.length === 0 ? [] : [`${verb} element ip dswarm closed { ${keys.join(', ')} }`];
  return [
    ...command(
      'delete',
      [...old].filter((key) => !now.has(key)),
    ),
    ...command(
      'add',
      [...now].filter((key) => !old.has(key)),
    ),
  ];
}

/** Those to tasks that are gone, and those that came to a port before it was published. */
function flushes(gone: readonly PlaneService[], come: readonly PlaneService[]): string {
  const still = new Set(come.flatMap(({ targets }) => targets));
  const known = new Set(gone.flatMap(({ udpPorts }) => udpPorts));
  const targets = new Set(gone.flatMap((service) => service.targets).filter((address) => !still.has(address)));
  const ports = new Set(come.flatMap(({ udpPorts }) => udpPorts).filter((port) => !known.has(port)));
  return [
    ...[...targets].map((address) => `-p udp --reply-src ${address}\n`),
    ...[...ports].map((port) => `-p udp --orig-port-dst ${String(port)}\n`),
  ].join('');
}
