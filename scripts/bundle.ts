import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import manifest from '../package.json' with { type: 'json' };

/** Packages that client commands use are bundled: one file read instead of many makes them start faster. All others stay outside. */
const BUNDLED = ['commander', 'diff', 'yaml', '@bomb.sh/tab'];

/** Makes the program that bin/dswarm starts; what a command does not need stays in chunks that it does not load. */
export async function bundle(outdir: string): Promise<void> {
  // The data plane's image takes longest to make, and knows itself when it is out of date.
  for (const name of existsSync(outdir) ? readdirSync(outdir) : [])
    if (name !== 'plane') rmSync(path.join(outdir, name), { recursive: true, force: true });
  await build({
    absWorkingDir: path.resolve(import.meta.dirname, '..'),
    entryPoints: { main: 'lib/cli/main.ts' },
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: Object.keys(manifest.dependencies).filter((name) => !BUNDLED.includes(name)),
    // commander is CommonJS: its calls of require need one.
    banner: { js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);" },
    minifyWhitespace: true,
    minifySyntax: true,
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
  });
}
