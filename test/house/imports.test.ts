import path from 'node:path';
import { expect } from 'chai';
import { cruise, type Violation } from './cruise.ts';
import { plantTree, root } from './tree.ts';

/** rule -> the file that breaks it and what it imports. */
const PLANTED: Record<string, [file: string, text: string]> = {
  resolvable: ['lib/plan/lost.ts', "import './nowhere.ts';\n"],
  'declared-packages': ['lib/runtime/dev.ts', "import 'fast-check';\n"],
  'not-to-tests': ['lib/runtime/fake.ts', "import '../../test/fake.ts';\n"],
  'types-import-nothing': ['lib/types/low.ts', "import '../errors/thing.ts';\n"],
  'errors-import-types': ['lib/errors/low.ts', "import '../plan/thing.ts';\n"],
  'ports-are-interfaces': ['lib/ports/low.ts', "import '../plan/thing.ts';\n"],
  'pure-imports-pure': ['lib/schedule/disk.ts', "import 'node:fs';\n"],
  'pure-uses-ports-as-types': ['lib/rollout/wait.ts', "import { sleep } from '../ports/thing.ts';\nsleep();\n"],
  'runtime-below-controllers': ['lib/apply/up.ts', "import '../../controllers/thing.ts';\n"],
  'io-serves-ports': ['lib/io/store/up.ts', "import '../../apply/thing.ts';\n"],
  'controllers-below-edges': ['controllers/up.ts', "import '../lib/api/thing.ts';\n"],
  'client-speaks-http': ['lib/client/short.ts', "import '../io/thing.ts';\n"],
  'api-below-cli': ['lib/api/up.ts', "import '../client/thing.ts';\n"],
  'cli-is-the-top': ['lib/telemetry/up.ts', "import '../cli/thing.ts';\n"],
  'io-made-at-the-edges': ['controllers/manager.ts', "import { thing } from '../lib/io/thing.ts';\nthing();\n"],
  'telemetry-made-at-the-edges': ['lib/runtime/log.ts', "import { thing } from '../telemetry/thing.ts';\nthing();\n"],
  'dockerode-in-io-docker': ['lib/io/hosts/docker.ts', "import 'dockerode';\n"],
  'ssh2-in-io-ssh': ['lib/io/docker/ssh.ts', "import 'ssh2';\n"],
  'lmdb-in-io-store': ['lib/api/data.ts', "import 'lmdb';\n"],
  'chokidar-in-io-files': ['controllers/watch.ts', "import 'chokidar';\n"],
  'fastify-in-api': ['controllers/serve.ts', "import 'fastify';\n"],
  'pino-and-prom-client-in-telemetry': ['lib/api/numbers.ts', "import 'prom-client';\n"],
  'completion-in-one-file': ['lib/cli/get.ts', "import '@bomb.sh/tab';\n"],
  'croner-in-cron': ['lib/jobs/when.ts', "import 'croner';\n"],
  'commander-in-cli': ['lib/client/parse.ts', "import 'commander';\n"],
  'client-commands-start-light': ['lib/cli/wait.ts', "import 'rxjs';\n"],
};

const CLEAN: Record<string, string> = {
  'lib/plan/hash.ts': "import 'node:crypto';\nimport 'safe-stable-stringify';\nimport '../errors/thing.ts';\n",
  'lib/manifest/shape.ts': "import type { Thing } from '../ports/thing.ts';\nimport 'yaml';\nimport 'ajv';\nexport type Shape = Thing;\n",
  'lib/cli/run-controller.ts': "import '../io/thing.ts';\nimport '../telemetry/thing.ts';\nimport '../../controllers/thing.ts';\n",
  'controllers/typed.ts': "import type { Thing } from '../lib/io/thing.ts';\nexport type Typed = Thing;\n",
  'lib/cli/controller.ts': "export const load = (): Promise<unknown> => import('rxjs');\n",
  'lib/io/docker/engine.ts': "import 'dockerode';\n",
};

const THING = 'export interface Thing { id: string }\nexport const thing = (): void => undefined;\nexport const sleep = thing;\n';
const THINGS = [
  'lib/errors',
  'lib/plan',
  'lib/ports',
  'lib/apply',
  'lib/api',
  'lib/io',
  'lib/client',
  'lib/cli',
  'lib/telemetry',
  'controllers',
];

describe('import directions', function () {
  this.timeout(60_000);
  let violations: Violation[] = [];

  before(async () => {
    const tree = plantTree({
      ...Object.fromEntries(Object.values(PLANTED)),
      ...CLEAN,
      ...Object.fromEntries(THINGS.map((folder) => [`${folder}/thing.ts`, THING])),
      'test/fake.ts': THING,
      'lib/merge/a.ts': "import { b } from './b.ts';\nexport const a = (): unknown => b;\n",
      'lib/merge/b.ts': "import { a } from './a.ts';\nexport const b = (): unknown => a;\n",
    });
    try {
      violations = (await cruise(tree.folder, ['lib', 'controllers'])).violations;
    } finally {
      tree.remove();
    }
  });

  for (const [rule, [file]] of Object.entries(PLANTED)) {
    it(`${rule} catches ${file}`, () => {
      expect(violations.filter((violation) => violation.from === file).map((violation) => violation.rule.name)).to.include(rule);
    });
  }

  it('no-cycles catches two files that import each other', () => {
    expect(violations.filter((violation) => violation.rule.name === 'no-cycles').map((violation) => violation.from)).to.include(
      'lib/merge/a.ts',
    );
  });

  it('every rule has a planted violation', async () => {
    const config = (await import(path.join(root, '.dependency-cruiser.cjs'))) as { default: { forbidden: { name: string }[] } };
    expect(config.default.forbidden.map((rule) => rule.name)).to.have.members([...Object.keys(PLANTED), 'no-cycles']);
  });

  it('lets through what the rules allow', () => {
    expect(violations.filter((violation) => violation.from in CLEAN)).to.deep.equal([]);
  });
});
