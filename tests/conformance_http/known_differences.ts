import type { Generation } from "./golden_case.ts";
import type { Differences } from "./replay_case.ts";

/** A case in which our server does something else on purpose. */
export interface KnownDifference {
  /** Why. */
  readonly reason: string;
  /** What happens here instead. */
  readonly differences: Differences;
}

const FILE = new URL("differences.json", import.meta.url);

/** The list for each generation. */
export async function loadDifferences(): Promise<Record<Generation, Record<string, KnownDifference>>> {
  return JSON.parse(await Deno.readTextFile(FILE));
}

/** Cases that are not about what a request does, with where they are tested instead. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  backpressure: "samples without frames: tests/faults/http_back_pressure_test.ts",
  buffered_70MiB_closed: "what Deno's own websocket client refuses: ours sends fragments",
  disconnect_before_headers_ws: "no frames: tests/faults/http_disconnect_test.ts",
  disconnect_mid_stream_active: "the client closes: tests/faults/http_disconnect_test.ts",
  disconnect_mid_stream_idle: "the client closes: tests/faults/http_disconnect_test.ts",
  environment_info: "tests/server/environment",
};
