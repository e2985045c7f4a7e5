import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { findPlaneImages, imageFor } from '../../lib/io/plane/image.ts';

describe('images of the plane', () => {
  let folder = '';
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), 'dswarm-images-'))));
  after(() => rm(folder, { recursive: true }));

  async function build(name: string, arch: string, version: string, seconds: number): Promise<void> {
    const file = path.join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify({ image: `dswarm/plane:${version}`, archive: `${name}.tar`, version, mesh: 'm', arch }));
    await utimes(file, seconds, seconds);
  }

  it('are the newest of each architecture, and a node gets that of its own or is told what to do', async () => {
    await build('plane-amd64-0a', 'amd64', 'old', 1000);
    await build('plane-amd64-0b', 'amd64', 'new', 2000);
    await build('plane-arm64-0c', 'arm64', 'arm', 1500);
    await writeFile(path.join(folder, 'plane-0d.json'), 'of an earlier version: without an architecture');
    const images = await findPlaneImages(folder);
    expect(images.map(({ version }) => version)).to.deep.equal(['new', 'arm']);
    expect(imageFor(images, { node: 'h1', arch: 'x86_64' }).version).to.equal('new');
    expect(imageFor(images, { node: 'h1', arch: 'aarch64' }).version).to.equal('arm');
    expect(imageFor(images, { node: 'h1' }).version, 'not known').to.equal('new');
    expect(() => imageFor(images, { node: 'h1', arch: 'riscv64' }))
      .to.throw('there is no plane image for riscv64, only for amd64, arm64')
      .with.property('code', 'DSW_PLANE_ARCHITECTURE');
    expect(await findPlaneImages(path.join(folder, 'none'))).to.deep.equal([]);
  });
});
