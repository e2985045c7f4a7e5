import { expect } from 'chai';
import fc from 'fast-check';
import { editManifest, removeDocument } from '../../lib/manifest/edit.ts';
import { renderManifest } from '../../lib/manifest/render.ts';
import type { Service } from '../../lib/types/generated.ts';
import { objectOf, serviceText } from '../support/manifests.ts';

function edit(text: string, change: (service: Service) => void, index = 0, whole = text): string {
  const before = objectOf(text);
  const after = structuredClone(before);
  change(after);
  return editManifest(whole, index, before, after);
}

const WEB = `# Our shop.
apiVersion: dswarm/v1
kind: Service
metadata: {name: web, labels: {app: web}}   # the name
spec:
    image: "nginx:1.27"   # pinned

    replicas: 3           # three
    env:
        # the greeting
        HELLO: 'world'
        PORT: "80"
    command:
    - serve
    - --fast   # always
    ports: ["8080:80"]
    # last words
`;

describe('editing a manifest', () => {
  const publish = (text: string): string => text.replace('ports: ["8080:80"]', 'ports: [{target: 80, published: 8080, mode: host}]');
  const text = publish(WEB);

  it('changes one number and not a byte more', () => {
    expect(edit(text, (s) => (s.spec.replicas = 12))).to.equal(text.replace('replicas: 3 ', 'replicas: 12 '));
  });
  it('keeps the quotes of a string', () => {
    expect(edit(text, (s) => (s.spec.image = 'nginx:1.28'))).to.equal(text.replace('1.27', '1.28'));
    expect(edit(text, (s) => (s.spec.env = { HELLO: "it's", PORT: '80' }))).to.equal(text.replace("'world'", "'it''s'"));
  });
  it('adds a field as a line of its own, with the indentation found', () => {
    expect(edit(text, (s) => (s.spec.env = { ...s.spec.env, MODE: 'no' }))).to.equal(
      text.replace('PORT: "80"\n', 'PORT: "80"\n        MODE: "no"\n'),
    );
  });
  it('adds a group without the defaults that fill it', () => {
    expect(edit(text, (s) => (s.spec.update.order = 'start-first')))
      .to.contain('\n    update:\n      order: start-first\n')
      .and.not.contain('parallelism');
  });
  it('removes a field with its comment, and keeps its neighbours', () => {
    expect(
      edit(text, (s) => {
        s.spec.env = { PORT: '80' };
      }),
    ).to.equal(text.replace("        HELLO: 'world'\n", ''));
  });
  it('changes what stands in a flow mapping', () => {
    expect(edit(text, (s) => (s.metadata.labels = { app: 'shop' }))).to.equal(text.replace('app: web', 'app: shop'));
    const labelled = edit(text, (s) => (s.metadata.labels = { app: 'web', tier: 'front' }));
    expect(labelled)
      .to.contain('metadata: {name: web, labels: {app: web, tier: front}} # the name')
      .and.contain('# pinned')
      .and.contain('# last words')
      .and.contain('    - --fast # always');
  });
  it('writes a short form out when it no longer says enough', () => {
    const given = serviceText('web', '  networks: [default]\n');
    const edited = edit(given, (s) => (s.spec.networks = [{ name: 'default' }, { name: 'back' }]));
    expect(edited).to.contain('back');
  });
  it('leaves other documents byte for byte', () => {
    const other = '---\n# other\napiVersion:   dswarm/v1\nkind: Node\nmetadata: { name: "h1" }   # x\nspec: {}\n';
    const whole = `${other}---\n${text}${other.replace('h1', 'h2')}`;
    expect(edit(text, (s) => (s.spec.replicas = 1), 1, whole)).to.equal(whole.replace('replicas: 3', 'replicas: 1'));
  });
  it('keeps CRLF line ends', () => {
    const crlf = text.replaceAll('\n', '\r\n');
    const edited = edit(crlf, (s) => (s.spec.env = { ...s.spec.env, A: 'b' }));
    expect(edited).to.equal(crlf.replace('PORT: "80"\r\n', 'PORT: "80"\r\n        A: b\r\n'));
  });
  it('keeps JSON as JSON', () => {
    const json =
      JSON.stringify({ apiVersion: 'dswarm/v1', kind: 'Service', metadata: { name: 'web' }, spec: { image: 'a', replicas: 1 } }, null, 4) +
      '\n';
    expect(edit(json, (s) => (s.spec.replicas = 2))).to.equal(json.replace('"replicas": 1', '"replicas": 2'));
    const labelled = edit(json, (s) => (s.metadata.labels = { a: 'b' }));
    expect(JSON.parse(labelled)).to.have.nested.property('metadata.labels.a', 'b');
    expect(labelled.endsWith('}\n')).to.equal(true);
  });
  it('does not write what clients and dswarm keep for themselves', () => {
    expect(
      edit(
        text,
        (s) => (s.metadata.annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'dswarm/source': 'file:a.yaml' }),
      ),
    ).to.equal(text);
  });
  it('refuses a change that would reach another object through an alias', () => {
    const shared = `apiVersion: dswarm/v1\nkind: Service\nmetadata: { name: web }\nspec:\n  image: a\n  env: &e { A: "1" }\n  labels: *e\n`;
    const edited = (): string => edit(shared, (s) => (s.spec.env = { A: '2' }));
    expect(edited).to.throw('does not fit into the layout');
    const aliased = edit(shared, (s) => (s.spec.labels = { A: '2' }));
    expect(objectOf(aliased).spec).to.deep.include({ env: { A: '1' }, labels: { A: '2' } });
  });
  it('says what was asked for, whatever the change', () => {
    const scalar = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((s) => !/\p{Cc}/u.test(s));
    const specs = fc.record(
      {
        replicas: fc.nat(100),
        env: fc.dictionary(fc.constantFrom('HELLO', 'PORT', 'X', 'Y_Z'), scalar),
        command: fc.array(scalar, { maxLength: 4 }),
        readOnly: fc.boolean(),
        stopGracePeriod: fc.constantFrom('1s', '10s', '2m'),
        placement: fc.constant({ constraints: ['node.role==worker'], maxReplicasPerNode: 2 }),
        labels: fc.dictionary(fc.constantFrom('a', 'b'), scalar),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(specs, specs, (first, second) => {
        const before = objectOf(text);
        const middle = { ...before, spec: { ...before.spec, ...first } } as Service;
        const after = { ...before, spec: { ...before.spec, ...second } } as Service;
        const once = editManifest(text, 0, before, middle);
        const twice = editManifest(once, 0, middle, after);
        expect(objectOf(once).spec).to.deep.equal(middle.spec);
        expect(objectOf(twice).spec).to.deep.equal(after.spec);
      }),
      { numRuns: 60 },
    );
  });
});

