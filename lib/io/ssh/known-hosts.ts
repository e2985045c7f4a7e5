import { createHmac, timingSafeEqual } from 'node:crypto';
import { normalize, type HostKey } from './host-key.ts';

/** One line of known_hosts that concerns a host (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownKey extends HostKey {
  marker: 'none' | 'revoked' | 'cert-authority';
  /** 1-based. */
  line: number;
}

/** The lines that match a host and port, in order. Lines that make no sense are passed over, as OpenSSH does. */
export function findKnownKeys(text: string, host: string, port: number): KnownKey[] {
  const name = lookupName(host, port);
  return text.split('\n').flatMap((line, index) => {
    const parsed = parseLine(line);
    if (parsed === undefined || !matchesName(parsed.patterns, name)) return [];
    return [{ marker: parsed.marker, type: parsed.type, base64: parsed.base64, line: index + 1 }];
  });
}

/** The name a host has in known_hosts: bare for port 22, else `[host]:port`. */
export function lookupName(host: string, port: number): string {
  const lower = host.toLowerCase();
  return port === 22 ? lower : `[${lower}]:${String(port)}`;
}

interface Line extends HostKey {
  marker: KnownKey['marker'];
  patterns: string;
}

const MARKERS: Readonly<Record<string, KnownKey['marker']>> = { '@revoked': 'revoked', '@cert-authority': 'cert-authority' };

function parseLine(line: string): Line | undefined {
  const fields = line.trim().split(/\s+/);
  const first = fields[0] ?? '';
  if (first === '' || first.startsWith('#')) return undefined;
  const marker = first.startsWith('@') ? MARKERS[first] : 'none';
  const [patterns = '', type = '', base64 = ''] = marker === 'none' ? fields : fields.slice(1);
  if (marker === undefined || patterns === '' || base64 === '') return undefined;
  return { marker, patterns, type, base64: normalize(base64) };
}

function matchesName(patterns: string, name: string): boolean {
  if (patterns.startsWith('|')) return matchesHash(patterns, name);
  let matched = false;
  for (const pattern of patterns.split(',')) {
    const negated = pattern.startsWith('!');
    if (!matchesPattern(negated ? pattern.slice(1) : pattern, name)) continue;
    // One negated match rules the line out, whatever else matches.
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** `|1|SALT|HASH`: HMAC-SHA1 of the name with the salt as key, both in base64 (ssh-keygen -H). */
function matchesHash(field: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = field.split('|');
  if (version !== '1') return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function matchesPattern(pattern: string, name: string): boolean {
  const lower = pattern.toLowerCase();
  if (!/[*?]/.test(lower)) return lower === name;
  const source = lower
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`).test(name);
}
