import { InvalidArgumentError } from "@commander-js/extra-typings";
import { HttpPolicy } from "../server/mod.ts";
import { LIMITS } from "../protocol/mod.ts";
import { parseDuration } from "./duration.ts";

/** Reads the value of an option that is a duration. @returns milliseconds @throws {InvalidArgumentError} naming what was expected */
export function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** Reads the value of an option that is a number of bytes. @throws {InvalidArgumentError} naming what was expected */
export function byteCount(text: string): number {
  return wholeNumber(text, "a number of bytes");
}

/** Reads the value of an option that is a bound: a number of things, 1 or more. @throws {InvalidArgumentError} */
export function bound(text: string): number {
  const value = wholeNumber(text, "1 or more");
  if (value === 0) throw new InvalidArgumentError("expected 1 or more");
  return value;
}

/** Reads the value of an option that is the size of a message. @throws {InvalidArgumentError} naming what was expected */
export function messageBytes(text: string): number {
  const bytes = byteCount(text);
  const { minMessageBytes, maxMessageBytes } = LIMITS;
  if (bytes >= minMessageBytes && bytes <= maxMessageBytes) return bytes;
  throw new InvalidArgumentError(`expected ${minMessageBytes} to ${maxMessageBytes} bytes`);
}

/** Reads the value of an option that is a number of seconds. @throws {InvalidArgumentError} naming what was expected */
export function seconds(text: string): number {
  return wholeNumber(text, "a number of seconds");
}

function wholeNumber(text: string, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(`expected ${what}`);
  }
  return value;
}

/** Reads one more host pattern of an option that may be repeated. @throws {InvalidArgumentError} naming what is wrong */
export function hostPattern(text: string, previous: readonly string[]): string[] {
  try {
    new HttpPolicy({ allow: [text] });
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
  return [...previous, text];
}
