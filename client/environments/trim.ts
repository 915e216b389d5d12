/** Removes surrounding white space as Unicode defines it: U+0085 counts, U+FEFF does not, unlike in `String.trim`. */
export function trimWhiteSpace(text: string): string {
  return text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
}
