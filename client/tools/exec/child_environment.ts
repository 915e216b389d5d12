import type { EnvPolicy } from "../../../protocol/mod.ts";

/** Laid over the executor's environment, so that programs print plainly and never wait for a person (environments, section 7.1). */
const OVERLAY: Readonly<Record<string, string>> = {
  NO_COLOR: "1",
  TERM: "dumb",
  LANG: "C.UTF-8",
  LC_CTYPE: "C.UTF-8",
  LC_ALL: "C.UTF-8",
  COLORTERM: "",
  PAGER: "cat",
  GIT_PAGER: "cat",
  GH_PAGER: "cat",
  CODEX_CI: "1",
};

/** Everything the executor has; the policy of Codex by default. */
export const DEFAULT_ENV_POLICY: EnvPolicy = {
  inherit: "all",
  ignoreDefaultExcludes: true,
  exclude: [],
  set: {},
  includeOnly: [],
};

/** Variables of a command of a model. @param threadId names the conversation for programs that ask */
export function childEnvironment(threadId: string | undefined): Record<string, string> {
  return { ...OVERLAY, ...threadId === undefined ? {} : { CODEX_THREAD_ID: threadId } };
}
