import { DswarmError, hasCode } from '../../errors/error.ts';
import type { ContainerConfig } from '../../ports/docker.ts';
import type { PlaneTarget } from '../../ports/plane.ts';
import type { ObservedContainer } from '../../types/observation.ts';
import type { PlaneImage } from './image.ts';

export const PLANE = 'dswarm-plane';
export const MESH = 'dswarm-mesh';
/** What wg finds a userspace interface by, and what is kept over restarts. */
const [RUN, STATE] = ['dswarm-plane-run', 'dswarm-plane'];
export const VOLUMES: readonly string[] = [RUN, STATE];

interface Wanted {
  name: string;
  /** Its version: another value, another container. */
  label: string;
  version: string;
  config: ContainerConfig;
}

/** Brings both containers to the image's version and returns the plane's id. The mesh comes first: the plane configures its interface. */
export async function ensureContainers(target: PlaneTarget, image: PlaneImage): Promise<string> {
  const wanted = [meshContainer(target, image), planeContainer(target, image)];
  const present = await Promise.all(wanted.map(({ name }) => target.docker.inspectContainer(name)));
  const stale = wanted.map((one, index) => !isCurrent(present[index], one));
  if (stale.includes(true) && (await target.docker.image(image.reference)) === undefined) await target.docker.loadImage(image.tar());
  let id = '';
  for (const [index, one] of wanted.entries()) id = await ensureContainer(target, one, present[index]);
  return id;
}

function isCurrent(present: ObservedContainer | undefined, wanted: Wanted): boolean {
  return present?.labels[wanted.label] === wanted.version;
}

async function ensureContainer(target: PlaneTarget, wanted: Wanted, present: ObservedContainer | undefined): Promise<string> {
  const { docker, node, cluster } = target;
  if (present !== undefined && isCurrent(present, wanted)) {
    if (present.state !== 'running') await docker.startContainer(present.id);
    return present.id;
  }
  if (present !== undefined) {
    if (!isOfCluster(present, cluster))
      throw new DswarmError('DSW_PLANE_FAILED', `the container ${wanted.name} is not of the cluster ${cluster}`, {
        where: node,
        hint: 'One host serves one cluster: remove the container by hand if its cluster is gone.',
      });
    await docker.removeContainer(present.id, { force: true });
  }
  try {
    const { id } = await docker.createContainer(wanted.name, wanted.config);
    await docker.startContainer(id);
    return id;
  } catch (error) {
    // The answer to an earlier create was lost (invariant 8): the name tells.
    const made = hasCode(error, 'DSW_DOCKER_CONFLICT') ? await docker.inspectContainer(wanted.name) : undefined;
    if (made === undefined || !isCurrent(made, wanted)) throw error;
    await docker.startContainer(made.id);
    return made.id;
  }
}

export function isOfCluster({ labels }: ObservedContainer, cluster: string): boolean {
  return labels['dswarm/managed'] === 'true' && labels['dswarm/cluster'] === cluster;
}

function meshContainer(target: PlaneTarget, image: PlaneImage): Wanted {
  const version = { label: 'dswarm/mesh', version: image.mesh };
  const base = config(target, image, version);
  const Devices = [{ PathOnHost: '/dev/net/tun', PathInContainer: '/dev/net/tun', CgroupPermissions: 'rwm' }];
  return { name: MESH, ...version, config: { ...base, Entrypoint: ['/bin/mesh'], HostConfig: { ...base.HostConfig, Devices } } };
}

function planeContainer(target: PlaneTarget, image: PlaneImage): Wanted {
  const version = { label: 'dswarm/plane', version: image.version };
  const base = config(target, image, version);
  // Of the host's kernel parameters only those of its network: published ports on loopback need one.
  const sysctl = { Type: 'bind' as const, Source: '/proc/sys/net', Target: '/sysctl' };
  return {
    name: PLANE,
    ...version,
    config: { ...base, HostConfig: { ...base.HostConfig, Mounts: [...(base.HostConfig.Mounts ?? []), sysctl] } },
  };
}

function config(target: PlaneTarget, image: PlaneImage, version: { label: string; version: string }): ContainerConfig {
  return {
    Image: image.reference,
    Labels: { 'dswarm/managed': 'true', 'dswarm/cluster': target.cluster, [version.label]: version.version },
    HostConfig: {
      RestartPolicy: { Name: 'unless-stopped' },
      NetworkMode: 'host',
      CapAdd: ['NET_ADMIN'],
      Mounts: [
        { Type: 'volume', Source: RUN, Target: '/run/wireguard' },
        { Type: 'volume', Source: STATE, Target: '/state' },
      ],
    },
  };
}