describe('removing a document', () => {
  it('leaves the others as they are', () => {
    const whole = `# head\na: 1\n---\n# second\nb: 2\n---\nc: 3\n`;
    expect(removeDocument(whole, 1)).to.equal('# head\na: 1\n---\nc: 3\n');
    expect(removeDocument(whole, 2)).to.equal('# head\na: 1\n---\n# second\nb: 2\n');
    expect(removeDocument(whole, 0)).to.equal('---\n# second\nb: 2\n---\nc: 3\n');
  });
  it('leaves no file without an object', () => {
    expect(removeDocument('a: 1\n---\n# nothing\n', 0)).to.equal(undefined);
    expect(removeDocument('{"a": 1}', 0)).to.equal(undefined);
  });
});

describe('rendering an object as a manifest', () => {
  it('states what was given and no default', () => {
    const rendered = renderManifest(
      objectOf(serviceText('web', '  replicas: 2\n  env: { A: "no" }\n  healthcheck: { test: [CMD, "true"] }\n')),
    );
    expect(rendered).to.equal(
      'apiVersion: dswarm/v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  image: nginx:1.27\n  replicas: 2\n  env:\n    A: "no"\n  healthcheck:\n    test:\n      - CMD\n      - "true"\n',
    );
  });
  it('reads back as the same object', () => {
    for (const spec of [
      '',
      '  mode: global\n',
      '  ports: [{ target: 80, published: 8080, mode: host }]\n  volumes: [{ type: tmpfs, target: /x }]\n  update: { order: start-first }\n',
    ]) {
      const object = objectOf(serviceText('web', spec, 'shop'));
      expect(objectOf(renderManifest(object))).to.deep.equal(object);
    }
  });
});
