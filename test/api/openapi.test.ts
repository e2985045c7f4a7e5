import { expect } from 'chai';
import type { JsonObject } from '../../lib/types/objects.ts';
import { makeApi } from './fixture.ts';

interface Document {
  paths: Record<string, Record<string, JsonObject>>;
  components: { schemas: Record<string, JsonObject> };
}

describe('The OpenAPI document', () => {
  let document: Document;
  let text: string;
  before(async () => {
    const api = makeApi();
    const { paths } = (await api.call('GET', '/openapi/v3')).body as unknown as { paths: Record<string, { serverRelativeURL: string }> };
    const answer = await api.call('GET', paths['apis/dswarm/v1']?.serverRelativeURL ?? '');
    [document, text] = [answer.body as unknown as Document, answer.text];
  });

  it('has a schema and a path for every kind, tied together by group, version and kind', () => {
    expect(Object.keys(document.components.schemas)).to.include.members([
      'dswarm.v1.Service',
      'dswarm.v1.Node',
      'dswarm.v1.Task',
      'dswarm.v1.Source',
      'dswarm.v1.Event',
    ]);
    const patch = document.paths['/apis/dswarm/v1/namespaces/{namespace}/services/{name}']?.patch;
    expect(patch?.['x-kubernetes-group-version-kind']).to.deep.equal({ group: 'dswarm', kind: 'Service', version: 'v1' });
    expect((patch?.parameters as { name: string }[]).map((each) => each.name)).to.include.members(['fieldValidation', 'dryRun']);
    expect(document.components.schemas['dswarm.v1.Service']?.['x-kubernetes-group-version-kind']).to.deep.equal([
      { group: 'dswarm', kind: 'Service', version: 'v1' },
    ]);
  });

  it('holds what OpenAPI 3.0 knows, and no reference that leads nowhere', () => {
    for (const word of ['"$defs"', '"const"', '"propertyNames"', '"x-dswarm"', '"$schema"']) expect(text).not.to.contain(word);
    const references = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(Object.keys(document.components.schemas)).to.include.members(references);
    expect(text).not.to.match(/"type":\[/);
  });

  it('is there for older clients too, in the encoding that they ask for', async () => {
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
    const old = await makeApi().call('GET', '/openapi/v2', { headers: { accept } });
    expect(old.code).to.equal(200);
    expect(old.text).to.contain('dswarm.v1.Service').and.to.contain('#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
  });
});
