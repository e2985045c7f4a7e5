import { expect } from 'chai';
import type { StoredService } from '../../lib/types/objects.ts';
import { node, service } from '../controllers/harness.ts';
import { put, startApi, task, type TestApi } from './api.ts';

const labelled = (
  name: string,
  labels: Record<string, string>,
  status: StoredService['status'] = {},
  mode: 'replicated' | 'global' = 'replicated',
) => {
  const made = service(name, { mode });
  return { ...made, metadata: { ...made.metadata, labels }, status };
};

describe('lists', () => {
  let api: TestApi;
  beforeEach(async () => {
    api = await startApi();
    await put(
      api.store,
      labelled('web-10', { app: 'web' }, { summary: '3/3 (max 2 per node)', portSummary: '*:80->8090/udp' }),
      labelled('web-2', { app: 'web' }, { summary: '2/4' }),
      labelled('agent', { app: 'agent' }, { summary: '1/1' }, 'global'),
      { ...node('h1'), metadata: { ...node('h1').metadata, labels: { zone: 'a' } } },
      node('h2', { role: 'manager' }),
      node('h10', { availability: 'drain' }),
      task('web-2.1.aaaaaa', { service: 'web-2' }),
      task('web-10.1.bbbbbb', { service: 'web-10', node: 'h2' }),
    );
  });
  afterEach(async () => {
    await api.close();
  });

  const names = async (words: string): Promise<string[]> =>
    (await api.dswarm(`get ${words} --no-headers`)).out
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '')
      .filter((name) => name !== '');

  it('are in natural order of names, with counts and ports in the words of Docker Swarm (conformance C188)', async () => {
    const { out } = await api.dswarm('get services -o wide --no-headers');
    const cells = out.trimEnd().split('\n').map((line) => line.split(/ {2,}/)); // prettier-ignore
    expect(cells.map(([name, , count]) => [name, count])).to.deep.equal([
      ['agent', '1/1'],
      ['web-2', '2/4'],
      ['web-10', '3/3 (max 2 per node)'],
    ]);
    expect(cells[2]).to.include('*:80->8090/udp');
    expect(await names('nodes')).to.deep.equal(['h1', 'h2', 'h10']);
    expect(await names('services web-2 web-10')).to.deep.equal(['web-2', 'web-10']);
  });

  const FILTERS: [string, string[]][] = [
    ['services -l app=web', ['web-2', 'web-10']],
    ['services --field-selector spec.mode=global', ['agent']],
    ['services -l app=web --field-selector metadata.name!=web-2', ['web-10']],
    ['nodes -l zone', ['h1']],
    ['nodes --field-selector spec.role=manager', ['h2']],
    ['nodes --field-selector spec.availability!=active', ['h10']],
    ['tasks --field-selector spec.node=h2', ['web-10.1.bbbbbb']],
    ['tasks --field-selector spec.service=web-2,spec.node=h1', ['web-2.1.aaaaaa']],
    ['tasks --field-selector spec.service=none', []],
  ];
  for (const [words, found] of FILTERS) {
    it(`get ${words} finds ${found.join(', ') || 'nothing'} (conformance C199)`, async () =>
      expect(await names(words)).to.deep.equal(found));
  }

  it('refuse a field that they cannot select by, and say which there are', async () => {
    const { code, err } = await api.dswarm('get services --field-selector spec.image=x');
    expect(code).to.equal(1);
    expect(err).to.contain('field label not supported: "spec.image=x"; supported are').and.to.contain('spec.mode');
  });
});
