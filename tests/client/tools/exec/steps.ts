import { type ExecStep, SESSION } from "./table.ts";

/** The arguments of a step as JSON text, with the session's id in place. */
export function stepArguments({ args }: ExecStep, session: number | undefined): string {
  if (typeof args === "string") return args;
  return JSON.stringify(args, (_, value) => value === SESSION ? session : value);
}

/** The session id in an answer. */
export function sessionIn(answer: string): number | undefined {
  const [, id] = /^Process running with session ID (\d+)$/m.exec(answer) ?? [];
  return id === undefined ? undefined : Number(id);
}
