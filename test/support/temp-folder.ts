import { rmSync } from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder of its own for each test, gone after it. */
export async function makeTempFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'dswarm-test-')));
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

const scratch = new Set<string>();
process.once('exit', () => {
  for (const folder of scratch) rmSync(folder, { recursive: true, force: true });
});

/** A folder that lasts as long as the test process, for what outlives a single test: keys, host keys, images. */
export async function makeScratchFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), prefix));
  scratch.add(folder);
  return folder;
}
