import type { RemoteTransport } from "../server/mod.ts";
import type { RemoteOptions } from "./serve_remote.ts";

/** Options as the command line gives them. */
export interface RawRemoteOptions {
  readonly remote?: string | undefined;
  readonly executorId?: string | undefined;
  readonly environmentId?: string | undefined;
  readonly name?: string | undefined;
  readonly remoteTransport?: RemoteTransport | undefined;
}

/**
 * Checks the options of `--remote` against each other. Without it the others mean nothing and are ignored, as the
 * original does.
 *
 * Source: environments, section 6.1.
 *
 * @param listens whether `--listen` was given
 * @param fail ends with wrong usage
 * @returns undefined without `--remote`
 */
export function remoteOptions(
  { remote, executorId, environmentId, name, remoteTransport }: RawRemoteOptions,
  listens: boolean,
  fail: (message: string) => never,
): RemoteOptions | undefined {
  if (remote === undefined) return undefined;
  if (listens) fail("the argument '--remote <URL>' cannot be used with '--listen <URL>'");
  if (executorId !== undefined && environmentId !== undefined) {
    fail("the argument '--executor-id <ID>' cannot be used with '--environment-id <ID>'");
  }
  if (executorId === undefined && environmentId === undefined) {
    fail("the following required arguments were not provided:\n  --executor-id <ID>");
  }
  if (executorId !== undefined && remoteTransport === "noise") {
    fail("the argument '--executor-id <ID>' cannot be used with '--remote-transport noise'");
  }
  return { registryUrl: remote, executorId, environmentId, name, transport: remoteTransport };
}
