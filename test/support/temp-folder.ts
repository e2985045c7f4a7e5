import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A folder of its own for each test, gone after it. */
export async function makeTempFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'dswarm-test-')));
  return { path: folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
