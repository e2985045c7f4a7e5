/** An IP address as a number, and how many bits it has. */
interface Address {
  bits: 32 | 128;
  value: bigint;
}

/** Undefined where the text is not an IPv4 or IPv6 address. An IPv4 address in IPv6 form (::ffff:10.0.0.1) is the IPv4 address. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) return parseV4(text);
  const value = parseV6(text);
  if (value === undefined) return undefined;
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

/** Whether `range` (an address, or ADDRESS/BITS) holds `address`; undefined where the range is malformed. */
export function rangeHolds(range: string, address: string): boolean | undefined {
  const [base, length, ...rest] = range.split('/') as [string, string?, ...string[]];
  const network = parseAddress(base);
  if (network === undefined || rest.length > 0) return undefined;
  const prefix = length === undefined ? network.bits : parsePrefix(length, network.bits);
  if (prefix === undefined) return undefined;
  const actual = parseAddress(address);
  if (actual?.bits !== network.bits) return false;
  const hostBits = BigInt(network.bits - prefix);
  return actual.value >> hostBits === network.value >> hostBits;
}

function parsePrefix(text: string, bits: number): number | undefined {
  return /^[0-9]{1,3}$/.test(text) && Number(text) <= bits ? Number(text) : undefined;
}

function parseV4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  return { bits: 32, value: parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n) };
}

/** RFC 4291, section 2.2: eight groups of hex digits, one run of zeros as ::, the last two groups perhaps as IPv4. */
function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => parseGroups(half)) as [bigint[] | undefined, (bigint[] | undefined)?];
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? joinGroups(head) : undefined;
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return joinGroups([...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0n), ...tail]);
}

function joinGroups(groups: readonly bigint[]): bigint {
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

function parseGroups(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  for (const part of text.split(':')) {
    const v4 = part.includes('.') ? parseV4(part) : undefined;
    if (v4 !== undefined) groups.push(v4.value >> 16n, v4.value & 0xffffn);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}
