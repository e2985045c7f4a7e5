import { existsSync } from 'node:fs';
import path from 'node:path';
import { findPlaneImages } from '../io/plane/image.ts';
import { createPlanes } from '../io/plane/planes.ts';
import type { Clock } from '../ports/clock.ts';
import type { Planes } from '../ports/plane.ts';

/** The nodes' data planes, or why there are none. */
export type OpenedPlanes = { planes: Planes; version: string } | { why: string };

export async function openPlanes(mode: 'auto' | 'off', clock: Clock): Promise<OpenedPlanes> {
  if (mode === 'off') return { why: 'the controller was started with --data-plane off' };
  const folder = imageFolder(import.meta.dirname);
  const images = folder === undefined ? [] : await findPlaneImages(folder);
  const [image] = images;
  if (image === undefined) return { why: 'the image of the data plane is not built; `make build` makes it' };
  return { planes: createPlanes({ clock, images }), version: image.version };
}

/** `dist/plane` of the program's own directory, whether it runs from its bundle or from its sources. */
function imageFolder(from: string): string | undefined {
  const found = path.join(from, 'dist', 'plane');
  if (existsSync(found)) return found;
  const above = path.dirname(from);
  return above === from ? undefined : imageFolder(above);
}
