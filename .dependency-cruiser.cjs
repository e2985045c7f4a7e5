/**
 * Imports go one way: types <- errors <- ports, pure <- runtime, apply <- controllers <- api, cli.
 * Adapters (lib/io) are made only at the edges and handed in. ARCHITECTURE.md says why; test/house proves each rule.
 */
const PURE = '^lib/(manifest|source|plan|schedule|rollout|conditions|dataplane|ipam|network|publish|merge|restart|history|jobs|cron)/';
const npm = (...names) => `(^|/)node_modules/(@types/)?(${names.join('|')})/`;

/** `from` may import only what `to` allows; `reason` is shown. */
const only = (name, from, to, comment) => ({ name, severity: 'error', comment, from: { path: from }, to: { pathNot: to } });

/** A package with one home: nobody else may know of it. */
const home = (name, packages, folders, comment = `Only ${folders.join(', ')} may import ${packages.join(', ')}.`) => ({
  name,
  severity: 'error',
  comment,
  from: { path: '^(lib|controllers)/', pathNot: folders },
  to: { path: npm(...packages) },
});

const rules = [
  {
    name: 'no-cycles',
    severity: 'error',
    comment: 'A cycle hides which part is the lower one.',
    from: { path: '^(lib|controllers)/' },
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only', 'dynamic-import'] } },
  },
  {
    name: 'resolvable',
    severity: 'error',
    comment: 'The import leads nowhere.',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'declared-packages',
    severity: 'error',
    comment: 'What ships may import only what package.json lists under dependencies.',
    from: { path: '^(lib|controllers)/' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'], pathNot: ['node_modules/@types/'] },
  },
  {
    name: 'not-to-tests',
    severity: 'error',
    comment: 'What ships knows nothing of tests and tools.',
    from: { path: '^(lib|controllers)/' },
    to: { path: '^(test|scripts|bench)/' },
  },
  only('types-import-nothing', '^lib/types/', ['^lib/types/'], 'lib/types is the ground floor.'),
  only('errors-import-types', '^lib/errors/', ['^lib/(types|errors)/'], 'lib/errors stands on lib/types alone.'),
  only(
    'ports-are-interfaces',
    '^lib/ports/',
    ['^lib/(types|errors|ports)/', npm('rxjs'), '^(node:)?stream$'],
    'A port names shapes; what serves it is in lib/io.',
  ),
  only(
    'pure-imports-pure',
    PURE,
    [
      PURE,
      '^lib/(types|errors|ports)/',
      '^schemas/',
      npm('yaml', 'ajv', 'ajv-formats', 'safe-stable-stringify', 'diff', 'rfc6902', 'croner'),
      '^(node:)?crypto$',
    ],
    'A pure folder decides: no I/O, no runtime, no adapter.',
  ),
  {
    name: 'pure-uses-ports-as-types',
    severity: 'error',
    comment: 'A pure folder may name the shapes of a port, never call one.',
    from: { path: PURE },
    to: { path: '^lib/ports/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'runtime-below-controllers',
    severity: 'error',
    comment: 'lib/runtime and lib/apply are handed their ports.',
    from: { path: '^lib/(runtime|apply)/' },
    to: { path: ['^controllers/', '^lib/(io|api|cli|client)/'] },
  },
  {
    name: 'io-serves-ports',
    severity: 'error',
    comment: 'An adapter knows its port and what is pure; it decides nothing.',
    from: { path: '^lib/io/' },
    to: { path: ['^controllers/', '^lib/(apply|api|cli|client)/'] },
  },
  {
    name: 'controllers-below-edges',
    severity: 'error',
    comment: 'Controllers do not know who looks at them.',
    from: { path: '^controllers/' },
    to: { path: '^lib/(api|cli|client)/' },
  },
  {
    name: 'client-speaks-http',
    severity: 'error',
    comment: 'The client reaches the controller through its API alone.',
    from: { path: '^lib/client/' },
    to: { path: ['^controllers/', '^lib/(io|api|cli|runtime|apply)/'] },
  },
  {
    name: 'api-below-cli',
    severity: 'error',
    comment: 'The API does not know the command line or the client.',
    from: { path: '^lib/api/' },
    to: { path: '^lib/(cli|client)/' },
  },
  {
    name: 'cli-is-the-top',
    severity: 'error',
    comment: 'Nothing is built on the command line.',
    from: { path: '^(lib|controllers)/', pathNot: '^lib/cli/' },
    to: { path: '^lib/cli/' },
  },
  {
    name: 'io-made-at-the-edges',
    severity: 'error',
    comment: 'Adapters are constructed by the command line (run-controller.ts) and tests, and handed in.',
    from: { path: '^(lib|controllers)/', pathNot: '^lib/(io|cli)/' },
    to: { path: '^lib/io/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'telemetry-made-at-the-edges',
    severity: 'error',
    comment: 'Logs and metrics are ports; their adapters are made at the edges.',
    from: { path: '^(lib|controllers)/', pathNot: '^lib/(telemetry|cli)/' },
    to: { path: '^lib/telemetry/', pathNot: '^lib/telemetry/definitions\\.ts$', dependencyTypesNot: ['type-only'] },
  },
  home('dockerode-in-io-docker', ['dockerode', 'docker-modem'], ['^lib/io/docker/']),
  home('ssh2-in-io-ssh', ['ssh2', 'ssh-config'], ['^lib/io/ssh/']),
  home('lmdb-in-io-store', ['lmdb'], ['^lib/io/store/']),
  home('chokidar-in-io-files', ['chokidar'], ['^lib/io/files/']),
  home('fastify-in-api', ['fastify', '@fastify/[^/]+', 'light-my-request'], ['^lib/api/']),
  home('pino-and-prom-client-in-telemetry', ['pino', 'prom-client'], ['^lib/telemetry/']),
  home('completion-in-one-file', ['@bomb[.]sh/tab'], ['^lib/cli/(commands/)?complet(e|ion)[a-z-]*\\.ts$']),
  home('croner-in-cron', ['croner'], ['^lib/cron/']),
  home('commander-in-cli', ['commander'], ['^lib/cli/']),
  {
    name: 'client-commands-start-light',
    severity: 'error',
    comment: 'A client command answers in under 200 ms: what is heavy is imported when it is needed.',
    from: { path: '^lib/(cli|client)/' },
    to: { path: npm('dockerode', 'fastify', 'rxjs', 'ajv', 'ajv-formats'), dynamic: false, dependencyTypesNot: ['type-only'] },
  },
];

module.exports = {
  forbidden: rules,
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|\\.lab|\\.demo)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
    combinedDependencies: false,
  },
};
