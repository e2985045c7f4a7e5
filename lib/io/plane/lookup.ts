import { lookup } from 'node:dns/promises';

export type Family = 4 | 6;
export type Resolve = (host: string, family: Family) => Promise<string>;

/** By the system's resolver and its hosts file. */
const bySystem: Resolve = async (host, family) => (await lookup(host, { family })).address;

/**
 * The address that a name stands for: of IPv4, which tunnels cost less with, or else of IPv6. Undefined: it has none, or nobody can say now;
 * a resolver that is away must not make a host of both look like one of IPv6 (fault 72).
 */
export async function lookUp(host: string, resolve: Resolve = bySystem): Promise<string | undefined> {
  for (const family of [4, 6] as const) {
    try {
      return await resolve(host, family);
    } catch (error) {
      const { syscall, code } = error as NodeJS.ErrnoException;
      // Whatever the resolver lacks, it tells by a code of its own; anything else is a bug.
      if (syscall !== 'getaddrinfo') throw error;
      if (code !== 'ENOTFOUND') return undefined;
    }
  }
  return undefined;
}
