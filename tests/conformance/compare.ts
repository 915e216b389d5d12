import type { Placeholders } from "./placeholders.ts";
import { processSummary } from "./process_summary.ts";
import { isObject, type Json, type Message, type Outcome, type Step } from "./step.ts";

/** How to compare. */
export interface CompareOptions {
  readonly placeholders: Placeholders;
  /**
   * Everything counts. Otherwise additional members are free, and so is the wording of parse errors and parameter
   * errors, of which only code and id are part of the protocol.
   */
  readonly strict: boolean;
}

/** What a step expects; part of {@linkcode Step}. */
export type Expectation = Pick<Step, "expect" | "closed">;

/** Compares what a server did in a step with what it should have done; no problems mean that it agrees. */
export function compareStep(step: Step, want: Expectation, outcome: Outcome, options: CompareOptions): string[] {
  const problems = [...outcome.problems];
  const expected = want.expect ?? [], got = outcome.messages;
  if (step.relaxed || step.anyOutput) {
    const [a, b] = [expected, got].map((messages) => processSummary(messages, step.anyOutput ?? false));
    if (a !== undefined && b !== undefined) {
      problems.push(...b.problems, ...compare(a.view, b.view, "processes", options));
      problems.push(...compareList(responses(expected), responses(got), "responses", options));
    }
  } else if (step.unordered) {
    problems.push(...compareList(sorted(expected), sorted(got), "messages", options));
  } else {
    // nothing is promised about the order of responses among notifications
    problems.push(...compareList(responses(expected), responses(got), "responses", options));
    problems.push(...compareList(notifications(expected), notifications(got), "notifications", options));
  }
  if ((want.closed ?? false) !== outcome.closed) problems.push(`the server closed the connection: ${outcome.closed}`);
  return problems;
}

function responses(messages: readonly Message[]): Message[] {
  return messages.filter((message) => message.method === undefined);
}

function notifications(messages: readonly Message[]): Message[] {
  return messages.filter((message) => message.method !== undefined);
}

function sorted(messages: readonly Message[]): Message[] {
  return messages.toSorted((a, b) => sortKey(a).localeCompare(sortKey(b)));
}

function sortKey({ id, method, params }: Message): string {
  return method === undefined ? `response ${id}` : `${method} ${isObject(params) ? params.seq ?? "" : ""}`;
}

function compareList(want: Json[], got: Json[], where: string, options: CompareOptions): string[] {
  const [a, b] = [want, got].map(byFileName) as [Json[], Json[]];
  if (a.length !== b.length) return [`${where}: want ${a.length} items, got ${b.length}: ${excerpt(b)}`];
  return a.flatMap((item, i) => compare(item, b[i], `${where}[${i}]`, options));
}

/** Directory listings have no order. */
function byFileName(items: Json[]): Json[] {
  if (!items.every((item) => isObject(item) && typeof item.fileName === "string")) return items;
  return (items as Message[]).toSorted((a, b) => String(a.fileName).localeCompare(String(b.fileName)));
}

function compare(want: Json | undefined, got: Json | undefined, where: string, options: CompareOptions): string[] {
  if (want === "<any>") return [];
  if (want === "<ms>" && typeof got === "number" && Number.isInteger(got) && got >= 0) return [];
  if (typeof want === "string" && typeof got === "string") {
    const pattern = options.placeholders.pattern(want);
    if (typeof pattern === "string" ? pattern === got : pattern.test(got)) return [];
  } else if (Array.isArray(want) && Array.isArray(got)) {
    return compareList(want, got, where, options);
  } else if (isObject(want) && isObject(got)) {
    const names = options.strict ? new Set([...Object.keys(want), ...Object.keys(got)]) : Object.keys(want);
    const free = !options.strict && isFreeText(want);
    return [...names].flatMap((name) => {
      return free && name === "error"
        ? compare(codeOf(want), codeOf(got), `${where}.error.code`, options)
        : compare(want[name], got[name], `${where}.${name}`, options);
    });
  } else if (want === got) {
    return [];
  }
  return [`${where}: want ${excerpt(want)}, got ${excerpt(got)}`];
}

function isFreeText(message: Message): boolean {
  return isObject(message.error) && (message.id === -1 || message.error.code === -32602);
}

function codeOf({ error }: Message): Json | undefined {
  return isObject(error) && error.message !== "" ? error.code : undefined;
}

function excerpt(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
