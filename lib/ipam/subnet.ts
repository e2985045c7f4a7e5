/** An IPv4 subnet: base as an unsigned 32-bit number, prefix 0-32. */
export interface Subnet {
  base: number;
  prefix: number;
}

/** RFC 1918 and the shared space of RFC 6598. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'];

/** `10.0.0.1` as an unsigned 32-bit number; undefined where it is no dotted quad in its shortest form. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** `10.0.0.0/24`; undefined where it is no subnet or has bits set beyond its prefix. */
export function parseSubnet(text: string): Subnet | undefined {
  const match = /^([0-9.]+)\/(0|[1-9][0-9]?)$/.exec(text);
  const base = parseAddress(match?.[1] ?? '');
  const prefix = Number(match?.[2]);
  if (base === undefined || prefix > 32 || base % sizeOf(prefix) !== 0) return undefined;
  return { base, prefix };
}

export function formatSubnet({ base, prefix }: Subnet): string {
  return `${formatAddress(base)}/${prefix}`;
}

/** How many addresses a prefix spans. */
export function sizeOf(prefix: number): number {
  return 2 ** (32 - prefix);
}

export function overlaps(a: Subnet, b: Subnet): boolean {
  return a.base < b.base + sizeOf(b.prefix) && b.base < a.base + sizeOf(a.prefix);
}

export function contains(outer: Subnet, inner: Subnet): boolean {
  return outer.prefix <= inner.prefix && overlaps(outer, inner);
}

/** What is no address is in no subnet. */
export function holdsAddress(subnet: Subnet, text: string): boolean {
  const base = parseAddress(text);
  return base !== undefined && contains(subnet, { base, prefix: 32 });
}

export function isPrivate(subnet: Subnet): boolean {
  return PRIVATE.some((text) => {
    const range = parseSubnet(text);
    return range !== undefined && contains(range, subnet);
  });
}
