import { fromFileUrl } from "@std/path";
import { tempDir } from "../support/temp_dir.ts";

const ROOT = fromFileUrl(new URL("../../", import.meta.url));

/** What a block printed. */
export interface ExampleResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An empty folder of a new user, with the package and the program at hand. */
export interface ExampleFolder extends AsyncDisposable {
  /** Real path. */
  readonly path: string;
  /** Checks the types of programs. */
  check(codes: readonly string[]): Promise<ExampleResult>;
  /** Runs a program. */
  typescript(code: string): Promise<ExampleResult>;
  /** Runs lines of a shell. */
  shell(code: string): Promise<ExampleResult>;
}

/** Makes a folder; `CODEX_HOME` is `codex` in it, and `exec-server` runs the program of this checkout. */
export async function exampleFolder(): Promise<ExampleFolder> {
  const dir = await tempDir();
  const bin = `${dir.path}/bin`, home = `${dir.path}/codex`, work = `${dir.path}/work`;
  for (const folder of [bin, home, work]) await Deno.mkdir(folder);
  await Deno.writeTextFile(
    `${bin}/exec-server`,
    `#!/bin/sh\nexec '${Deno.execPath()}' run -A --quiet '${ROOT}mod.ts' "$@"\n`,
    { mode: 0o755 },
  );
  const run = async (program: string, ...args: string[]): Promise<ExampleResult> => {
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args,
      cwd: work,
      env: { NO_COLOR: "1", CODEX_HOME: home, CODEX_EXEC_SERVER_URL: "", PATH: `${bin}:${Deno.env.get("PATH")}` },
      stdin: "null",
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  };
  let programs = 0;
  const write = async (code: string) => {
    const path = `${work}/program${programs++}.ts`;
    await Deno.writeTextFile(path, code);
    return path;
  };
  // the package is known by its name, as it is to whoever has installed it
  const config = ["--config", `${ROOT}deno.json`];
  return {
    path: dir.path,
    check: async (codes) => {
      const paths = await Promise.all(codes.map(write));
      const result = await run(Deno.execPath(), "check", "--quiet", ...config, ...paths);
      for (const path of paths) await Deno.remove(path);
      return result;
    },
    typescript: async (code) => {
      const path = await write(code);
      const result = await run(Deno.execPath(), "run", "-A", "--quiet", "--no-check", ...config, path);
      await Deno.remove(path);
      return result;
    },
    shell: (code) => run("/bin/sh", "-ec", code),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}
