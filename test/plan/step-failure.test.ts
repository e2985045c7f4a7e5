import { expect } from 'chai';
import { runnableArchs } from '../../lib/plan/platform.ts';
import { classifyFailure, failureBackoff, type StepFailure } from '../../lib/plan/step-failure.ts';
import type { Step } from '../../lib/plan/step.ts';
import { backoffDelay } from '../../lib/runtime/backoff.ts';

type Case = [op: Step['op'], message: string, expected: StepFailure];

/** As engines word them, 20.10 to 28. */
const CASES: readonly Case[] = [
  [
    'pull',
    'pull shop/web:9: manifest for shop/web:9 not found: manifest unknown: manifest unknown',
    { reason: 'ImagePullBackOff', reach: 'task' },
  ],
  [
    'pull',
    "pull access denied for shop/web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    { reason: 'ImagePullBackOff', reach: 'task' },
  ],
  ['pull', 'toomanyrequests: You have reached your pull rate limit.', { reason: 'ImagePullBackOff', reach: 'task' }],
  ['pull', 'filesystem layer verification failed for digest sha256:9a3f', { reason: 'ImagePullBackOff', reach: 'task' }],
  ['pull', 'no matching manifest for linux/arm64/v8 in the manifest list entries', { reason: 'ImagePlatformMismatch', reach: 'spec' }],
  [
    'start',
    'failed to create shim task: OCI runtime create failed: exec /hello: exec format error: unknown',
    { reason: 'ImagePlatformMismatch', reach: 'spec' },
  ],
  [
    'pull',
    'failed to register layer: Error processing tar file(exit status 1): write /bin/app: no space left on device',
    { reason: 'DiskPressure', reach: 'node' },
  ],
  ['create', 'mkdir /var/lib/docker/overlay2/4f-init: no space left on device', { reason: 'DiskPressure', reach: 'node' }],
  [
    'start',
    'OCI runtime create failed: runc create failed: unable to start container process: fork/exec /proc/self/exe: resource temporarily unavailable',
    { reason: 'PIDPressure', reach: 'node' },
  ],
  ['start', 'open /proc/self/fd: too many open files', { reason: 'PIDPressure', reach: 'node' }],
  [
    'start',
    'driver failed programming external connectivity on endpoint web (7f3a): Bind for 0.0.0.0:8080 failed: port is already allocated',
    { reason: 'PortConflict', reach: 'port', port: '8080' },
  ],
  [
    'start',
    'driver failed programming external connectivity on endpoint web (7f3a): Error starting userland proxy: listen udp4 0.0.0.0:5353: bind: address already in use',
    { reason: 'PortConflict', reach: 'port', port: '5353/udp' },
  ],
  [
    'start',
    'failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use',
    { reason: 'PortConflict', reach: 'port', port: '8080' },
  ],
  [
    'start',
    'OCI runtime create failed: exec: "no-such": executable file not found in $PATH: unknown',
    { reason: 'RunContainerError', reach: 'task' },
  ],
  [
    'create',
    'invalid mount config for type "bind": bind source path does not exist: /srv/x',
    { reason: 'CreateContainerError', reach: 'task' },
  ],
  ['remove', 'removal of container 7f3a is already in progress', { reason: 'RemoveContainerError', reach: 'task' }],
];

describe('why a step failed', () => {
  for (const [op, message, expected] of CASES) {
    it(`is ${expected.reason} where an engine says on ${op}: ${message.slice(0, 60)}`, () => {
      expect(classifyFailure({ op, code: 'DSW_DOCKER_REFUSED', message })).to.deep.equal(expected);
    });
  }

  it('is known by its code where the engine was not asked', () => {
    expect(classifyFailure({ op: 'start', code: 'DSW_HOST_UNREACHABLE', message: 'no space left on device' }).reason).to.equal(
      'NodeUnreachable',
    );
    expect(classifyFailure({ op: 'create', code: 'DSW_NAME_CONFLICT', message: 'x' }).reason).to.equal('NameConflict');
    expect(classifyFailure({ op: 'pull', code: 'DSW_IMAGE_MISSING', message: 'x' }).reason).to.equal('ErrImageNeverPull');
    expect(classifyFailure({ op: 'pull', code: 'DSW_IMAGE_PLATFORM', message: 'x' })).to.deep.equal({
      reason: 'ImagePlatformMismatch',
      reach: 'spec',
    });
  });

  it('tells how long to wait: images up to 5 min, with jitter (fault 34)', () => {
    const options = failureBackoff({ reason: 'ImagePullBackOff', reach: 'task' });
    const waits = [1, 2, 3, 8, 9, 10, 20].map((attempt) => backoffDelay(attempt, options, 0));
    expect(waits).to.deep.equal([1_000, 2_000, 4_000, 128_000, 256_000, 300_000, 300_000]);
    expect(backoffDelay(20, options, 0.99))
      .to.be.lessThan(300_000)
      .and.greaterThan(200_000);
  });
});

describe('the platforms of a node', () => {
  it('are its own, the older one that its processor runs too, and those it is said to emulate', () => {
    expect(runnableArchs({ arch: 'x86_64', labels: {} })).to.deep.equal(['amd64', '386']);
    expect(runnableArchs({ arch: 'aarch64', labels: {} })).to.deep.equal(['arm64', 'arm']);
    expect(runnableArchs({ arch: 'amd64', labels: { 'dswarm.io/emulates': 'arm64_riscv64' } })).to.deep.equal([
      'amd64',
      '386',
      'arm64',
      'riscv64',
    ]);
    expect(runnableArchs({ arch: '', labels: {} })).to.equal(undefined);
  });
});
