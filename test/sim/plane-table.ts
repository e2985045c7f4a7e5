import type { PlaneFiles } from '../../lib/ports/plane.ts';

/** Chains that lead to tasks: of virtual addresses and of published ports. */
const LEADS = /^(vip|port)_/;
const TARGET = /\d+ : (\d+\.\d+\.\d+\.\d+)/g;

/** As much of a node's kernel as tells where its chains lead. */
export class PlaneTable {
  generation = 0;
  /** Rules by chain. */
  #chains = new Map<string, string[]>();

  apply(generation: number, files: { full: PlaneFiles } | { change: PlaneFiles }): void {
    this.generation = generation;
    if ('full' in files) this.#chains = chainsOf(files.full['ruleset.nft'] ?? '');
    else for (const command of (files.change['changes.nft'] ?? '').split('\n')) this.#run(command);
  }

  /** Addresses that new connections may be led to, in order. */
  targets(): string[] {
    const rules = [...this.#chains].flatMap(([name, all]) => (LEADS.test(name) ? all : []));
    return [...new Set(rules.flatMap((rule) => [...rule.matchAll(TARGET)].map(([, address]) => address ?? '')))].sort();
  }

  leadsTo(address: string): boolean {
    return this.targets().includes(address);
  }

  #run(command: string): void {
    const [, verb, name = '', rule = ''] = /^(add chain|flush chain|delete chain|add rule) ip dswarm (\S+) ?(.*)$/.exec(command) ?? [];
    if (verb === 'add rule') this.#chains.get(name)?.push(rule);
    else if (verb === 'delete chain') this.#chains.delete(name);
    else if (verb !== undefined) this.#chains.set(name, []);
  }
}

function chainsOf(ruleset: string): Map<string, string[]> {
  const chains = new Map<string, string[]>();
  let open: string[] | undefined;
  for (const line of ruleset.split('\n')) {
    const [, name] = /^ {2}chain (\S+) \{$/.exec(line) ?? [];
    if (name !== undefined) chains.set(name, (open = []));
    else if (line === '  }') open = undefined;
    else open?.push(line.trim());
  }
  return chains;
}
