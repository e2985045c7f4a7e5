/**
 * Fields that may hold a secret (invariant 16), at the depths where objects are logged. Secrets have no business in logs at all; this is
 * the net below, not the rule.
 */
const SECRET_FIELDS = [
  'password',
  'passphrase',
  'privateKey',
  'token',
  'confirmToken',
  'secret',
  'authorization',
  'env',
  'stringData',
  'data',
];

export const REDACTED_PATHS: readonly string[] = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`, `*.*.*.${field}`]);
