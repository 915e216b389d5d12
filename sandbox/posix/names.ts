const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
const SURROGATE = /[\ud800-\udfff]/;
const ESCAPED = /[\udc80-\udcff]/;

/**
 * The text of a name's bytes. A name that is not UTF-8 keeps its bytes as lone low surrogates (U+DC80 + the low seven
 * bits), so that every name has a text of its own and comes back unchanged from {@linkcode encodeName}.
 */
export function decodeName(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeEscaped(bytes);
  }
}

/** The bytes of a name or path, without a NUL at the end. */
export function encodeName(name: string): Uint8Array<ArrayBuffer> {
  if (!SURROGATE.test(name)) return encoder.encode(name);
  const bytes: number[] = [];
  for (const character of name) {
    const code = character.codePointAt(0) as number;
    if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code & 0xff);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}

/** What a peer gets to see: U+FFFD for each sequence that is not UTF-8. */
export function displayName(name: string): string {
  return ESCAPED.test(name) ? lossy.decode(encodeName(name)) : name;
}

/** Bytes of valid sequences are decoded together, each other byte by itself. */
function decodeEscaped(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes, i);
    if (length > 0) text += strict.decode(bytes.subarray(i, i + length));
    else text += String.fromCharCode(0xdc00 + (bytes[i] as number));
    i += Math.max(1, length);
  }
  return text;
}

function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  try {
    if (length > 1) strict.decode(bytes.subarray(at, at + length));
    return at + length <= bytes.length ? length : 0;
  } catch {
    return 0;
  }
}
