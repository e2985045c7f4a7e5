import type { NodeFacts } from '../schedule/node-facts.ts';

/** What engines and `uname` call one and the same. */
const SAME: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  armv6l: 'arm',
  i386: '386',
  i686: '386',
};

/** What a processor runs beside its own. */
const ALSO: Readonly<Record<string, readonly string[]>> = { amd64: ['386'], arm64: ['arm'] };

/** Node label: further platforms that a host emulates, separated by `_`: `arm64_riscv64`. */
export const EMULATES = 'dswarm.io/emulates';

export const commonArch = (arch: string): string => SAME[arch] ?? arch;

/** Architectures that a node's images may be for; undefined: not known, so nothing is refused. */
export function runnableArchs(node: Pick<NodeFacts, 'arch' | 'labels'> | undefined): string[] | undefined {
  if (node === undefined || node.arch === '') return undefined;
  const own = commonArch(node.arch);
  const emulated = (node.labels[EMULATES] ?? '').split('_').filter((arch) => arch !== '');
  return [own, ...(ALSO[own] ?? []), ...emulated.map(commonArch)];
}
