import { admit, type Admission } from '../../lib/manifest/admit.ts';
import { parseManifests } from '../../lib/manifest/parse.ts';
import { PRIVILEGED, type Policy } from '../../lib/manifest/policy.ts';
import type { Service } from '../../lib/types/generated.ts';
import type { Admitted } from '../../lib/types/objects.ts';

/** A service's manifest, with more lines of spec (already indented by two). */
export function serviceText(name: string, spec = '', namespace = 'default'): string {
  return `apiVersion: dswarm/v1\nkind: Service\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\nspec:\n  image: nginx:1.27\n${spec}`;
}

export function admitText(text: string, policy: Policy = PRIVILEGED, previous?: Admitted): Admission {
  const { documents, errors } = parseManifests(text, 'f.yaml');
  const [document] = documents;
  if (document === undefined) return { errors };
  return admit(document, { policy, previous });
}

/** The object of a text that must be good. */
export function objectOf<T extends Admitted = Service>(text: string, policy: Policy = PRIVILEGED): T {
  const { object, errors } = admitText(text, policy);
  if (object === undefined) throw new Error(errors?.map((error) => error.text).join('\n'));
  return object as T;
}

/** The lines of all errors: `f.yaml:LINE:COLUMN: MESSAGE [CODE]`. */
export function errorLines(text: string | Buffer, policy: Policy = PRIVILEGED, previous?: Admitted): string[] {
  const { documents, errors } = parseManifests(text, 'f.yaml');
  const admitted = documents.flatMap((document) => admit(document, { policy, previous }).errors ?? []);
  return [...errors, ...admitted].map((error) => error.line);
}
