import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { runCli } from './support.ts';

const NOWHERE = { DSWARM_SOCKET: '/nonexistent/dswarm.sock' };

async function complete(words: string[], cwd?: string): Promise<{ values: string[]; directive: string | undefined }> {
  const { out } = await runCli(['complete', '--', ...words], { env: NOWHERE, ...(cwd === undefined ? {} : { cwd }) });
  const lines = out.trimEnd().split('\n');
  return { values: lines.slice(0, -1).map((line) => line.split('\t')[0] ?? ''), directive: lines.at(-1) };
}

describe('completion', () => {
  const cases: [string[], string[]][] = [
    [['de'], ['describe', 'delete', 'demote']],
    [
      ['get', 's'],
      ['services', 'sources'],
    ],
    [
      ['get', 'services', '-o', ''],
      ['wide', 'json', 'yaml', 'name'],
    ],
    [['get', '--sho'], ['--show-labels']],
    [['get', '--output=j'], ['--output=json']],
    [
      ['node', ''],
      ['add', 'ls', 'ps', 'drain', 'cordon', 'uncordon', 'promote', 'demote', 'rm'],
    ],
    [
      ['ps', '-f', ''],
      ['id=', 'name=', 'node=', 'desired-state='],
    ],
    [
      ['node', 'ps', '--format', ''],
      ['table', 'json'],
    ],
    [['source', ''], ['confirm']],
    [['node', 'add', '--host'], ['--host-key']],
    [
      ['controller', '--admission', ''],
      ['baseline', 'privileged'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['explain', 'se'], ['service']],
    [
      ['wait', 'svc/web', '--for', 'c'],
      ['condition=Ready', 'condition=Complete', 'create'],
    ],
    [
      ['apply', '--dry-run='],
      ['--dry-run=client', '--dry-run=server'],
    ],
    [['get', 'services', ''], []],
  ];
  for (const [words, values] of cases) {
    it(`of ${JSON.stringify(words)} is ${JSON.stringify(values)}`, async () => {
      expect((await complete(words)).values).to.deep.equal(values);
    });
  }

  it('does not offer what is hidden', async () => {
    expect((await complete(['compl'])).values).to.deep.equal(['completion']);
  });

  describe('of files', () => {
    let folder = '';
    before(() => {
      folder = mkdtempSync(path.join(os.tmpdir(), 'dswarm-complete-'));
      mkdirSync(path.join(folder, 'shop'));
      for (const name of ['web.yaml', 'shop/db.yaml', '.hidden']) writeFileSync(path.join(folder, name), '');
    });
    after(() => {
      rmSync(folder, { recursive: true });
    });

    it('lists those of the directory', async () => {
      expect((await complete(['apply', '-f', ''], folder)).values).to.have.members(['shop/', 'web.yaml']);
    });

    it('goes on behind a folder', async () => {
      expect(await complete(['validate', 'sh'], folder)).to.deep.equal({ values: ['shop/'], directive: ':6' });
      expect((await complete(['validate', 'shop/'], folder)).values).to.deep.equal(['shop/db.yaml']);
    });
  });
});
