/** What a ruleset's text says, as far as changes touch it: the chains' rules, and the elements of maps and sets. */
export interface Table {
  chains: Map<string, string[]>;
  elements: Map<string, Set<string>>;
}

const COLLECTIONS = ['vips', 'ports', 'closed'];

export function readTable(ruleset: string): Table {
  const table: Table = { chains: new Map(), elements: new Map() };
  for (const [, kind = '', name = '', body = ''] of ruleset.matchAll(/^ {2}(chain|map|set) (\w+) \{\n(.*?)^ {2}\}$/gms)) {
    const lines = body.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
    if (kind === 'chain') table.chains.set(name, lines);
    else table.elements.set(name, new Set(elementsOf(lines.find((line) => line.startsWith('elements')) ?? '')));
  }
  return table;
}

/** As nft would: what is not there cannot be removed, what leads to a chain keeps it. */
export function change(table: Table, commands: string): void {
  for (const command of commands.split('\n').filter((line) => line !== '')) {
    const [, verb = '', kind = '', name = '', rest = ''] = /^(\w+) (\w+) ip dswarm (\w+) ?(.*)$/.exec(command) ?? [];
    if (kind === 'element') changeElements(table, verb, name, elementsOf(rest));
    else changeChain(table, `${verb} ${kind}`, name, rest);
  }
}

function changeElements(table: Table, verb: string, name: string, elements: string[]): void {
  const set = table.elements.get(name);
  if (set === undefined || !COLLECTIONS.includes(name)) throw new Error(`no such collection may change: ${name}`);
  for (const element of elements) {
    if (verb === 'delete' && !set.delete(element)) throw new Error(`not there: ${element}`);
    if (verb === 'add' && set.has(element)) throw new Error(`already there: ${element}`);
    const chain = element.split('goto ')[1];
    if (chain !== undefined && !table.chains.has(chain)) throw new Error(`leads nowhere: ${element}`);
    if (verb === 'add') set.add(element);
  }
}

function changeChain({ chains, elements }: Table, command: string, name: string, rule: string): void {
  const rules = chains.get(name);
  if (command === 'add chain') {
    if (rules !== undefined) throw new Error(`already there: ${name}`);
    chains.set(name, []);
    return;
  }
  if (rules === undefined) throw new Error(`no such chain: ${name}`);
  if (command === 'add rule') rules.push(rule);
  else if (command === 'flush chain') rules.splice(0);
  else if (command !== 'delete chain') throw new Error(`unknown: ${command}`);
  else {
    if (rules.length > 0) throw new Error(`has rules: ${name}`);
    const used = [...elements.values()].flatMap((set) => [...set]).find((element) => element.endsWith(`goto ${name}`));
    if (used !== undefined) throw new Error(`in use by ${used}: ${name}`);
    chains.delete(name);
  }
}

function elementsOf(text: string): string[] {
  const inner = /\{ (.*) \}/.exec(text)?.[1];
  return inner === undefined ? [] : inner.split(', ');
}
