import { ClientError } from "./errors.ts";
import { contextFor } from "./sandbox_context.ts";
import { formatPath, type ParamsOf, type PathForm, type ProcessSpec } from "../protocol/mod.ts";

/**
 * The parameters of `process/start` for a server that takes paths in this form.
 *
 * @throws {ClientError} "protocol" when the process would run without its sandbox: servers of 0.130.0 have none for
 * processes and do not look at the member
 */
export function startParams(spec: ProcessSpec, processId: string, form: PathForm): ParamsOf<"process/start"> {
  if (form === "native" && spec.sandbox !== undefined) {
    throw new ClientError("protocol", "exec-server protocol error: this server cannot run processes under a sandbox");
  }
  return {
    processId,
    argv: [...spec.argv],
    cwd: formatPath(spec.cwd, form),
    env: { ...spec.env },
    tty: spec.tty ?? false,
    envPolicy: spec.envPolicy ?? null,
    pipeStdin: spec.pipeStdin ?? false,
    arg0: spec.arg0 ?? null,
    ...(spec.sandbox !== undefined && { sandbox: contextFor(spec.sandbox, form) }),
    ...(spec.rows !== undefined && { rows: spec.rows }),
    ...(spec.cols !== undefined && { cols: spec.cols }),
  };
}
