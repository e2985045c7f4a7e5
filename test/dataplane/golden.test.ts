import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { nodeState } from '../../lib/dataplane/node-state.ts';
import { renderNode } from '../../lib/dataplane/render.ts';
import { sample } from './sample.ts';

const FOLDER = fileURLToPath(new URL('golden', import.meta.url));

describe('the files of a node', () => {
  it('are those that were read and approved', () => {
    const files = renderNode(nodeState(sample(), 'h1'));
    const approved = readdirSync(FOLDER).map((name) => [name.replaceAll('+', '/'), readFileSync(`${FOLDER}/${name}`, 'utf8')] as const);
    expect(files).to.deep.equal(Object.fromEntries(approved));
  });

  it('are the same for the same state', () => {
    expect(renderNode(nodeState(sample(), 'h2'))).to.deep.equal(renderNode(nodeState(sample(), 'h2')));
  });
});
