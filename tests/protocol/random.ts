/** A repeatable source of random numbers in [0, 1): the same seed gives the same test (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A well-formed string over all of Unicode, ASCII half of the time. */
export function randomText(random: () => number, maxLength: number): string {
  let text = "";
  const length = Math.floor(random() * (maxLength + 1));
  for (let i = 0; i < length; i++) {
    const code = Math.floor(random() < 0.5 ? random() * 0x80 : random() * 0x110000);
    if (code < 0xd800 || code > 0xdfff) text += String.fromCodePoint(code);
  }
  return text;
}

/** Random bytes. */
export function randomBytes(random: () => number, maxLength: number): Uint8Array {
  return Uint8Array.from({ length: Math.floor(random() * (maxLength + 1)) }, () => random() * 256);
}
