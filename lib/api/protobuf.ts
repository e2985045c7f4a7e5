/** Protocol buffers, as far as strings and messages go (wire type 2): each field is its number, its length and its bytes. */

export type Field = [number: number, value: string | Uint8Array | undefined];

/** Encodes a message; fields that are undefined are left out. */
export function message(...fields: Field[]): Buffer {
  return Buffer.concat(fields.flatMap(([number, value]) => (value === undefined ? [] : encodeField(number, Buffer.from(value as string)))));
}

function encodeField(number: number, bytes: Buffer): Buffer[] {
  return [varint((number << 3) | 2), varint(bytes.length), bytes];
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}
