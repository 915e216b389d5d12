// Unicode White_Space, which differs from what JavaScript trims: with U+0085, without U+FEFF
const BLANK = "\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const LEADING = new RegExp(`^[${BLANK}]+`), TRAILING = new RegExp(`[${BLANK}]+$`);

/** A text without blanks at its end. */
export function trimEnd(text: string): string {
  return text.replace(TRAILING, "");
}

/** A text without blanks around it. */
export function trim(text: string): string {
  return trimEnd(text.replace(LEADING, ""));
}
