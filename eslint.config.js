import tseslint from 'typescript-eslint';

/** Decide only: no I/O, no clock, no randomness (ARCHITECTURE.md, invariant 1). */
const PURE = [
  'manifest',
  'source',
  'plan',
  'schedule',
  'rollout',
  'restart',
  'history',
  'jobs',
  'cron',
  'conditions',
  'dataplane',
  'ipam',
  'network',
  'publish',
  'merge',
  'types',
  'errors',
].map((folder) => `lib/${folder}/**/*.ts`);

/** Live in time, but by the Clock port, so that tests turn the clock instead of waiting for it. */
const CLOCKED = ['lib/runtime/**/*.ts', 'lib/apply/**/*.ts', 'controllers/**/*.ts'];

const TESTS = ['test/**/*.ts'];
const TOOLS = ['scripts/**/*.ts', 'bench/**/*.ts'];

const TIMERS = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask'];

const restrictedGlobals = (names, message) => ['error', ...names.map((name) => ({ name, message }))];

/** `new Date(ms)`, `Date.parse` and `Date.UTC` only compute; everything else about Date reads the clock. */
const CLOCK_READS = [
  'NewExpression[callee.name="Date"][arguments.length=0]',
  'CallExpression[callee.name="Date"]',
  'MemberExpression[object.name="Date"]:not([property.name=/^(parse|UTC)$/])',
  'VariableDeclarator[init.name="Date"]',
].map((selector) => ({ selector, message: 'Time comes from the Clock port (or as a `now` argument).' }));

const RANDOM_READS = ['MemberExpression[object.name="Math"][property.name="random"]', 'Identifier[name="crypto"]'].map((selector) => ({
  selector,
  message: 'Randomness comes from the Ids port.',
}));

const DEFAULT_EXPORTS = ['ExportDefaultDeclaration', 'ExportSpecifier[exported.name="default"]'].map((selector) => ({
  selector,
  message: 'Named exports only: a thing has one name everywhere.',
}));

const MUTABLE_MODULE_STATE = [
  {
    selector: 'Program > VariableDeclaration[kind="let"], Program > ExportNamedDeclaration > VariableDeclaration[kind="let"]',
    message: 'No mutable module state: two instances in one process must not meet.',
  },
];

const NODE_RANDOM = {
  group: ['node:crypto', 'crypto'],
  importNames: ['randomBytes', 'randomUUID', 'randomInt', 'randomFill', 'randomFillSync', 'webcrypto', 'getRandomValues', 'default'],
  message: 'Randomness comes from the Ids port; node:crypto is here for hashes only.',
};

/** Invariant 18: what starts a program gives it a list of arguments, never a line for a shell. */
const SHELL = {
  group: ['node:child_process', 'child_process'],
  importNames: ['exec', 'execSync', 'default'],
  message: 'No shell: execFile or spawn with a list of arguments.',
};

const SHELL_OPTIONS = [{ selector: 'Property[key.name="shell"] > Literal[value=true].value', message: 'No shell: a list of arguments.' }];

/** Node's own modules that a pure folder has no business with: all but hashing. */
const NODE_IO = {
  regex: '^(node:(?!crypto$)|(fs|os|net|http|https|tls|dns|child_process|worker_threads|process|timers|path|stream|events|util)(/|$))',
  message: 'This folder decides; I/O goes through a port.',
};

const general = {
  'array-callback-return': 'error',
  // A switch over a union counts once: it is one decision.
  complexity: ['error', { max: 12, variant: 'modified' }],
  'default-case-last': 'error',
  eqeqeq: 'error',
  'max-depth': ['error', 3],
  'max-lines': ['error', 400],
  'max-params': ['error', 4],
  'no-console': 'error',
  'no-constant-condition': ['error', { checkLoops: 'allExceptWhileTrue' }],
  'no-control-regex': 'off',
  'no-empty': 'error',
  'no-else-return': 'error',
  'no-eval': 'error',
  'no-new-func': 'error',
  'no-param-reassign': 'error',
  'no-promise-executor-return': 'off',
  'no-return-assign': 'error',
  'no-self-compare': 'error',
  'no-throw-literal': 'off',
  'no-unreachable-loop': 'error',
  'no-useless-return': 'error',
  'no-var': 'error',
  'object-shorthand': ['error', 'properties'],
  'prefer-const': 'error',
  'no-restricted-syntax': ['error', ...DEFAULT_EXPORTS, ...MUTABLE_MODULE_STATE],
};

const typed = {
  '@typescript-eslint/consistent-type-imports': ['error', { prefer: 'type-imports', fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/explicit-module-boundary-types': 'error',
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  // `string | 'absent'` tells the reader more than `string`.
  '@typescript-eslint/no-redundant-type-constituents': 'off',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
  '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/return-await': ['error', 'in-try-catch'],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
};

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'coverage/', '.lab/', '.demo/', 'lib/types/generated.ts', '**/*.js', '**/*.cjs', '**/*.mjs'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: { ...general, ...typed },
  },
  {
    files: ['lib/**/*.ts', 'controllers/**/*.ts'],
    rules: {
      'no-restricted-imports': ['error', { patterns: [SHELL] }],
      'no-restricted-syntax': ['error', ...DEFAULT_EXPORTS, ...MUTABLE_MODULE_STATE, ...SHELL_OPTIONS],
    },
  },
  {
    files: PURE,
    rules: {
      'no-restricted-globals': restrictedGlobals(
        [...TIMERS, 'process', 'performance', 'console', 'fetch', 'crypto'],
        'This folder decides; time, randomness, environment and output come from outside.',
      ),
      'no-restricted-syntax': ['error', ...DEFAULT_EXPORTS, ...MUTABLE_MODULE_STATE, ...SHELL_OPTIONS, ...CLOCK_READS, ...RANDOM_READS],
      'no-restricted-imports': ['error', { patterns: [NODE_IO, NODE_RANDOM] }],
    },
  },
  {
    // A table: one row an error, one column a property.
    files: ['lib/errors/definition.ts'],
    rules: { 'max-params': ['error', 5] },
  },
  {
    files: CLOCKED,
    rules: {
      'no-restricted-globals': restrictedGlobals(
        [...TIMERS, 'performance', 'process'],
        'Time comes from the Clock port, settings from the caller.',
      ),
      'no-restricted-syntax': ['error', ...DEFAULT_EXPORTS, ...MUTABLE_MODULE_STATE, ...SHELL_OPTIONS, ...CLOCK_READS, ...RANDOM_READS],
      'no-restricted-imports': [
        'error',
        { patterns: [SHELL, NODE_RANDOM, { regex: '^node:(timers|perf_hooks)', message: 'Time comes from the Clock port.' }] },
      ],
    },
  },
  {
    files: TESTS,
    rules: {
      // A suite is one long function and a chai assertion is an expression.
      '@typescript-eslint/no-unused-expressions': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      'max-depth': ['error', 4],
    },
  },
  {
    files: [...TESTS, ...TOOLS],
    rules: { 'no-console': 'off', '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
);
