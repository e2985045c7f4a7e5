import { expect } from 'chai';
import { runnableArchs } from '../../lib/plan/platform.ts';
import { classifyFailure, explainFailure, failureBackoff, isAvoided, type StepFailure } from '../../lib/plan/step-failure.ts';
import type { Step } from '../../lib/plan/step.ts';
import { backoffDelay } from '../../lib/runtime/backoff.ts';

interface Case {
  failure: StepFailure;
  said: readonly (readonly [op: Step['op'], message: string])[];
}

/** As engines word them, 20.10 to 28. */
const CASES: readonly Case[] = [
  {
    failure: { reason: 'ImagePullBackOff', reach: 'task' },
    said: [
      ['pull', 'pull shop/web:9: manifest for shop/web:9 not found: manifest unknown: manifest unknown'],
      [
        'pull',
        "pull access denied for shop/web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      ],
      ['pull', 'toomanyrequests: You have reached your pull rate limit.'],
      ['pull', 'filesystem layer verification failed for digest sha256:9a3f'],
    ],
  },
  {
    failure: { reason: 'ImagePlatformMismatch', reach: 'spec' },
    said: [
      ['pull', 'no matching manifest for linux/arm64/v8 in the manifest list entries'],
      ['start', 'failed to create shim task: OCI runtime create failed: exec /hello: exec format error: unknown'],
    ],
  },
  {
    failure: { reason: 'DiskPressure', reach: 'node' },
    said: [
      ['pull', 'failed to register layer: Error processing tar file(exit status 1): write /bin/app: no space left on device'],
      ['create', 'mkdir /var/lib/docker/overlay2/4f-init: no space left on device'],
    ],
  },
  {
    failure: { reason: 'PIDPressure', reach: 'node' },
    said: [
      [
        'start',
        'OCI runtime create failed: runc create failed: unable to start container process: fork/exec /proc/self/exe: resource temporarily unavailable',
      ],
      ['start', 'open /proc/self/fd: too many open files'],
      ['start', 'failed to start shim: start failed: runtime/cgo: pthread_create failed: Resource temporarily unavailable\nSIGABRT: abort'],
    ],
  },
  {
    failure: { reason: 'PortConflict', reach: 'port', port: '8080' },
    said: [
      [
        'start',
        'driver failed programming external connectivity on endpoint web (7f3a): Bind for 0.0.0.0:8080 failed: port is already allocated',
      ],
      ['start', 'failed to bind host port for 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use'],
    ],
  },
  {
    failure: { reason: 'PortConflict', reach: 'port', port: '5353/udp' },
    said: [
      [
        'start',
        'driver failed programming external connectivity on endpoint web (7f3a): Error starting userland proxy: listen udp4 0.0.0.0:5353: bind: address already in use',
      ],
    ],
  },
  {
    // As containerd's log says it: nobody knows which port.
    failure: { reason: 'PortConflict', reach: 'task' },
    said: [['start', 'listen: address already in use']],
  },
  {
    failure: { reason: 'AddressConflict', reach: 'task' },
    said: [
      ['start', 'start container 7f3a: failed to set up container networking: Address already in use'],
      ['start', 'Address already in use'],
    ],
  },
  {
    failure: { reason: 'RunContainerError', reach: 'task' },
    said: [['start', 'OCI runtime create failed: exec: "no-such": executable file not found in $PATH: unknown']],
  },
  {
    failure: { reason: 'CreateContainerError', reach: 'task' },
    said: [['create', 'invalid mount config for type "bind": bind source path does not exist: /srv/x']],
  },
  {
    failure: { reason: 'RemoveContainerError', reach: 'task' },
    said: [['remove', 'removal of container 7f3a is already in progress']],
  },
];

describe('why a step failed', () => {
  for (const { failure, said } of CASES)
    for (const [op, message] of said)
      it(`is ${failure.reason} where an engine says on ${op}: ${message.slice(0, 60)}`, () => {
        expect(classifyFailure({ op, code: 'DSW_DOCKER_REFUSED', message })).to.deep.equal(failure);
      });

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

  const elsewhere: [string, boolean, StepFailure, Step['op'], string[]?][] = [
    ['a port that the task binds', true, { reason: 'PortConflict', reach: 'port', port: '8080' }, 'start', ['8080/tcp']],
    [
      'a port that the task does not bind by number',
      false,
      { reason: 'PortConflict', reach: 'port', port: '32768' },
      'start',
      ['8080/tcp'],
    ],
    ['a port of a task that binds none', false, { reason: 'PortConflict', reach: 'port', port: '8080/tcp' }, 'start'],
    ['a host that is full', true, { reason: 'DiskPressure', reach: 'node' }, 'create'],
    ['a host that is too full to stop what is there', false, { reason: 'DiskPressure', reach: 'node' }, 'stop'],
    ['a host that is too full to remove what is there', false, { reason: 'DiskPressure', reach: 'node' }, 'remove'],
    ['an image for another processor', true, { reason: 'ImagePlatformMismatch', reach: 'spec' }, 'pull'],
    ['an address', false, { reason: 'AddressConflict', reach: 'task' }, 'start'],
  ];
  for (const [what, expected, failure, op, hostPorts] of elsewhere)
    it(`${expected ? 'lets' : 'does not let'} another host take the task at once: ${what}, on ${op}`, () => {
      expect(isAvoided(failure, op, hostPorts)).to.equal(expected);
    });

  it('says which addresses it may be about where the engine does not', () => {
    const failure: StepFailure = { reason: 'AddressConflict', reach: 'task' };
    expect(explainFailure('Address already in use', failure, { default: '10.60.0.7', back: '10.61.0.7' })).to.equal(
      'Address already in use: something else on the host has 10.60.0.7 in network default, or 10.61.0.7 in network back; the next task gets another',
    );
    expect(explainFailure('no such image', { reason: 'ImagePullBackOff', reach: 'task' })).to.equal('no such image');
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
