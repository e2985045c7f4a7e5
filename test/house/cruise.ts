import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './tree.ts';

const run = promisify(execFile);
const cruiser = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

export interface Violation {
  from: string;
  rule: { name: string };
}

export interface Module {
  source: string;
  dependencies: { resolved: string; dynamic: boolean; dependencyTypes: string[] }[];
}

/** What imports what under the given folders of a tree, and which rules it breaks. */
export async function cruise(folder: string, of: string[]): Promise<{ violations: Violation[]; modules: Module[] }> {
  const args = [cruiser, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...of];
  const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  const result = JSON.parse(stdout) as { modules: Module[]; summary: { violations: Violation[] } };
  return { violations: result.summary.violations, modules: result.modules };
}

/** Everything that is loaded when a file is: dynamic imports load later, types never. With the way that leads to each. */
export function loadedBy(entry: string, modules: readonly Module[]): Map<string, string[]> {
  const bySource = new Map(modules.map((module) => [module.source, module]));
  const ways = new Map<string, string[]>([[entry, [entry]]]);
  const open = [entry];
  for (let source = open.pop(); source !== undefined; source = open.pop()) {
    for (const dependency of bySource.get(source)?.dependencies ?? []) {
      if (dependency.dynamic || dependency.dependencyTypes.includes('type-only') || ways.has(dependency.resolved)) continue;
      ways.set(dependency.resolved, [...(ways.get(source) ?? []), dependency.resolved]);
      open.push(dependency.resolved);
    }
  }
  return ways;
}
