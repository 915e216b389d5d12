import { type MethodName, METHODS, type ResultOf } from "../protocol/mod.ts";
import { ClientError } from "./errors.ts";

/** Checks an answer against the method table. @throws {ClientError} "invalidAnswer" naming the member */
export function decodeResult<M extends MethodName>(method: M, result: unknown): ResultOf<M> {
  const answer = METHODS[method].result.safeParse(result);
  if (answer.success) return answer.data as ResultOf<M>;
  const issue = answer.error.issues[0];
  const where = ["result", ...issue?.path ?? []].map(String).join(".");
  const text = `failed to serialize or deserialize exec-server JSON: \`${method}\` ${where}: ${issue?.message}`;
  throw new ClientError("invalidAnswer", text);
}
