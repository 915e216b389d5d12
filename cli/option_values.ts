import { InvalidArgumentError } from "@commander-js/extra-typings";
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
  return wholeNumber(text, "bytes");
}

/** Reads the value of an option that is a number of seconds. @throws {InvalidArgumentError} naming what was expected */
export function seconds(text: string): number {
  return wholeNumber(text, "seconds");
}

function wholeNumber(text: string, unit: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError(`expected a number of ${unit}`);
  }
  return value;
}
