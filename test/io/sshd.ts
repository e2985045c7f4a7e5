import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lab, type LabHost } from '../lab/fixture.ts';
import { until } from './links.ts';
import { makeScratchFolder } from '../support/temp-folder.ts';

const execute = promisify(execFile);

export interface ExtraSshd {
  port: number;
  /** By type: `ssh-ed25519 AAAA...`. */
  hostKeys: Record<'ed25519' | 'ecdsa' | 'rsa', string>;
  stop: () => Promise<void>;
}

/** A second sshd on a lab host, with host keys of its own and the settings given on top. */
export async function startSshd(
  host: LabHost,
  port: number,
  settings: string[] = [],
  types = ['ed25519', 'ecdsa', 'rsa'],
): Promise<ExtraSshd> {
  const folder = await makeScratchFolder('dswarm-sshd-');
  const keys = await Promise.all(
    ['ed25519', 'ecdsa', 'rsa'].map(async (type) => {
      const file = join(folder, type);
      await execute('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
      const [name = '', base64 = ''] = (await readFile(`${file}.pub`, 'utf8')).split(' ');
      return [type, `${name} ${base64}`] as const;
    }),
  );
  const config = [
    ...settings,
    `ListenAddress ${host.address}:${String(port)}`,
    ...types.map((type) => `HostKey ${join(folder, type)}`),
    `PidFile ${join(folder, 'pid')}`,
    `AuthorizedKeysFile ${host.identityFile}.pub`,
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    'UseDNS no',
  ];
  await writeFile(join(folder, 'config'), `${config.join('\n')}\n`);
  await lab('enter', String(host.index), '/usr/sbin/sshd', '-f', join(folder, 'config'));
  await until(async () => (await readFile(join(folder, 'pid'), 'utf8').catch(() => '')) !== '', 5000);
  const pid = (await readFile(join(folder, 'pid'), 'utf8')).trim();
  const stop = async (): Promise<void> => {
    await lab('enter', String(host.index), 'kill', pid);
  };
  return { port, hostKeys: Object.fromEntries(keys) as ExtraSshd['hostKeys'], stop };
}
