import { CORE_EVENTS, RESOURCES, type Resource } from './resource.ts';

const READ_VERBS = ['get', 'list', 'watch'];
const WRITE_VERBS = ['create', 'delete', 'deletecollection', 'patch', 'update'];

export function versionInfo(version: string): object {
  const [major = '0', minor = '0'] = version.split('.');
  return {
    major,
    minor,
    gitVersion: `v${version}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: 'node',
    platform: `${process.platform}/${process.arch}`,
  };
}

export const CORE_VERSIONS = { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };

const version = { groupVersion: 'dswarm/v1', version: 'v1' };

export const API_GROUP = { kind: 'APIGroup', apiVersion: 'v1', name: 'dswarm', versions: [version], preferredVersion: version };

export const API_GROUPS = {
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: [{ name: 'dswarm', versions: [version], preferredVersion: version }],
};

/** What is served under a group, as `kubectl api-resources` lists it. */
export const OWN_RESOURCES = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'dswarm/v1',
  resources: RESOURCES.flatMap(describe),
};

const NAMESPACES = {
  name: 'namespaces',
  singularName: 'namespace',
  namespaced: false,
  kind: 'Namespace',
  verbs: ['get', 'list'],
  shortNames: ['ns'],
};

export const CORE_RESOURCES = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: 'v1',
  resources: [NAMESPACES, ...describe(CORE_EVENTS)],
};

function describe(resource: Resource): object[] {
  const { info } = resource;
  const namespaced = info.scope === 'Namespaced';
  const entry = {
    name: info.plural,
    singularName: info.singular,
    namespaced,
    kind: info.kind,
    verbs: info.readOnly ? READ_VERBS : [...READ_VERBS, ...WRITE_VERBS],
    shortNames: info.shortNames,
    categories: info.categories,
  };
  const status = { name: `${info.plural}/status`, singularName: '', namespaced, kind: info.kind, verbs: ['get'] };
  const scale = {
    name: `${info.plural}/scale`,
    singularName: '',
    namespaced,
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    verbs: ['get', 'patch', 'update'],
  };
  return [entry, ...(info.kind === 'Event' ? [] : [status]), ...(info.subresources.includes('scale') ? [scale] : [])];
}
