/** How a session ended. */
export interface SessionResult {
  /** Exit status. */
  readonly code: number;
  /** Whether it is 0. */
  readonly success: boolean;
  /** What it printed there. */
  readonly stderr: string;
}

/** An unmodified codex CLI with a home, a workspace and a scripted model of its own; disposing removes its folders. */
export class CodexSession implements AsyncDisposable {
  /** Where it works; real path. */
  readonly workspace: string;
  readonly #codex: string;
  readonly #root: string;

  private constructor(codex: string, root: string) {
    this.#codex = codex;
    this.#root = root;
    this.workspace = `${root}/workspace`;
  }

  /** Makes the folders and the configuration. @param sandboxMode as codex spells it */
  static async prepare(codex: string, modelUrl: string, sandboxMode = "danger-full-access"): Promise<CodexSession> {
    const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "interop-" }));
    for (const name of ["home", "workspace", "user", "tmp"]) await Deno.mkdir(`${root}/${name}`);
    await Deno.writeTextFile(`${root}/home/config.toml`, configToml(modelUrl, sandboxMode));
    return new CodexSession(codex, root);
  }

  /** Writes its `environments.toml`. */
  configureEnvironments(toml: string): Promise<void> {
    return Deno.writeTextFile(`${this.#root}/home/environments.toml`, toml);
  }

  /** Runs `codex exec` until the scripted model is done. */
  async run(
    { env, timeLimitMs }: { readonly env: Readonly<Record<string, string>>; readonly timeLimitMs: number },
  ): Promise<SessionResult> {
    const { code, success, stderr } = await new Deno.Command(this.#codex, {
      args: ["exec", "--skip-git-repo-check", "--json", "Run the scripted steps."],
      cwd: this.workspace,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
        HOME: `${this.#root}/user`,
        TMPDIR: `${this.#root}/tmp`, // must not be above CODEX_HOME
        CODEX_HOME: `${this.#root}/home`,
        MOCK_KEY: "none",
        // what tries to leave the machine is refused at once
        HTTPS_PROXY: "http://127.0.0.1:9",
        HTTP_PROXY: "http://127.0.0.1:9",
        NO_PROXY: "127.0.0.1",
        ...env,
      },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      signal: AbortSignal.timeout(timeLimitMs),
    }).output();
    return { code, success, stderr: new TextDecoder().decode(stderr) };
  }

  /** Removes its folders. */
  [Symbol.asyncDispose](): Promise<void> {
    return Deno.remove(this.#root, { recursive: true });
  }
}

function configToml(modelUrl: string, sandboxMode: string): string {
  return `model = "gpt-5.5"
model_provider = "mock"
approval_policy = "never"
sandbox_mode = "${sandboxMode}"
check_for_update_on_startup = false
[analytics]
enabled = false
[feedback]
enabled = false
[model_providers.mock]
name = "mock"
base_url = "${modelUrl}"
wire_api = "responses"
env_key = "MOCK_KEY"
request_max_retries = 0
stream_max_retries = 0
[features]
plugins = false
apps = false
enable_request_compression = false
`;
}
