const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes UTF-8 strictly. @throws {TypeError} naming the place, in the words of Codex */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return DECODER.decode(bytes);
  } catch {
    throw new TypeError(describeInvalid(bytes));
  }
}

/** Where and how bytes stop being UTF-8. */
function describeInvalid(bytes: Uint8Array): string {
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length <= 0) {
      return at - length >= bytes.length && length < 0
        ? `incomplete utf-8 byte sequence from index ${at}`
        : `invalid utf-8 sequence of ${Math.max(1, -length)} bytes from index ${at}`;
    }
    at += length;
  }
  return "invalid utf-8";
}

/** Bytes of the character at a place; 0 for a byte that begins none, -n when it breaks off behind n good bytes. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0) return 0;
  for (let i = 1; i < length; i++) {
    const [low, high] = i === 1 ? secondByteRange(first) : [0x80, 0xbf];
    const byte = bytes[at + i];
    if (byte === undefined || byte < low || byte > high) return -i;
  }
  return length;
}

/** Bounds that keep out overlong forms, surrogates and what is above U+10FFFF. */
function secondByteRange(first: number): [number, number] {
  if (first === 0xe0) return [0xa0, 0xbf];
  if (first === 0xed) return [0x80, 0x9f];
  if (first === 0xf0) return [0x90, 0xbf];
  if (first === 0xf4) return [0x80, 0x8f];
  return [0x80, 0xbf];
}
