import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import type { JsonObject, Kind } from '../types/objects.ts';
import { SCHEMAS } from './kinds.ts';
import { COMMON_SCHEMA } from './shared-schema.ts';

const EXTENSIONS = ['x-dswarm'];

/** Defaults are applied by defaults.ts: ajv leaves those in branches of anyOf out. Patterns are ours, never a user's (fault 23). */
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, verbose: true, validateFormats: false });
ajv.addVocabulary(EXTENSIONS);
ajv.addSchema(COMMON_SCHEMA);
// Without a base of its own, a schema's references (dswarm/v1/common#...) are taken as they stand.
for (const [kind, schema] of Object.entries(SCHEMAS)) ajv.addSchema({ ...schema, $id: kind });

/** What ajv finds wrong with an object. The schema of a kind is compiled at its first use. */
export function findSchemaErrors(kind: Kind, value: JsonObject): ErrorObject[] {
  const validate = ajv.getSchema(kind);
  if (validate === undefined) throw new Error(`no schema for ${kind}`);
  return validate(value) === true ? [] : [...(validate.errors ?? [])];
}
