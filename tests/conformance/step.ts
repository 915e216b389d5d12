/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A JSON-RPC message of the server. */
export type Message = { [name: string]: Json };

/**
 * One step of a transcript; it has at most one action. The file is an array of steps.
 *
 * Placeholders inside strings: `<dir>` the fresh folder of the run, `<uri>` the same as a file URI, `<session:x>` the
 * session first seen on connection x; in expectations also `<uuid>`, `<addr>` (IP and port), `<text>` (any text), and as
 * a whole value `<ms>` (a count) and `<any>` (anything, also nothing).
 */
export interface Step {
  /** A comment. */
  readonly note?: string;
  /** Command line flags the server needs; in the first step only. */
  readonly flags?: string[];
  /** Local files to make: mkdir, write, symlink, fifo, chmod, rm. */
  readonly setup?: string[][];
  /** Local files to look at: content, exists, readlink, each with path and value. */
  readonly check?: [string, string, Json][];
  /** Opens the connection anew. */
  readonly open?: boolean;
  /** An object is one text frame, a string is one with exactly that text, an array are several frames at once. */
  readonly send?: Json;
  /** The client closes the connection. */
  readonly close?: boolean;
  /** Only listens. */
  readonly waitMs?: number;
  /** Name of the connection, by default "a"; it is opened when it is first used. */
  readonly conn?: string;
  /** Messages this step brings on that connection. */
  readonly expect?: Message[];
  /** The server closes the connection. */
  readonly closed?: boolean;
  /** Responses and notifications may come in any order. */
  readonly unordered?: boolean;
  /** Only the content of each stream, exit code and closed count, not how output was cut. */
  readonly relaxed?: boolean;
  /** As relaxed, and the output does not count either. */
  readonly anyOutput?: boolean;
  /** Wait until these processes are closed. */
  readonly closesProcess?: string[];
}

/** What a server did in a step. */
export interface Outcome {
  readonly messages: Message[];
  readonly closed: boolean;
  /** What went wrong besides the messages: a file, a timeout. */
  readonly problems: string[];
}

/** Whether the step has an outcome to compare. */
export function exchanges(step: Step): boolean {
  return step.send !== undefined || step.waitMs !== undefined;
}

/** Whether the value is a JSON object. */
export function isObject(value: Json | undefined): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads a transcript. */
export async function loadSteps(file: string | URL): Promise<Step[]> {
  return JSON.parse(await Deno.readTextFile(file));
}

/** Writes a transcript, one step a line. */
export async function saveSteps(file: string | URL, steps: readonly unknown[]): Promise<void> {
  await Deno.writeTextFile(file, `[\n${steps.map((step) => ` ${JSON.stringify(step)}`).join(",\n")}\n]\n`);
}
