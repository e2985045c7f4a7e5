import { expect } from 'chai';
import { admit } from '../../lib/manifest/admit.ts';
import { BASELINE, PRIVILEGED } from '../../lib/manifest/policy.ts';
import type { Service } from '../../lib/types/generated.ts';
import { errorLines, objectOf, serviceText } from '../support/manifests.ts';

const spec = (lines: string): string[] => errorLines(serviceText('web', lines), BASELINE);

describe('what contradicts itself', () => {
  for (const [title, lines, expected] of [
    ['refuses replicas of a global service', '  mode: global\n  replicas: 2\n', 'spec.replicas: cannot be set with mode global'],
    ['refuses maxConcurrent of a service that is no job', '  maxConcurrent: 2\n', 'spec.maxConcurrent: is for mode replicated-job only'],
    [
      'refuses maxConcurrent of a global job',
      '  mode: global-job\n  maxConcurrent: 2\n',
      'spec.maxConcurrent: is for mode replicated-job only',
    ],
    [
      'refuses a job with an update configuration (conformance C185)',
      '  mode: replicated-job\n  update: { parallelism: 2 }\n',
      'spec.update: cannot be set for jobs',
    ],
    [
      'refuses a job with a rollback configuration (conformance C185)',
      '  mode: replicated-job\n  rollback: { order: start-first }\n',
      'spec.rollback: cannot be set for jobs',
    ],
    [
      'refuses ports of the ingress with endpointMode dnsrr (conformance C149)',
      '  endpointMode: dnsrr\n  ports: [{ target: 80 }]\n',
      'endpointMode dnsrr cannot publish ports',
    ],
    [
      'refuses two targets on one published port (conformance C149, C163)',
      '  ports: [{ target: 1, published: 9, mode: host }, { target: 2, published: 9, mode: host }]\n',
      'port 9/tcp is published twice',
    ],
    ['refuses the published port 0', '  ports: ["0:80"]\n', 'published port 0 is not in 1-65535'],
    ['refuses a healthcheck of CMD without a program', '  healthcheck: { test: [CMD] }\n', 'CMD needs a program'],
    [
      'refuses a healthcheck of CMD-SHELL with two commands',
      '  healthcheck: { test: [CMD-SHELL, a, b] }\n',
      'CMD-SHELL needs one command after it, found 2',
    ],
    ['refuses a healthcheck of NONE with a command', '  healthcheck: { test: [NONE, a] }\n', 'NONE takes nothing'],
    [
      'refuses a healthcheck that is disabled and has a test (conformance C195)',
      '  healthcheck: { test: [CMD, a], disable: true }\n',
      'cannot be set together with disable',
    ],
    [
      'refuses a restart policy with a negative delay (conformance C079)',
      '  restart: { delay: -5s }\n',
      'spec.restart.delay: expected a duration such as 500ms, 10s or 1m30s, found "-5s"',
    ],
    [
      'refuses a restart policy with a negative window (conformance C079)',
      '  restart: { window: -1m }\n',
      'spec.restart.window: expected a duration such as 500ms, 10s or 1m30s, found "-1m"',
    ],
    [
      'refuses a restart policy with negative maxAttempts (conformance C079)',
      '  restart: { maxAttempts: -1 }\n',
      'spec.restart.maxAttempts: expected',
    ],
    ['refuses a timeout of a healthcheck below 1 ms', '  healthcheck: { timeout: 999us }\n', 'expected 0s or at least 1ms'],
    ['refuses a grace period of centuries', '  stopGracePeriod: 9999999h\n', 'expected at most 8760h'],
    [
      'refuses a memory limit below that of the engine',
      '  resources: { limits: { memory: 5Mi } }\n',
      'minimum memory limit allowed is 6MB',
    ],
    ['refuses memory beyond what can be counted', '  resources: { limits: { memory: 99999999p } }\n', 'is more than can be counted'],
    ['refuses a limit of no CPUs', '  resources: { limits: { cpus: "0" } }\n', 'expected 0.001 to 4096 CPUs'],
    [
      'refuses a reservation above the limit',
      '  resources: { limits: { cpus: 1 }, reservations: { cpus: 2 } }\n',
      'more CPUs are reserved',
    ],
    ['refuses a bind mount without a source', '  volumes: [{ type: bind, target: /x }]\n', 'a bind mount needs a source'],
    ['refuses a tmpfs with a source', '  volumes: [{ type: tmpfs, source: x, target: /x }]\n', 'a tmpfs has no source'],
    ['refuses a volume name with a slash', '  volumes: [{ source: a/b, target: /x }]\n', 'is not a volume name'],
    ['refuses a mount on the root directory', '  volumes: [{ source: aa, target: / }]\n', "destination can't be '/'"],
    [
      'refuses two mounts on one target',
      '  volumes: [{ source: aa, target: /x }, { source: bb, target: /x }]\n',
      'duplicate mount point "/x"',
    ],
    ['refuses a host name that begins with a dash', '  hostname: "-x"\n', 'expected a host name'],
    ['refuses a soft ulimit above the hard one', '  ulimits: { nofile: { soft: 10, hard: 5 } }\n', 'ulimit soft limit must be less'],
  ] as const) {
    it(title, () => expect(spec(lines)[0]).to.contain(expected));
  }
  for (const [constraint, expected] of [
    ['node.labels.a == b c!', 'is not a value to compare with'],
    ['node.labels.==b', 'is not an attribute of a node'],
    ['node.labels.a', 'expected == or !=, found'],
    ['', 'expected text that is not empty'],
    ['node.role=worker', 'expected == or !=, found'],
    ['node.labels.a~b', 'expected == or !=, found'],
    ['==b', 'is not an attribute of a node'],
    ['node.labels.a==', 'is not a value to compare with'],
    ['1node.labels.a==b', 'is not an attribute of a node'],
    ['node.labels.a b==c', 'is not an attribute of a node'],
    ['node.labels.a*==c', 'is not an attribute of a node'],
    ['node.labels.a$==c', 'is not an attribute of a node'],
    ['zone==b', 'is not an attribute of a node; known are'],
  ] as const) {
    it(`refuses the constraint ${JSON.stringify(constraint)} (conformance C107)`, () =>
      expect(spec(`  placement: { constraints: [${JSON.stringify(constraint)}] }\n`)[0]).to.contain(expected));
  }
  it('takes the same port for two protocols (conformance C149)', () => {
    expect(
      spec('  ports: [{ target: 1, published: 9, mode: host }, { target: 1, published: 9, protocol: udp, mode: host }]\n'),
    ).to.deep.equal([]);
  });
  for (const constraint of [
    'node.id==abc',
    'node.hostname != h1',
    'node.role==worker',
    'node.platform.os==linux',
    'node.platform.arch!=arm64',
    'node.labels.zone==a',
    'node.labels.example.com/zone == a',
    'engine.labels.disk==ssd',
  ]) {
    it(`takes the constraint ${constraint} (conformance C107)`, () =>
      expect(spec(`  placement: { constraints: ["${constraint}"] }\n`)).to.deep.equal([]));
  }
});

