import type { Service } from '../types/generated.ts';
import type { Path } from './parse.ts';
import { show, type Problem } from './problem.ts';

/** What manifests may ask of a host; set by the controller's flags --admission and --allow-bind. */
export interface Policy {
  /** baseline: nothing that hands the host over (Kubernetes' Pod Security Standards, and Docker's own extras). privileged: everything. */
  level: 'baseline' | 'privileged';
  /** Paths of nodes that baseline lets be bind-mounted, with all below them. */
  allowedBindPrefixes: readonly string[];
  /** Whether the controller has a data plane: networks between hosts, and ports that every node answers. Absent: no. */
  dataPlane?: boolean;
}

export const BASELINE: Policy = { level: 'baseline', allowedBindPrefixes: [] };
export const PRIVILEGED: Policy = { level: 'privileged', allowedBindPrefixes: [] };

/** The capabilities that Docker gives every container (moby, oci/caps/defaults.go). */
const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set([
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'MKNOD',
  'NET_RAW',
  'SETGID',
  'SETUID',
  'SETFCAP',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
  'KILL',
  'AUDIT_WRITE',
]);

/** Kernel parameters that belong to the container's own namespaces (runc, validate/sysctl). */
const NAMESPACED_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);

/** Places of a host that give it away; no --allow-bind opens them. */
const HOST_PATHS = ['/boot', '/dev', '/etc', '/proc', '/root', '/run', '/sys', '/var/lib/containerd', '/var/lib/docker', '/var/run'];

/** Denials on create, update and rollback alike (invariant 17). */
export function findDenied({ spec }: Service, policy: Policy): Problem[] {
  if (policy.level === 'privileged') return [];
  return [
    ...(spec.privileged ? [denied(['spec', 'privileged'], 'privileged containers are')] : []),
    ...(spec.capAdd ?? []).flatMap((name, index) =>
      isDefaultCapability(name) ? [] : [denied(['spec', 'capAdd', index], `the capability ${show(name)} is`)],
    ),
    ...(spec.devices ?? []).map((device, index) => denied(['spec', 'devices', index], `the host device ${show(device)} is`)),
    ...Object.keys(spec.sysctls ?? {}).flatMap((name) =>
      isNamespaced(name) ? [] : [denied(['spec', 'sysctls', name], 'a kernel parameter of the whole host is')],
    ),
    ...(spec.volumes ?? []).flatMap((mount, index) => {
      if (mount.type !== 'bind' || mount.source === undefined) return [];
      return findDeniedBind(mount.source, ['spec', 'volumes', index, 'source'], policy);
    }),
  ];
}

function denied(path: Path, what: string, hint?: string): Problem {
  return { code: 'DSW_ADMISSION_DENIED', path, message: `${what} denied by the baseline policy`, hint };
}

function isDefaultCapability(name: string): boolean {
  return DEFAULT_CAPABILITIES.has(name.replace(/^CAP_/, ''));
}

function isNamespaced(name: string): boolean {
  return NAMESPACED_SYSCTLS.has(name) || name.startsWith('net.') || name.startsWith('fs.mqueue.');
}

/** What is filled in for a placeholder is one part of a path, and could be any name: what is below the last known directory counts. */
function couldBeHostPath(source: string): boolean {
  const known = source.includes('{{') ? source.slice(0, source.lastIndexOf('/', source.indexOf('{{'))) : undefined;
  return known !== undefined && HOST_PATHS.some((prefix) => isWithin(prefix, known));
}

function findDeniedBind(source: string, path: Path, policy: Policy): Problem[] {
  const isHostPath =
    source === '/' ||
    couldBeHostPath(source) ||
    HOST_PATHS.some((prefix) => isWithin(source, prefix) || isWithin(prefix, source)) ||
    source.endsWith('/docker.sock');
  if (isHostPath)
    return [
      denied(
        path,
        `the bind mount of ${show(source)} is`,
        'Remove it, use a named volume, or start the controller with --admission privileged.',
      ),
    ];
  if (policy.allowedBindPrefixes.some((prefix) => isWithin(source, prefix))) return [];
  const hint = `Use a named volume, or start the controller with --allow-bind ${source} (or a directory above it).`;
  return [denied(path, `the bind mount of ${show(source)} is`, hint)];
}

function isWithin(path: string, prefix: string): boolean {
  const base = prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
  return path === base || path.startsWith(`${base}/`);
}
