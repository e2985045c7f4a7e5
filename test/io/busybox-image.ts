import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { makeScratchFolder } from '../support/temp-folder.ts';

const execute = promisify(execFile);
const COMMANDS = ['sh', 'sleep', 'echo', 'kill', 'true', 'false', 'cat', 'stty', 'head', 'yes'];

/** An image of the static busybox, as the tar that `docker save` would write: made without any registry. */
export async function busyboxImage(reference: string, architecture = 'amd64'): Promise<{ reference: string; tar: () => Readable }> {
  const folder = await makeScratchFolder('dswarm-image-');
  const root = join(folder, 'root');
  await mkdir(join(root, 'bin'), { recursive: true });
  await copyFile('/bin/busybox', join(root, 'bin/busybox'));
  for (const command of COMMANDS) await symlink('busybox', join(root, 'bin', command));
  await execute('tar', ['-C', root, '--owner=0', '--group=0', '-cf', join(folder, 'layer.tar'), '.']);
  const layer = createHash('sha256')
    .update(await readFile(join(folder, 'layer.tar')))
    .digest('hex');
  const config = {
    architecture,
    os: 'linux',
    config: { Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'manifest.json'), JSON.stringify([{ Config: 'config.json', RepoTags: [reference], Layers: ['layer.tar'] }]));
  const tar = join(folder, 'image.tar');
  await execute('tar', ['-C', folder, '-cf', tar, 'manifest.json', 'config.json', 'layer.tar']);
  return { reference, tar: () => createReadStream(tar) };
}
