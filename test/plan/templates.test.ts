import { expect } from 'chai';
import { expandSpec, expandText, findUnknownPlaceholders, type TemplateContext } from '../../lib/plan/templates.ts';
import { service } from '../controllers/harness.ts';
import { facts } from '../schedule/support.ts';

const web = service('web');
const context: TemplateContext = {
  service: { ...web, metadata: { ...web.metadata, labels: { tier: 'front', 'example.org/a': 'b' } } },
  task: {
    name: 'web.3.k2x9ab',
    spec: { service: 'web', serviceUid: 'u', slot: '3', node: 'h1', containerName: 'c', specHash: 'v1:0', image: 'i' },
  },
  node: facts('h1'),
};

describe('placeholders, as in Swarm (conformance C173)', () => {
  const rows: [string, string][] = [
    ['{{.Service.ID}}', 'uid-web'],
    ['{{.Service.Name}}-{{.Task.Slot}}', 'web-3'],
    ['{{ .Task.Name }}', 'web.3.k2x9ab'],
    ['{{.Task.ID}}', 'k2x9ab'],
    ['{{.Node.ID}}/{{.Node.Hostname}}', 'id-h1/h1.test'],
    ['{{.Node.Platform.OS}}-{{.Node.Platform.Architecture}}', 'linux-x86_64'],
    ['{{.Service.Labels.tier}}', 'front'],
    ['{{index .Service.Labels "example.org/a"}}', 'b'],
    ['{{.Service.Labels.none}}.', '.'],
    ['{{"{{"}} user }}', '{{ user }}'],
    ['no placeholder', 'no placeholder'],
    ['{{ jinja }} {{constructor}} {{', '{{ jinja }} {{constructor}} {{'],
  ];
  for (const [text, expected] of rows) {
    it(`${text} becomes ${expected}`, () => {
      expect(findUnknownPlaceholders(text)).to.deep.equal([]);
      expect(expandText(text, context)).to.equal(expected);
    });
  }

  const unknown: [string, string[]][] = [
    ['{{.Service.Image}}', ['{{.Service.Image}}']],
    ['a {{Service.Name}} {{.Task.Slot}} {{ Task.ID }}', ['{{Service.Name}}', '{{ Task.ID }}']],
    ['{{.Task.Slot', ['{{.Task.Slot']],
    ['{{.constructor}}', ['{{.constructor}}']],
  ];
  for (const [text, expected] of unknown) {
    it(`${text} is not known, and is left as it is`, () => {
      expect(findUnknownPlaceholders(text)).to.deep.equal(expected);
      expect(expandText(text, context)).to.contain(expected[0]);
    });
  }

  it('stand in hostname, values of env, and sources and targets of volumes', () => {
    const spec = {
      ...web.spec,
      hostname: '{{.Task.Slot}}',
      env: { A: '{{.Service.Name}}' },
      volumes: [{ type: 'volume' as const, source: 'data-{{.Task.Slot}}', target: '/{{.Service.Name}}', readOnly: false }],
      command: ['{{.Task.Slot}}'],
    };
    const expanded = expandSpec({ ...context, service: { ...context.service, spec } });
    expect(expanded).to.deep.include({ hostname: '3', env: { A: 'web' }, command: ['{{.Task.Slot}}'] });
    expect(expanded.volumes).to.deep.equal([{ type: 'volume', source: 'data-3', target: '/web', readOnly: false }]);
  });

  it('leave what has none as it was', () => {
    expect(expandSpec({ ...context, service: web })).to.deep.equal(web.spec);
  });
});
