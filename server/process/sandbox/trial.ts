import type { Spawner, SpawnSpec } from "../spawner.ts";

/** How a program that was started for a trial ended. */
export interface TrialResult {
  /** Exit code, 128+n for signal n. */
  readonly code: number;
  /** What it printed on stdout and stderr. */
  readonly text: string;
}

/** What to run; in `/` with an empty environment by default, always without input. */
export type TrialSpec = Pick<SpawnSpec, "program" | "argv" | "opens"> & Partial<Pick<SpawnSpec, "cwd" | "env">>;

/** Runs a program that ends by itself and collects what it prints. @throws {SpawnError} */
export function runTrial(spawner: Spawner, spec: TrialSpec): Promise<TrialResult> {
  const { promise, resolve } = Promise.withResolvers<TrialResult>();
  const decoder = new TextDecoder();
  let text = "";
  let open = 0;
  let code: number | undefined;
  const finish = () => {
    if (code !== undefined && open === 0) resolve({ code, text: text.trim() });
  };
  const child = spawner.spawn({ env: new Map(), cwd: "/", ...spec, stdio: { kind: "pipes", stdin: false } }, {
    output: (_stream, bytes) => text += decoder.decode(bytes),
    ended: () => {
      open--;
      finish();
    },
    exited: (status) => {
      code = status.code;
      finish();
    },
  });
  open = child.streams.length;
  return promise;
}
