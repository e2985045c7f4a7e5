import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { DswarmError } from '../../errors/error.ts';

/** The plane's image, as images/plane/build made it. */
export interface PlaneImage {
  reference: string;
  version: string;
  /** Changes only when the tunnel's program does, so that other upgrades leave the tunnel alone. */
  mesh: string;
  tar(): Readable;
}

/** Reads the JSON file that the build printed. */
export async function readPlaneImage(facts: string): Promise<PlaneImage> {
  const { image, archive, version, mesh } = JSON.parse(await readFile(facts, 'utf8')) as Record<string, string>;
  if (image === undefined || archive === undefined || version === undefined || mesh === undefined)
    throw new DswarmError('DSW_PLANE_FAILED', 'the description of the image lacks a field', { where: facts });
  return { reference: image, version, mesh, tar: () => createReadStream(join(dirname(facts), archive)) };
}

/** The newest image of a folder; undefined if none was built. */
export async function findPlaneImage(folder: string): Promise<PlaneImage | undefined> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const facts = names.filter((name) => /^plane-[0-9a-f]+\.json$/.test(name)).map((name) => join(folder, name));
  const dated = await Promise.all(facts.map(async (path) => ({ path, time: (await stat(path)).mtimeMs })));
  const newest = dated.sort((a, b) => b.time - a.time)[0];
  return newest === undefined ? undefined : readPlaneImage(newest.path);
}
