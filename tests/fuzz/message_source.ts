import type { MethodName } from "../../protocol/methods.ts";
import { METHOD_SAMPLES } from "../protocol/method_samples.ts";
import { Choices, mutate, mutateText, oddValues } from "./json_mutation.ts";

/** One message to send. */
export interface FuzzMessage {
  /** The method it was made from. */
  readonly method: MethodName;
  readonly text: string;
  /** Whether it was changed, or is as a good client sends it. */
  readonly mutated: boolean;
  /** Whether it is sent as a binary frame. */
  readonly binary: boolean;
}

/** Good values by member, so that a message that is not mutated there does something. */
function goodValues(root: string): Readonly<Record<string, readonly unknown[]>> {
  const paths = [`${root}/f`, `${root}/g`, `${root}/d`, `${root}/d/f`, `file://${root}/f`, `${root}/missing/f`];
  return {
    path: paths,
    sourcePath: paths,
    destinationPath: paths,
    cwd: [root, `file://${root}`, `${root}/d`],
    processId: ["a", "b", "c", "d"],
    handleId: ["h", "i", "j"],
    requestId: ["r", "s"],
    argv: [["true"], ["cat"], ["sh", "-c", "echo out; echo err >&2"], ["sleep", "1"], ["no-such-program"], [""], []],
    env: [{ PATH: "/usr/bin:/bin" }, {}],
    waitMs: [0, 1, 20],
    timeoutMs: [1, 100],
    chunk: ["", "eA==", "x".repeat(4_000)],
    dataBase64: ["", "eA==", "eHh4".repeat(1_000)],
    len: [0, 1, 4_096, 1_048_576, 1_048_577],
    // a copy of a longer file with a hole would outlast the fuzzer
    offset: [0, 1, 4_096, 2 ** 24],
    url: ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "http://localhost:1/x?y"],
    missing: [[`${root}/later`], [`${root}/f`], []],
    watchId: [0, 1, 2, 3, 1_000],
    sandbox: [
      null,
      { permissions: { type: "disabled" }, windowsSandboxLevel: "disabled", useLegacyLandlock: false },
      ...["read", "write", "deny"].map((access) => ({
        permissions: {
          type: "managed",
          file_system: {
            type: "restricted",
            entries: [{ path: { type: "path", path: root }, access: "read" }, {
              path: { type: "path", path: `${root}/d` },
              access,
            }],
          },
          network: "restricted",
        },
        cwd: root,
        windowsSandboxLevel: "disabled",
        useLegacyLandlock: false,
      })),
    ],
  };
}

const METHODS = Object.keys(METHOD_SAMPLES) as MethodName[];

/**
 * An endless row of messages for every method in turn: two thirds are mutated in their structure or their text. The same
 * seed gives the same row.
 */
export class MessageSource {
  readonly #choices: Choices;
  readonly #odd: readonly unknown[];
  readonly #good: Readonly<Record<string, readonly unknown[]>>;
  #count = 0;

  /** @param random repeatable; @param root the only folder that messages name */
  constructor(random: () => number, root: string) {
    this.#choices = new Choices(random);
    this.#odd = oddValues(root);
    this.#good = goodValues(root);
  }

  /** The next message. */
  next(): FuzzMessage {
    const choices = this.#choices;
    const method = METHODS[this.#count++ % METHODS.length] as MethodName;
    const message: Record<string, unknown> = { id: this.#count, method, params: this.#params(method) };
    let mutated = choices.chance(0.65);
    if (mutated && choices.chance(0.8)) {
      // the parameters more often than the envelope
      const params = message.params;
      const inParams = typeof params === "object" && params !== null && choices.chance(0.85);
      for (let left = 1 + choices.below(3); left > 0; left--) {
        mutate((inParams ? params : message) as Record<string, unknown>, choices, this.#odd);
      }
      if (choices.chance(0.05)) message.trace = choices.of(this.#odd);
      return { method, text: JSON.stringify(message), mutated, binary: choices.chance(0.1) };
    }
    const text = JSON.stringify(message);
    const changed = mutated ? mutateText(text, choices) : text;
    mutated = changed !== text;
    return { method, text: changed, mutated, binary: choices.chance(0.1) };
  }

  #params(method: MethodName): unknown {
    const { required, nullable, plain } = METHOD_SAMPLES[method];
    if (required === null) return this.#choices.of([null, {}, undefined]);
    const params: Record<string, unknown> = structuredClone(required);
    for (const [name, value] of Object.entries({ ...nullable, ...plain })) {
      if (this.#choices.chance(0.3)) params[name] = structuredClone(value);
    }
    for (const name of Object.keys(params)) {
      const good = this.#good[name];
      if (good !== undefined) params[name] = structuredClone(this.#choices.of(good));
    }
    if (method === "initialize") params.resumeSessionId = this.#choices.of([null, "none"]);
    return params;
  }
}