describe('the baseline policy', () => {
  const previous = objectOf<Service>(serviceText('web'));
  for (const [lines, path] of [
    ['  privileged: true\n', 'spec.privileged'],
    ['  capAdd: [ALL]\n', 'spec.capAdd[0]'],
    ['  capAdd: [CHOWN, CAP_SYS_ADMIN]\n', 'spec.capAdd[1]'],
    ['  devices: [/dev/kvm]\n', 'spec.devices[0]'],
    ['  sysctls: { kernel.panic: "1" }\n', 'spec.sysctls["kernel.panic"]'],
    ...[
      '/',
      '/etc',
      '/etc/shadow',
      '/proc',
      '/proc/self/root',
      '/sys',
      '/dev',
      '/var',
      '/var/run',
      '/var/run/docker.sock',
      '/run/docker.sock',
      '/var/lib/docker',
      '/srv/docker.sock',
      '/home/a',
    ].map((source) => [`  volumes: [{ type: bind, source: ${source}, target: /x }]\n`, 'spec.volumes[0].source'] as const),
  ] as const) {
    it(`denies on create and on update${lines.replaceAll('\n', ' ')} (fault 30, invariant 17)`, () => {
      for (const before of [undefined, previous]) {
        const lineOf = errorLines(serviceText('web', lines), BASELINE, before);
        expect(lineOf).to.have.length(1);
        expect(lineOf[0]).to.contain(`${path}: `).and.contain('denied by the baseline policy [DSW_ADMISSION_DENIED]');
      }
      expect(errorLines(serviceText('web', lines), PRIVILEGED)).to.deep.equal([]);
    });
  }

  it('has no volume options to slip a bind through (fault 30)', () => {
    expect(spec('  volumes: [{ source: aa, target: /x, driverOpts: { o: bind, device: /etc } }]\n')[0]).to.contain(
      'unknown field "driverOpts"',
    );
  });

  it('lets bind mounts below an allowed prefix pass, and nothing beside it (fault 31)', () => {
    const policy = { level: 'baseline', allowedBindPrefixes: ['/srv/data', '/'] } as const;
    const narrow = { level: 'baseline', allowedBindPrefixes: ['/srv/data/'] } as const;
    const bind = (source: string): string => serviceText('web', `  volumes: [{ type: bind, source: "${source}", target: /x }]\n`);
    expect(errorLines(bind('/srv/data'), narrow)).to.deep.equal([]);
    expect(errorLines(bind('/srv/data/a/b'), narrow)).to.deep.equal([]);
    expect(errorLines(bind('/srv/database'), narrow)).to.have.length(1);
    for (const host of ['/', '/etc/x', '/proc/self/root', '/var/run/docker.sock'])
      expect(errorLines(bind(host), policy), host).to.have.length(1);
  });

  for (const source of ['/srv/../etc', '/srv//data', '//etc', '/srv/./x', '/srv/data/', 'srv', './x', '/srv/data/..']) {
    it(`refuses the bind source ${source} under any policy (fault 31)`, () => {
      expect(errorLines(serviceText('web', `  volumes: [{ type: bind, source: "${source}", target: /x }]\n`), PRIVILEGED)[0]).to.contain(
        'expected an absolute path',
      );
    });
  }

  it('names the flag that would allow it', () => {
    const { errors } = admit(
      {
        value: JSON.parse(
          '{"apiVersion":"dswarm/v1","kind":"Service","metadata":{"name":"web"},"spec":{"image":"a","privileged":true,"volumes":[{"type":"bind","source":"/srv","target":"/x"}]}}',
        ),
      },
      { policy: BASELINE },
    );
    expect(errors?.map(({ hint }) => hint).join())
      .to.contain('--admission privileged')
      .and.contain('--allow-bind /srv');
  });

  it('takes what Docker gives anyway', () => {
    expect(spec('  capAdd: [NET_RAW, CAP_CHOWN]\n  capDrop: [ALL]\n  sysctls: { net.core.somaxconn: "1024" }\n')).to.deep.equal([]);
  });
});

