import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { appendFile, chmod, mkdir, readFile, rename, rm, stat, symlink, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Subscription } from 'rxjs';
import { systemClock } from '../../../lib/io/clock.ts';
import { createDirectory } from '../../../lib/io/files/directory.ts';
import type { FileEntry, Files } from '../../../lib/ports/files.ts';
import { silentLog } from '../../../lib/ports/log.ts';
import { eventually, pause } from '../../support/eventually.ts';
import { makeTempFolder } from '../../support/temp-folder.ts';

describe('the watched directory', () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let root: string;
  let files: Files;
  let hints: number;
  let subscription: Subscription;

  beforeEach(async () => {
    folder = await makeTempFolder();
    root = path.join(folder.path, 'manifests');
    await mkdir(root);
    files = createDirectory({ root, clock: systemClock, log: silentLog });
    hints = 0;
    subscription = files.changes$.subscribe(() => (hints += 1));
  });
  afterEach(async () => {
    subscription.unsubscribe();
    await files.close();
    await folder.remove();
  });

  const at = (...names: string[]): string => path.join(root, ...names);
  const scan = async (): Promise<readonly FileEntry[]> => {
    const result = await files.scan();
    if (!result.ok) throw new Error(result.reason);
    return result.entries;
  };
  const texts = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await scan()).map((entry) => [entry.path, entry.kind === 'file' ? entry.content.toString() : `${entry.code}: ${entry.reason}`]),
    );

  it('reads all manifests below it, and nothing else', async () => {
    await mkdir(at('b/c'), { recursive: true });
    await mkdir(at('.git'));
    for (const name of ['a.yaml', 'b/x.yml', 'b/c/y.json', 'b/README.md', '.hidden.yaml', '.git/z.yaml', 'a.yaml~', 'a.yaml.swp'])
      await writeFile(at(name), name);
    expect(await texts()).to.deep.equal({ 'a.yaml': 'a.yaml', 'b/c/y.json': 'b/c/y.json', 'b/x.yml': 'b/x.yml' });
  });

  it('reads a file again only when it has changed', async () => {
    await writeFile(at('a.yaml'), '1');
    await writeFile(at('b.yaml'), '1');
    const [a, b] = await scan();
    await writeFile(at('b.yaml'), '2');
    const [again, changed] = await scan();
    expect(again).to.equal(a);
    expect(changed).to.not.equal(b);
    await utimes(at('a.yaml'), 1, 1);
    expect((await scan())[0], 'another time, perhaps another content').to.not.equal(a);
  });

  it('does not read a file while it is being written (fault 1)', async () => {
    await writeFile(at('a.yaml'), 'whole: 1\n');
    await pause(50);
    expect(await texts()).to.deep.equal({ 'a.yaml': 'whole: 1\n' });
    let writing = true;
    const writer = (async () => {
      await truncate(at('a.yaml'), 0);
      for (let i = 0; writing; i += 1) {
        await appendFile(at('a.yaml'), `line${i}: 1\n`);
        await pause(5);
      }
    })();
    expect(await texts()).to.deep.equal({ 'a.yaml': 'whole: 1\n' });
    writing = false;
    await writer;
    await eventually(async () => expect((await texts())['a.yaml']).to.contain('line0'));
    expect(hints).to.be.greaterThan(0);
  });

  it('hints once and soon at a file saved by atomic rename, and sees it whole (fault 3)', async () => {
    await writeFile(at('a.yaml'), 'old');
    await pause(300);
    hints = 0;
    const started = performance.now();
    await writeFile(at('.a.tmp'), 'new');
    await rename(at('.a.tmp'), at('a.yaml'));
    await eventually(() => expect(hints).to.be.greaterThan(0));
    expect(await texts()).to.deep.equal({ 'a.yaml': 'new' });
    expect(performance.now() - started, 'from save to content').to.be.lessThan(200);
    await pause(300);
    expect(hints).to.be.lessThan(3);
  });

  it('follows a ConfigMap whose ..data link is swapped, reading each file once (fault 4)', async () => {
    for (const version of ['1', '2']) {
      await mkdir(at(`..v${version}`));
      await writeFile(at(`..v${version}`, 'web.yaml'), version);
    }
    await symlink('..v1', at('..data'));
    await symlink('..data/web.yaml', at('web.yaml'));
    expect(await texts()).to.deep.equal({ 'web.yaml': '1' });
    await pause(300);
    hints = 0;
    await symlink('..v2', at('..data_tmp'));
    await rename(at('..data_tmp'), at('..data'));
    await eventually(() => expect(hints).to.be.greaterThan(0));
    expect(await texts()).to.deep.equal({ 'web.yaml': '2' });
  });

  it('refuses links out of the directory, and tells nothing of what they lead to (fault 5)', async () => {
    await writeFile(path.join(folder.path, 'secret'), 'password');
    await mkdir(path.join(folder.path, 'outside'));
    await writeFile(path.join(folder.path, 'outside', 'x.yaml'), 'password');
    await symlink('/etc/shadow', at('shadow.yaml'));
    await symlink('../secret', at('secret.yaml'));
    await symlink('../outside', at('outside'));
    const result = JSON.stringify(await texts());
    expect(await texts()).to.deep.equal({
      outside: 'DSW_SOURCE_REFUSED: is a link that leads out of the directory',
      'secret.yaml': 'DSW_SOURCE_REFUSED: is a link that leads out of the directory',
      'shadow.yaml': 'DSW_SOURCE_REFUSED: is a link that leads out of the directory',
    });
    expect(result).to.not.contain('password');
  });

  it('skips loops, links to nothing, pipes, sockets, devices and folders named like manifests, and blocks on none (fault 6)', async () => {
    await symlink('loop.yaml', at('loop.yaml'));
    await symlink('nothing.yaml', at('dangling.yaml'));
    await symlink('.', at('self'));
    await mkdir(at('folder.yaml'));
    execFileSync('mkfifo', [at('pipe.yaml')]);
    const server = createServer().listen(at('socket.yaml'));
    await new Promise((resolve) => server.once('listening', resolve));
    await symlink('/dev/zero', at('zero.yaml'));
    await writeFile(at('good.yaml'), 'good');
    const started = performance.now();
    const found = await texts();
    expect(performance.now() - started).to.be.lessThan(1000);
    expect(found).to.deep.equal({
      'dangling.yaml': 'DSW_SOURCE_REFUSED: is a link that leads nowhere',
      'folder.yaml': 'DSW_SOURCE_REFUSED: is a folder',
      'good.yaml': 'good',
      'loop.yaml': 'DSW_SOURCE_REFUSED: is a link that leads back to itself',
      'pipe.yaml': 'DSW_SOURCE_REFUSED: is a pipe, not a regular file',
      'socket.yaml': 'DSW_SOURCE_REFUSED: is a socket, not a regular file',
      'zero.yaml': 'DSW_SOURCE_REFUSED: is a link that leads out of the directory',
    });
    await new Promise((resolve) => server.close(resolve));
  });

  it('reads what is linked inside the directory once, under its own name', async () => {
    await mkdir(at('real'));
    await writeFile(at('real/a.yaml'), 'a');
    await symlink('real/a.yaml', at('a-link.yaml'));
    await symlink('real', at('also'));
    expect(await texts()).to.deep.equal({ 'real/a.yaml': 'a' });
  });

  it('says so when it is not there, and goes on when it is back (fault 7)', async () => {
    await writeFile(at('a.yaml'), '1');
    await scan();
    await rm(root, { recursive: true });
    expect(await files.scan()).to.deep.equal({ ok: false, reason: 'it is not there' });
    await pause(100);
    await mkdir(root);
    await writeFile(at('a.yaml'), '2');
    hints = 0;
    await eventually(() => expect(hints).to.be.greaterThan(0));
    expect(await texts()).to.deep.equal({ 'a.yaml': '2' });
    // The new directory is watched, too.
    await pause(1200);
    hints = 0;
    await writeFile(at('b.yaml'), '3');
    await eventually(() => expect(hints).to.be.greaterThan(0), 900);
  });

  it('says so when it is a file', async () => {
    const other = createDirectory({ root: path.join(folder.path, 'x.yaml'), clock: systemClock, log: silentLog });
    await writeFile(path.join(folder.path, 'x.yaml'), '');
    expect(await other.scan()).to.deep.equal({ ok: false, reason: 'it is not a directory' });
    await other.close();
  });

  it('sees an empty directory as read and empty (fault 8)', async () => {
    expect(await files.scan()).to.deep.equal({ ok: true, entries: [] });
  });

  it('gathers a storm of 2,000 files into few hints, and ends with what is there (fault 9)', async function () {
    this.timeout(30_000);
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(Array.from({ length: 2000 }, (_, i) => writeFile(at(`f${i}.yaml`), `${round}`)));
    }
    await pause(400);
    const entries = await scan();
    expect(entries).to.have.length(2000);
    expect(entries.every((entry) => entry.kind === 'file' && entry.content.toString() === '2')).to.equal(true);
    expect(hints).to.be.lessThan(60);
    const started = performance.now();
    const again = await scan();
    expect(again[0]).to.equal(entries[0]);
    expect(performance.now() - started, 'a scan that reads nothing').to.be.lessThan(1500);
  });

  it('hints periodically, so that a lost event is found all the same (fault 10)', async () => {
    const other = createDirectory({ root, clock: systemClock, log: silentLog, rescanMs: 50 });
    let told = 0;
    const counting = other.changes$.subscribe(() => (told += 1));
    await eventually(() => expect(told).to.be.greaterThan(2));
    counting.unsubscribe();
    await other.close();
  });

  it('refuses what is too large before reading it (fault 20)', async () => {
    await writeFile(at('big.yaml'), '');
    await truncate(at('big.yaml'), 100 * 1024 * 1024);
    const before = process.memoryUsage().rss;
    expect((await texts())['big.yaml']).to.contain('has 104857600 bytes; at most 1048576 are read');
    expect(process.memoryUsage().rss - before).to.be.lessThan(50 * 1024 * 1024);
  });

  it('names a file or folder that cannot be read', async function () {
    await writeFile(at('a.yaml'), '1');
    await chmod(at('a.yaml'), 0o000);
    const found = await texts();
    // Root reads whatever it likes.
    expect(found['a.yaml']).to.equal(process.getuid?.() === 0 ? '1' : 'DSW_SOURCE_UNREADABLE: cannot be read (EACCES)');
  });

  describe('writing', () => {
    it('replaces a file at once, keeps its mode, and makes folders', async () => {
      await writeFile(at('a.yaml'), 'old', { mode: 0o640 });
      await files.write('a.yaml', 'new');
      await files.write('nodes/h1.yaml', 'node');
      expect((await stat(at('a.yaml'))).mode & 0o777).to.equal(0o640);
      expect(await texts()).to.deep.equal({ 'a.yaml': 'new', 'nodes/h1.yaml': 'node' });
    });
    it('removes a file, and one that is not there', async () => {
      await writeFile(at('a.yaml'), '1');
      await files.remove('a.yaml');
      await files.remove('a.yaml');
      expect(await texts()).to.deep.equal({});
    });
    it('writes nothing outside, through links, or that is no manifest', async () => {
      await writeFile(path.join(folder.path, 'x.yaml'), 'outside');
      await symlink('../x.yaml', at('link.yaml'));
      await symlink('..', at('up'));
      for (const name of ['../x.yaml', '/etc/x.yaml', 'link.yaml', 'up/x.yaml', 'a.txt', '.a.yaml', 'a/../../x.yaml']) {
        const error: unknown = await files.write(name, 'mine').catch((reason: unknown) => reason);
        expect(error, name).to.have.property('code', 'DSW_SOURCE_WRITE');
      }
      expect(await readFile(path.join(folder.path, 'x.yaml'), 'utf8')).to.equal('outside');
    });
  });

  it('sees removals', async () => {
    await writeFile(at('a.yaml'), '1');
    await scan();
    await pause(300);
    hints = 0;
    await unlink(at('a.yaml'));
    await eventually(() => expect(hints).to.be.greaterThan(0));
    expect(await texts()).to.deep.equal({});
  });
});
