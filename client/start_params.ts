import { formatPath, type ParamsOf, type PathForm, type ProcessSpec } from "../protocol/mod.ts";

/** The parameters of `process/start` for a server that takes paths in this form. */
export function startParams(spec: ProcessSpec, processId: string, form: PathForm): ParamsOf<"process/start"> {
  return {
    processId,
    argv: [...spec.argv],
    cwd: formatPath(spec.cwd, form),
    env: { ...spec.env },
    tty: spec.tty ?? false,
    envPolicy: spec.envPolicy ?? null,
    pipeStdin: spec.pipeStdin ?? false,
    arg0: spec.arg0 ?? null,
    ...(spec.sandbox !== undefined && { sandbox: spec.sandbox }),
    ...(spec.rows !== undefined && { rows: spec.rows }),
    ...(spec.cols !== undefined && { cols: spec.cols }),
  };
}