describe('what is not supported yet', () => {
  it('is told from what is: that passes', () => {
    for (const lines of [
      '  failover: { after: 15s }\n',
      '  failover: { after: 15000ms }\n',
      '  update: { failureAction: pause, delay: 0s, monitor: 5000ms, maxFailureRatio: 0 }\n',
      '  networks: [default]\n',
      '  rollback: { order: start-first }\n',
      '  restart: { delay: 5s, maxAttempts: 3, window: 1m }\n',
      '  endpointMode: dnsrr\n',
      '  ports: [{ target: 80, mode: host }]\n',
      '  env: { A: "{{ jinja }}" }\n',
    ]) {
      expect(spec(lines), lines).to.deep.equal([]);
    }
  });

  it('is told apart from what only the data plane does, which passes where there is one', () => {
    for (const lines of [
      '  networks: [{ name: default, aliases: [x] }]\n',
      '  networks: [back]\n',
      '  ports: [{ target: 80, published: 8080 }]\n',
      '  ports: ["80"]\n',
    ]) {
      expect(spec(lines)[0], lines).to.contain('possible with the data plane only [DSW_MANIFEST_UNSUPPORTED]');
      expect(errorLines(serviceText('web', lines), { ...BASELINE, dataPlane: true }), lines).to.deep.equal([]);
    }
  });
});

describe('labels and annotations of dswarm itself', () => {
  const withAnnotation = (value: string): string =>
    serviceText('web').replace('spec:', `  annotations: { dswarm/source: "${value}" }\nspec:`);
  it('are refused from users, but for what the store put there', () => {
    const object = objectOf(serviceText('web'));
    const previous = { ...object, metadata: { ...object.metadata, annotations: { 'dswarm/source': 'file:a.yaml' } } };
    expect(errorLines(withAnnotation('file:a.yaml'))[0]).to.contain("is dswarm's own");
    expect(errorLines(withAnnotation('file:b.yaml'), BASELINE, previous)[0]).to.contain("is dswarm's own");
    expect(errorLines(withAnnotation('file:a.yaml'), BASELINE, previous)).to.deep.equal([]);
    expect(spec('  labels: { dswarm/managed: "true" }\n')[0]).to.contain('spec.labels: the key "dswarm/managed" is dswarm\'s own');
  });
});

describe('placeholders', () => {
  it('are taken where they are known, and refused by name where not (conformance C173)', () => {
    expect(spec('  env: { A: "{{.Node.Hostname}}", B: "{{ .Task.Slot }}" }\n  hostname: "web-{{.Task.Slot}}"\n')).to.deep.equal([]);
    expect(spec('  env: { A: "{{.Node.Name}}" }\n')[0]).to.contain('spec.env.A: "{{.Node.Name}}" is not a placeholder');
    expect(spec('  hostname: "{{Service.Name}}"\n')[0]).to.contain('spec.hostname: "{{Service.Name}}" is not a placeholder');
  });

  it('do not lead a bind mount to a place of the host that gives it away (fault 31)', () => {
    const policy = { level: 'baseline', allowedBindPrefixes: ['/'] } as const;
    const bind = (source: string): string => serviceText('web', `  volumes: [{ type: bind, source: "${source}", target: /x }]\n`);
    for (const source of ['/{{.Service.Name}}', '/var/{{.Service.Name}}/docker', '/var/lib/{{.Service.Labels.x}}'])
      expect(errorLines(bind(source), policy), source).to.have.length(1);
    expect(errorLines(bind('/srv/{{.Service.Name}}'), policy)).to.deep.equal([]);
  });
});

describe('constraints on addresses', () => {
  it('take an address or a range, and nothing else', () => {
    const constrain = (value: string): string[] => spec(`  placement: { constraints: ["node.ip==${value}"] }\n`);
    for (const value of ['10.0.0.1', '10.0.0.0/8', '2001:db8::/32']) expect(constrain(value), value).to.deep.equal([]);
    expect(constrain('10.0.0')[0]).to.contain('"10.0.0" is not an IP address or ADDRESS/BITS');
  });
});
