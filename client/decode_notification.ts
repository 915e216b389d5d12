import { type NotificationName, type NotificationParams, NOTIFICATIONS, ProtocolViolation } from "../protocol/mod.ts";
import type { ServerNotification } from "./notification_listeners.ts";

/**
 * Checks a notification against the table.
 *
 * @returns undefined for an unknown one, which is ignored
 * @throws {ProtocolViolation} when a known notification has parameters of the wrong shape
 */
export function decodeNotification(method: string, params: unknown): ServerNotification | undefined {
  // by far the most frequent one: the general check takes longer than all the rest
  if (method === "process/output" && isOutput(params)) return { method, params };
  if (!Object.hasOwn(NOTIFICATIONS, method)) return undefined;
  const decoded = NOTIFICATIONS[method as NotificationName].params.safeParse(params);
  if (decoded.success) return { method, params: decoded.data } as ServerNotification;
  const issue = decoded.error.issues[0];
  const where = ["params", ...issue?.path ?? []].map(String).join(".");
  throw new ProtocolViolation(
    `exec-server notification handling failed: failed to serialize or deserialize exec-server JSON: \`${method}\` ${where}: ${issue?.message}`,
  );
}

function isOutput(params: unknown): params is NotificationParams<"process/output"> {
  if (typeof params !== "object" || params === null) return false;
  const { processId, seq, stream, chunk } = params as Record<string, unknown>;
  return typeof processId === "string" && typeof chunk === "string" && Number.isSafeInteger(seq) &&
    (seq as number) >= 0 && (stream === "stdout" || stream === "stderr" || stream === "pty");
}
