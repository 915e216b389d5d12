import { ExecServerClient } from "../../../client/mod.ts";
import { ErrorCode, RpcError } from "../../../protocol/mod.ts";

const TRIES = 1_000;

/** Resumes a session as soon as the server has noticed that its client is gone, which it announces to nobody. */
export async function resumeWhenDetached(
  url: string,
  resumeSessionId: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ExecServerClient> {
  for (let left = TRIES;; left--) {
    try {
      return await ExecServerClient.connect(url, { clientName: "resumed", resumeSessionId, headers });
    } catch (error) {
      const attached = error instanceof RpcError && error.code === ErrorCode.SessionAttached;
      if (!attached || left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
