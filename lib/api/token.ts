import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Whether an Authorization header carries the token; takes as long whatever it carries. As a Bearer token, or as the password of Basic
 * authentication: kubectl sends no bearer tokens over plain HTTP, but it does send what stands in the URL of the server.
 */
export function isAuthorized(header: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(tokenIn(header ?? '')), digest(token));
}

function tokenIn(header: string): string {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return '';
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}

/** Of one length, as the comparison wants it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
