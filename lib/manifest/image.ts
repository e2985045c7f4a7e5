// The grammar of distribution/reference, which the engine uses, with its messages; parts are matched one by one, so no pattern backtracks.
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const DOMAIN = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export const IMAGE_HINT = 'Write [REGISTRY/]NAME[:TAG][@DIGEST], such as nginx:1.27.';

/** What is wrong with an image reference, in the engine's words; undefined if nothing is. */
export function imageProblem(image: string): string | undefined {
  const [named, digest, ...more] = image.split('@');
  if (more.length > 0 || (digest !== undefined && !DIGEST.test(digest)))
    return 'invalid reference format: the digest must be sha256 and 64 hexadecimal digits';
  const { domain, path, tag } = splitName(named ?? '');
  if (path.length > 255) return 'invalid reference format: repository name must not be more than 255 characters';
  if (domain !== undefined && !DOMAIN.test(domain)) return 'invalid reference format: the registry is not a host name';
  if (/[A-Z]/.test(path)) return 'invalid reference format: repository name must be lowercase';
  if (!path.split('/').every((component) => COMPONENT.test(component))) return 'invalid reference format';
  if (tag !== undefined && !TAG.test(tag)) return 'invalid tag format';
  return undefined;
}

/** The first part is a registry if it looks like a host: with a dot or a port, or `localhost`. */
function splitName(named: string): { domain: string | undefined; path: string; tag: string | undefined } {
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const isDomain = first !== '' && (/[.:]/.test(first) || first === 'localhost');
  const rest = isDomain ? named.slice(slash + 1) : named;
  const colon = rest.indexOf(':');
  return {
    domain: isDomain ? first : undefined,
    path: colon < 0 ? rest : rest.slice(0, colon),
    tag: colon < 0 ? undefined : rest.slice(colon + 1),
  };
}
