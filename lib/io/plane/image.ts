import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { DswarmError } from '../../errors/error.ts';
import { commonArch } from '../../plan/platform.ts';
import type { PlaneTarget } from '../../ports/plane.ts';

/** The plane's image, as images/plane/build made it. */
export interface PlaneImage {
  reference: string;
  version: string;
  /** As in GOARCH. */
  arch: string;
  /** Changes only when the tunnel's program does, so that other upgrades leave the tunnel alone. */
  mesh: string;
  tar(): Readable;
}

/** Reads the JSON file that the build printed. */
export async function readPlaneImage(facts: string): Promise<PlaneImage> {
  const { image, archive, version, mesh, arch } = JSON.parse(await readFile(facts, 'utf8')) as Record<string, string>;
  if (image === undefined || archive === undefined || version === undefined || mesh === undefined || arch === undefined)
    throw new DswarmError('DSW_PLANE_FAILED', 'the description of the image lacks a field', { where: facts });
  return { reference: image, version, arch, mesh, tar: () => createReadStream(join(dirname(facts), archive)) };
}

/** The newest image of a folder for each architecture; the newest first. */
export async function findPlaneImages(folder: string): Promise<PlaneImage[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const facts = names.filter((name) => /^plane-[0-9a-z]+-[0-9a-f]+\.json$/.test(name)).map((name) => join(folder, name));
  const dated = await Promise.all(facts.map(async (path) => ({ path, time: (await stat(path)).mtimeMs })));
  const images = await Promise.all(dated.sort((a, b) => b.time - a.time).map(({ path }) => readPlaneImage(path)));
  return images.filter(({ arch }, index) => images.findIndex((other) => other.arch === arch) === index);
}

/** The image for a node; where its architecture is not known, any. Throws DSW_PLANE_ARCHITECTURE. */
export function imageFor(images: readonly PlaneImage[], { node, arch = '' }: Pick<PlaneTarget, 'node' | 'arch'>): PlaneImage {
  const wanted = commonArch(arch);
  const found = wanted === '' ? images[0] : images.find((image) => image.arch === wanted);
  if (found !== undefined) return found;
  const known = images.map((image) => image.arch).join(', ');
  throw new DswarmError('DSW_PLANE_ARCHITECTURE', `there is no plane image for ${wanted}, only for ${known}`, {
    where: node,
    hint: `on a machine of that architecture run "images/plane/build DIR", copy DIR/plane-${wanted}-* into dist/plane here, and restart the controller`,
  });
}
