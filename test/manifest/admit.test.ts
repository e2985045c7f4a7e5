import { expect } from 'chai';
import fc from 'fast-check';
import { admit } from '../../lib/manifest/admit.ts';
import { SCHEMAS } from '../../lib/manifest/kinds.ts';
import { BASELINE, PRIVILEGED } from '../../lib/manifest/policy.ts';
import commonSchema from '../../schemas/common.schema.json' with { type: 'json' };
import { cpuOf } from '../support/cpu.ts';
import { errorLines, objectOf, serviceText } from '../support/manifests.ts';

const spec = (lines: string): string[] => errorLines(serviceText('web', lines), BASELINE);

describe('admission', () => {
  it('fills in the defaults that the schema states, and writes short forms out', () => {
    const object = objectOf(
      serviceText(
        'web',
        '  networks: [default]\n  ports: [{ target: 80, published: 8080, mode: host }]\n  healthcheck: { test: [CMD, "true"] }\n',
      ),
    );
    expect(object.metadata).to.deep.equal({ name: 'web', namespace: 'default' });
    expect(object.spec).to.deep.include({
      mode: 'replicated',
      replicas: 1,
      pullPolicy: 'IfNotPresent',
      stopGracePeriod: '10s',
      networks: [{ name: 'default' }],
      restart: { condition: 'any' },
    });
    expect(object.spec.ports).to.deep.equal([{ target: 80, published: 8080, protocol: 'tcp', mode: 'host' }]);
    expect(object.spec.healthcheck).to.deep.include({ interval: '30s', retries: 3, disable: false });
    expect(object.spec.update).to.include({ parallelism: 1, order: 'stop-first', monitor: '5s' });
  });

  it('gives the same again for what it has given (defaults are stable)', () => {
    const once = objectOf(serviceText('web', '  resources: { limits: { memory: 64m } }\n'));
    expect(admit({ value: JSON.parse(JSON.stringify(once)) }, { policy: BASELINE }).object).to.deep.equal(once);
  });

  it('leaves its input as it is', () => {
    const value = { apiVersion: 'dswarm/v1', kind: 'Service', metadata: { name: 'web' }, spec: { image: 'a' } };
    admit({ value }, { policy: BASELINE });
    expect(value).to.deep.equal({ apiVersion: 'dswarm/v1', kind: 'Service', metadata: { name: 'web' }, spec: { image: 'a' } });
  });

  it('takes no status and no bookkeeping from a manifest', () => {
    const text = `${serviceText('web').replace('  name: web\n', '  name: web\n  uid: u\n  resourceVersion: "7"\n  generation: 3\n  creationTimestamp: null\n')}status: { anything: 1 }\n`;
    expect(objectOf(text)).to.deep.equal(objectOf(serviceText('web')));
  });

  it('names the path where there is no file, as for a request', () => {
    const { errors } = admit(
      { value: { apiVersion: 'dswarm/v1', kind: 'Service', metadata: { name: 'web' }, spec: { image: 'a', replicas: '3' } } },
      { policy: BASELINE },
    );
    expect(errors?.[0]).to.include({
      path: 'spec.replicas',
      where: undefined,
      expected: 'a whole number',
      found: '"3" (a string)',
      message: 'spec.replicas: expected a whole number, found "3" (a string)',
    });
  });

  it('refuses keys that reach a prototype, from JSON too (fault 19)', () => {
    for (const body of ['{"spec":{"__proto__":{"privileged":true}}}', '{"spec":{"env":{"constructor":"x"}}}', '{"__proto__":{"a":1}}']) {
      const value = { apiVersion: 'dswarm/v1', kind: 'Service', metadata: { name: 'web' }, ...JSON.parse(body) };
      const merged = JSON.parse(`{"apiVersion":"dswarm/v1","kind":"Service","metadata":{"name":"web"},${body.slice(1)}`);
      expect(admit({ value: merged }, { policy: BASELINE }).errors?.[0]?.message).to.contain('is not allowed');
      expect(value).to.not.have.property('privileged');
    }
    expect(({} as Record<string, unknown>)['privileged']).to.equal(undefined);
  });

  for (const [what, name] of [
    ['homoglyph', 'wеb'],
    ['right-to-left mark', 'we\u202Eb'],
    ['zero-width space', 'we\u200Bb'],
    ['full-width letter', 'ｗeb'],
    ['trailing newline', '"web\\n"'],
    ['dotted', 'a.b'],
    ['uppercase', 'Web'],
    ['empty', '""'],
    ['leading dash', '-web'],
  ] as const) {
    it(`refuses a name with a ${what} (fault 14)`, () => {
      const [line] = errorLines(serviceText(name));
      expect(line).to.contain('metadata.name: expected');
      expect(line, 'and shows it in ASCII').to.match(/^[\x20-\x7e]+$/);
    });
  }

  it('suggests the field that was meant (fault 24)', () => {
    expect(spec('  replica: 3\n')).to.deep.equal([
      'f.yaml:8:3: spec: unknown field "replica"; did you mean "replicas"? [DSW_MANIFEST_UNKNOWN_FIELD]',
    ]);
    expect(spec('  healthCheck: {}\n')[0]).to.contain('did you mean "healthcheck"?');
    expect(spec('  somethingElseAltogether: 1\n')[0]).to.not.contain('did you mean');
    expect(spec(`  ${'x'.repeat(1000)}: 1\n`)[0]).to.have.length.lessThan(200);
  });

  for (const replicas of ['-1', '1e9', '.nan', '.inf', '"3"', '2.5', 'three', 'true', '[1]', '~']) {
    it(`refuses replicas: ${replicas} (fault 25)`, () => expect(spec(`  replicas: ${replicas}\n`)).to.have.length(1));
  }

  it('refuses what no container name, label or variable can hold (fault 32)', () => {
    expect(errorLines(serviceText('w'.repeat(64)))[0]).to.contain('at most 63 characters, found 64');
    expect(spec(`  env: { A: "${'x'.repeat(131_070)}" }\n`)[0]).to.contain('argument list too long');
    expect(spec(`  labels: { a: "${'x'.repeat(1_000_000)}" }\n`)[0]).to.contain('at most 4096 characters');
    expect(errorLines(serviceText('web').replace('spec:', `  labels: { a: ${'x'.repeat(64)} }\nspec:`))[0]).to.contain(
      'at most 63 characters',
    );
    const annotations = Array.from({ length: 3 }, (_, i) => `    a${i}: ${'x'.repeat(100_000)}\n`).join('');
    expect(errorLines(serviceText('web').replace('spec:', `  annotations:\n${annotations}spec:`))[0]).to.contain(
      'at most 262144 are allowed',
    );
    expect(errorLines(serviceText('web').replace('nginx:1.27', 'Shop/Web'))[0]).to.contain(
      'invalid reference format: repository name must be lowercase',
    );
  });

  for (const image of [
    'nginx',
    'nginx:1.27',
    'a/b/c:x',
    'localhost/x',
    'localhost:5000/x:1',
    '127.0.0.1:5000/dswarm/hello:1',
    'r.example.com:443/a_b/c-d.e:T_1',
    `nginx@sha256:${'a'.repeat(64)}`,
    `r.io/x:1@sha256:${'0'.repeat(64)}`,
  ]) {
    it(`takes the image ${image}`, () => expect(errorLines(serviceText('web').replace('nginx:1.27', image))).to.deep.equal([]));
  }
  for (const image of [
    '',
    'a//b',
    'nginx:',
    'nginx@sha256:1',
    'a b',
    '-x',
    'x/-y',
    'x:.tag',
    `x:${'t'.repeat(129)}`,
    'x@md5:1',
    'http://x/y',
    '../x',
    'x/..',
    `${'a'.repeat(256)}`,
  ]) {
    it(`refuses the image ${JSON.stringify(image.slice(0, 20))} (fault 32)`, () =>
      expect(errorLines(serviceText('web').replace('nginx:1.27', JSON.stringify(image)))).to.not.be.empty);
  }

  it('refuses an older or newer apiVersion instead of dropping fields (fault 33)', () => {
    for (const version of ['v1', 'dswarm/v0', 'dswarm/v1beta1', 'dswarm/v2', 'apps/v1']) {
      expect(errorLines(serviceText('web').replace('dswarm/v1', version))).to.deep.equal([
        `f.yaml:1:13: apiVersion: expected dswarm/v1, found "${version}" [DSW_MANIFEST_KIND]`,
      ]);
    }
  });

  it('refuses a change of mode (fault 27, conformance C075)', () => {
    const previous = objectOf(serviceText('web'));
    expect(errorLines(serviceText('web', '  mode: global\n'), BASELINE, previous)).to.deep.equal([
      'f.yaml:8:9: spec.mode: service mode change is not allowed: it is replicated, found global [DSW_MANIFEST_IMMUTABLE]',
    ]);
  });

  const PATTERNS = [
    ...new Set(
      [...JSON.stringify([SCHEMAS, commonSchema]).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
        (match) => JSON.parse(match[1] ?? '""') as string,
      ),
    ),
  ];
  it('has no pattern that hostile text can make slow; users have none at all (fault 23)', () => {
    expect(PATTERNS.length).to.be.greaterThan(10);
    const hostile = ['a', '0', '1m', 'a-', 'a.', 'a/', '/', '.', ' ', '1.', 'a=', 'Aa0_', ':', '{', '[', '\\', '\n'].flatMap((unit) => [
      `${unit.repeat(30_000)}!`,
      `${unit.repeat(30_000)}\u0000`,
      `a${unit.repeat(30_000)}`,
    ]);
    for (const pattern of PATTERNS) {
      const compiled = new RegExp(pattern, 'u');
      for (const text of hostile) {
        const { ms } = cpuOf(() => compiled.test(text));
        expect(ms, `${pattern} on ${JSON.stringify(text.slice(0, 6))}`).to.be.lessThan(100);
      }
    }
  });

  it('takes hostile text literally or refuses it, in every string field (fault 29)', () => {
    const hostile = [
      '$(touch /tmp/canary)',
      '`id`',
      '; rm -rf /',
      '| nc',
      '\n- privileged: true',
      '} flush ruleset {',
      '"quoted"',
      "it's",
      '${HOME}',
      '%s%n',
      '../../etc',
      '\u202E',
      '--flag',
    ];
    const fields = ['user', 'workingDir', 'hostname', 'stopSignal', 'image', 'pullPolicy', 'stopGracePeriod'];
    for (const text of hostile) {
      for (const field of fields)
        expect(
          spec(`  ${field}: ${JSON.stringify(text)}\n`.replace(/^ {2}image.*\n/, '')).length + (field === 'image' ? 1 : 0),
          `${field}: ${text}`,
        ).to.be.greaterThan(0);
      expect(errorLines(serviceText(JSON.stringify(text)))).to.not.be.empty;
      const literal = objectOf(serviceText('web', `  command: [${JSON.stringify(text)}]\n  env: { A: ${JSON.stringify(text)} }\n`));
      expect([literal.spec.command, literal.spec.env]).to.deep.equal([[text], { A: text }]);
    }
  });

  it('never throws, whatever JSON it is given', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('apiVersion', 'kind', 'metadata', 'spec', 'status', 'x'),
          fc.oneof(fc.jsonValue(), fc.constantFrom('dswarm/v1', 'Service', 'Node')) as fc.Arbitrary<never>,
        ),
        (value) => {
          const { object, errors } = admit(
            { value: { apiVersion: 'dswarm/v1', kind: 'Service', ...(value as object) } },
            { policy: BASELINE },
          );
          expect(object === undefined).to.equal(errors !== undefined);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses wrong types with path, expected and found, for any field', () => {
    const fields = Object.keys((SCHEMAS.Service as { properties: { spec: { properties: object } } }).properties.spec.properties);
    for (const field of fields) {
      const { errors } = admit(
        { value: { apiVersion: 'dswarm/v1', kind: 'Service', metadata: { name: 'web' }, spec: { image: 'a', [field]: null } } },
        { policy: PRIVILEGED },
      );
      expect(errors?.[0]?.message, field).to.match(new RegExp(`^spec.${field}: expected .*, found nothing$`));
    }
  });

  it('never shows the value of a variable, which may be a secret (invariant 16)', () => {
    for (const value of ['12345678', 'true', '[hunter2]', '{ a: hunter2 }'])
      expect(spec(`  env: { PASSWORD: ${value} }\n`).join()).to.not.match(/12345678|hunter2/);
    expect(spec(`  env: { PASSWORD: ${'hunter2'.repeat(20_000)} }\n`).join())
      .to.contain('spec.env.PASSWORD')
      .and.not.contain('hunter2');
  });
});
