import { DswarmError } from '../../errors/error.ts';
import { fingerprint, type HostKey } from './host-key.ts';
import { lookupName, type KnownKey } from './known-hosts.ts';

/** What is known of a host's key before it shows one. */
export interface Trust {
  /** The node, for messages. */
  where: string;
  host: string;
  port: number;
  /** From the manifest: then nothing else counts. */
  pinned?: HostKey | undefined;
  /** From known_hosts, with the file each stands in. */
  known: readonly (KnownKey & { file: string })[];
}

/** The key types to ask the host for first. */
export function knownTypes(trust: Trust): string[] {
  if (trust.pinned !== undefined) return [trust.pinned.type];
  return [...new Set(trust.known.filter((key) => key.marker === 'none').map((key) => key.type))];
}

/** Undefined if the host may be trusted; else why not. There is no way to trust a key at first sight. */
export function judgeHostKey(trust: Trust, shown: HostKey): DswarmError | undefined {
  const revoked = trust.known.find((key) => key.marker === 'revoked' && key.base64 === shown.base64);
  if (revoked !== undefined) {
    return refuse('DSW_SSH_HOST_KEY_REVOKED', { trust, shown }, `the host key is revoked in ${place(revoked)}`);
  }
  if (trust.pinned !== undefined) {
    if (trust.pinned.base64 === shown.base64) return undefined;
    return refuse('DSW_SSH_HOST_KEY_CHANGED', { trust, shown }, 'the host key is not the pinned one', describe(trust.pinned));
  }
  const plain = trust.known.filter((key) => key.marker === 'none');
  if (plain.some((key) => key.base64 === shown.base64)) return undefined;
  const [first] = plain;
  if (first === undefined) return unknown({ trust, shown });
  const expected = plain.map(describe).join(' or ');
  return refuse('DSW_SSH_HOST_KEY_CHANGED', { trust, shown }, `the host key is not the one in ${place(first)}`, expected);
}

interface Case {
  trust: Trust;
  shown: HostKey;
}

function unknown(given: Case): DswarmError {
  const { trust } = given;
  const name = lookupName(trust.host, trust.port);
  const authority = trust.known.find((key) => key.marker === 'cert-authority');
  if (authority === undefined) {
    return refuse('DSW_SSH_HOST_KEY_UNKNOWN', given, `the host key is neither pinned nor in known_hosts under ${name}`);
  }
  const message = `${place(authority)} trusts a certificate authority for ${name}, but host certificates are not supported`;
  return refuse('DSW_SSH_HOST_KEY_UNKNOWN', given, message);
}

type TrustCode = 'DSW_SSH_HOST_KEY_UNKNOWN' | 'DSW_SSH_HOST_KEY_CHANGED' | 'DSW_SSH_HOST_KEY_REVOKED';

function refuse(code: TrustCode, { trust, shown }: Case, message: string, expected?: string): DswarmError {
  return new DswarmError(code, message, { where: trust.where, expected, found: describe(shown) });
}

function describe(key: HostKey): string {
  return `${key.type} ${fingerprint(key.base64)}`;
}

function place(key: KnownKey & { file: string }): string {
  return `${key.file}:${String(key.line)}`;
}
