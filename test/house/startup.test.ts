import { expect } from 'chai';
import { cruise, loadedBy, type Module } from './cruise.ts';
import { root } from './tree.ts';

const HEAVY = /node_modules\/(dockerode|fastify|rxjs|ajv|ajv-formats|lmdb|ssh2|chokidar|pino|prom-client)\//;

describe('what a client command loads', function () {
  this.timeout(60_000);
  let modules: Module[] = [];

  before(async () => {
    modules = (await cruise(root, ['lib/cli', 'lib/client'])).modules;
  });

  it('follows static imports only', () => {
    const edge = (resolved: string, dynamic: boolean, type: string): Module['dependencies'][number] => ({
      resolved,
      dynamic,
      dependencyTypes: [type],
    });
    const tree: Module[] = [
      { source: 'a', dependencies: [edge('b', false, 'local'), edge('c', true, 'local'), edge('d', false, 'type-only')] },
      { source: 'b', dependencies: [edge('e', false, 'local'), edge('a', false, 'local')] },
    ];
    expect([...loadedBy('a', tree).keys()]).to.have.members(['a', 'b', 'e']);
    expect(loadedBy('a', tree).get('e')).to.deep.equal(['a', 'b', 'e']);
  });

  it('is light: nothing heavy is imported statically by the command line or the client', () => {
    // What a command imports dynamically, such as the controller itself, is loaded when it is needed.
    const entries = modules
      .map((module) => module.source)
      .filter((source) => /^lib\/(cli\/main\.ts|cli\/commands\/|client\/)/.test(source));
    expect(entries).to.include('lib/cli/main.ts');
    const heavy = entries.flatMap((entry) =>
      [...loadedBy(entry, modules)].filter(([file]) => HEAVY.test(file)).map(([, way]) => way.join(' -> ')),
    );
    expect(heavy).to.deep.equal([]);
  });
});
