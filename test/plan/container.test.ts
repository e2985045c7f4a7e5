import { expect } from 'chai';
import { renderContainer } from '../../lib/plan/container.ts';
import { containerName } from '../../lib/plan/names.ts';
import { specHash } from '../../lib/plan/spec-hash.ts';
import type { ServiceSpec } from '../../lib/types/generated.ts';
import { service } from '../controllers/harness.ts';

const identity = {
  cluster: 'default',
  namespace: 'shop',
  task: 'web.1.abc',
  spec: { service: 'web', serviceUid: 'u', slot: '1', node: 'h1', containerName: 'shop_web.1.0', specHash: 'v1:0', image: 'i' },
};

const render = (spec: Partial<ServiceSpec>): ReturnType<typeof renderContainer> => renderContainer(service('web', spec).spec, identity);

describe('the container of a task', () => {
  it('says nothing that the spec does not', () => {
    expect(render({})).to.deep.equal({
      Image: 'registry.test/hello:1',
      StopTimeout: 10,
      Labels: {
        'dswarm/managed': 'true',
        'dswarm/cluster': 'default',
        'dswarm/namespace': 'shop',
        'dswarm/service': 'web',
        'dswarm/service-uid': 'u',
        'dswarm/slot': '1',
        'dswarm/task': 'web.1.abc',
        'dswarm/spec-hash': 'v1:0',
      },
      HostConfig: { RestartPolicy: { Name: 'unless-stopped' } },
    });
  });

  const rows: [string, Partial<ServiceSpec>, object][] = [
    ['env', { env: { A: '1', B: 'x=y' } }, { Env: ['A=1', 'B=x=y'] }],
    ['command and entrypoint', { command: ['a'], entrypoint: ['/b'] }, { Cmd: ['a'], Entrypoint: ['/b'] }],
    ['grace, rounded up', { stopGracePeriod: '1500ms' }, { StopTimeout: 2 }],
    [
      'a healthcheck in nanoseconds',
      {
        healthcheck: {
          test: ['CMD', 'x'],
          interval: '1s',
          timeout: '500ms',
          retries: 2,
          startPeriod: '0s',
          startInterval: '5s',
          disable: false,
        },
      },
      { Healthcheck: { Test: ['CMD', 'x'], Interval: 1e9, Timeout: 5e8, Retries: 2, StartPeriod: 0, StartInterval: 5e9 } },
    ],
    [
      'a disabled healthcheck',
      { healthcheck: { interval: '1s', timeout: '1s', retries: 1, startPeriod: '0s', startInterval: '5s', disable: true } },
      { Healthcheck: { Test: ['NONE'] } },
    ],
  ];
  for (const [title, spec, expected] of rows) it(`renders ${title}`, () => expect(render(spec)).to.deep.include(expected));

  const hostRows: [string, Partial<ServiceSpec>, object][] = [
    ['on-failure', { restart: { condition: 'on-failure' } }, { RestartPolicy: { Name: 'on-failure' } }],
    ['no restart', { restart: { condition: 'none' } }, { RestartPolicy: { Name: 'no' } }],
    ['limits', { resources: { limits: { cpus: '500m', memory: '64Mi', pids: 9 } } }, { NanoCpus: 5e8, Memory: 67_108_864, PidsLimit: 9 }],
    [
      'mounts',
      { volumes: [{ type: 'volume', source: 'data', target: '/data', readOnly: true }] },
      { Mounts: [{ Type: 'volume', Source: 'data', Target: '/data', ReadOnly: true }] },
    ],
    [
      'host ports',
      { ports: [{ target: 80, published: 8080, protocol: 'tcp', mode: 'host' }] },
      { PortBindings: { '80/tcp': [{ HostPort: '8080' }] } },
    ],
    [
      'ulimits',
      { ulimits: { nofile: 9, nproc: { soft: 1, hard: 2 } } },
      {
        Ulimits: [
          { Name: 'nofile', Soft: 9, Hard: 9 },
          { Name: 'nproc', Soft: 1, Hard: 2 },
        ],
      },
    ],
    [
      'devices',
      { devices: ['/dev/fuse', '/dev/a:/dev/b:r'] },
      {
        Devices: [
          { PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' },
          { PathOnHost: '/dev/a', PathInContainer: '/dev/b', CgroupPermissions: 'r' },
        ],
      },
    ],
  ];
  for (const [title, spec, expected] of hostRows) it(`renders ${title}`, () => expect(render(spec).HostConfig).to.deep.include(expected));

  it('carries identity over the labels of the user, who cannot take it away', () => {
    expect(render({ labels: { 'dswarm/task': 'forged', mine: 'x' } }).Labels).to.include({ 'dswarm/task': 'web.1.abc', mine: 'x' });
  });

  it('holds no more than identity and spec hash of ours in its labels, and nothing of its environment (invariant 16)', () => {
    expect(JSON.stringify(render({ env: { PASSWORD: 'hunter2' } }).Labels)).to.not.contain('hunter2');
  });
});

describe('the spec hash', () => {
  it('is what it was when version 1 was made (invariant 11, fault 99)', () => {
    expect(specHash(service('web').spec)).to.equal('v1:3eb507d2573bae02b5e01e1bb09e11ab025a3bb9337ee0b8c177f26cca276343');
  });

  const test = ['CMD', '/hello', 'check'];
  const golden: [string, Partial<ServiceSpec>][] = [
    [
      'v1:4f6ec869177804114bdd25323641dd468311455559b7574279e7556859e1307f',
      { env: { B: '2', A: '1' }, command: ['serve', '--port', '80'], user: '1000:1000', labels: { team: 'shop' } },
    ],
    [
      'v1:7512964dde9d664567755783c5f0f5555d9f8175480ee53aa7333f892b09aa1c',
      { ports: [{ target: 80, published: 8080, protocol: 'tcp', mode: 'host' }], stopGracePeriod: '30s', init: true },
    ],
    [
      'v1:a8a37079a86c451bc1c07759ca9bfa5e6327ecb7842227503ac866ad048e03d2',
      { healthcheck: { test, interval: '1s', timeout: '1s', retries: 3, startPeriod: '0s', startInterval: '1s', disable: false } },
    ],
    [
      'v1:e722554add0c30f2766beb0ecf3267499deb5022cfaa57242f320a37aec0e1fe',
      { restart: { condition: 'on-failure', delay: '5s', maxAttempts: 3 } },
    ],
    [
      'v1:cab500e856a4c9b49db7a0ffbf8a04ed19712efb0c5d5292f89e30f785ad3c55',
      { resources: { limits: { cpus: 1.5, memory: '256MiB' }, reservations: { memory: '128MiB' } }, forceUpdate: 7 },
    ],
  ];
  for (const [hash, spec] of golden)
    it(`of a spec with ${Object.keys(spec).join(', ')} is what it always was: an upgrade restarts nothing (invariant 11, fault 99)`, () =>
      expect(specHash(service('web', spec).spec)).to.equal(hash));

  it('does not depend on the order of keys', () => {
    const a = service('web', { env: { A: '1', B: '2' } }).spec;
    const b = service('web', { env: { B: '2', A: '1' } }).spec;
    expect(specHash(a)).to.equal(specHash(b));
  });

  const same: Partial<ServiceSpec>[] = [
    { replicas: 9 },
    { placement: { maxReplicasPerNode: 1 } },
    { pullPolicy: 'Always' },
    { suspend: true },
    { update: { ...service('x').spec.update, parallelism: 5 } },
  ];
  for (const spec of same)
    it(`is the same with another ${Object.keys(spec)[0]}`, () =>
      expect(specHash(service('web', spec).spec)).to.equal(specHash(service('web').spec)));

  const other: Partial<ServiceSpec>[] = [
    { image: 'x' },
    { env: { A: '1' } },
    { forceUpdate: 1 },
    { restart: { condition: 'none' } },
    { resources: { limits: { pids: 1 } } },
    { labels: { a: 'b' } },
  ];
  for (const spec of other)
    it(`is another with another ${Object.keys(spec)[0]}`, () =>
      expect(specHash(service('web', spec).spec)).to.not.equal(specHash(service('web').spec)));

  it('names the container, with the same name for the same attempt (invariant 6)', () => {
    const web = service('web', {}, 'shop');
    expect(containerName(web, '2', specHash(web.spec))).to.equal(`shop_web.2.${specHash(web.spec).slice(3, 11)}`);
  });
});
