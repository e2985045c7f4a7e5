import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

const CONFIGS = ['package.json', 'tsconfig.json', 'eslint.config.js', '.dependency-cruiser.cjs'];

/** A tree of its own with the project's configuration and the given files: a place to plant violations in. */
export function plantTree(files: Record<string, string>): { folder: string; remove: () => void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'dswarm-house-'));
  for (const config of CONFIGS) copyFileSync(path.join(root, config), path.join(folder, config));
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
