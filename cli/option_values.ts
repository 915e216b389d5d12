import { InvalidArgumentError } from "@commander-js/extra-typings";
import { HttpPolicy } from "../server/mod.ts";
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
  const bytes = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(bytes)) throw new InvalidArgumentError("expected a number of bytes");
  return bytes;
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
