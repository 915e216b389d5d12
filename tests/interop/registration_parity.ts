import { type RecordedRequest, registryDouble } from "../support/registry_double.ts";
import { tempDir } from "../support/temp_dir.ts";

/** An executor's program with the arguments before `--remote`. */
export interface ExecutorProgram {
  readonly program: string;
  readonly args: readonly string[];
}

const TOKEN = "parity-token";
const json = (status: number, body: unknown) => Response.json(body, { status });
const good = (url: string) =>
  json(200, { id: "r1", executor_id: "x1", url: `${url.replace("http", "ws")}/rendezvous` });

/** What a registry may answer, by name. */
const ANSWERS: Readonly<Record<string, (request: RecordedRequest, url: string) => Response>> = {
  "401 with a message": () => json(401, { error: { code: "no", message: "go away" } }),
  "403 without a body": () => new Response(null, { status: 403 }),
  "401 in plain text": () => new Response("who?", { status: 401 }),
  "404 with code and message": () => json(404, { error: { code: "not_found", message: "no such" } }),
  "an error without a code": () => json(409, { error: { message: "busy" } }),
  "an error without a message": () => new Response('{"error":{}}', { status: 500 }),
  "an error that is no object": () => new Response('{"error":"text"}', { status: 500 }),
  "no JSON": () => new Response("<html>", { status: 502 }),
  "white space": () => new Response("  \n", { status: 502 }),
  "a long page": () => new Response("x".repeat(9_000), { status: 502 }),
  "nothing": () => new Response(null, { status: 503 }),
  "an odd status": () => new Response(null, { status: 599 }),
  "success without JSON": () => new Response("fine"),
  "success without a url": () => json(200, { id: "r", executor_id: "e" }),
};

/** What one executor did, without what has to differ. */
export interface RegistrationRecord {
  /** Method, path, body and the headers that matter, of the first two registrations. */
  readonly requests: readonly string[];
  /** Whether both registrations had the same body. */
  readonly stable: boolean;
  /** Extensions and authorization of the websocket. */
  readonly dial: readonly (string | undefined)[];
  /** Its answer to `initialize`, without the session. */
  readonly answer: string;
  /** What it says of a registration. */
  readonly notice: string;
  /** Status and error line for each of {@linkcode ANSWERS}. */
  readonly failures: Readonly<Record<string, string>>;
}

/** Lets an executor register at a registry double in every way. */
export async function recordRegistration(executor: ExecutorProgram): Promise<RegistrationRecord> {
  const failures: Record<string, string> = {};
  for (const [name, answer] of Object.entries(ANSWERS)) {
    await using registry = registryDouble(answer);
    await using run = await start(executor, registry.url);
    const { code } = await run.child.status;
    const error = (await run.stderr).split("\n").find((line) => line.startsWith("Error: "));
    failures[name] = `${code} ${error?.replaceAll(registry.url, "<registry>")}`;
  }
  return { ...await recordSuccess(executor), failures };
}

async function recordSuccess(executor: ExecutorProgram): Promise<Omit<RegistrationRecord, "failures">> {
  await using registry = registryDouble((_request, url) => good(url));
  await using run = await start(executor, registry.url);
  const socket = await registry.rendezvous();
  const answered = new Promise<string>((resolve) => socket.onmessage = ({ data }) => resolve(data));
  socket.send('{"id":"a","method":"initialize","params":{"clientName":"t","resumeSessionId":null}}');
  const answer = JSON.parse(await answered);
  socket.close();
  await registry.rendezvous();
  run.child.kill("SIGTERM");
  await run.child.status;
  const bodies = registry.requests.map(({ body }) => body);
  const [dial] = registry.dials;
  return {
    requests: registry.requests.slice(0, 2).map(describe),
    stable: bodies[0] === bodies[1],
    dial: [dial?.["sec-websocket-extensions"], dial?.authorization, dial?.["sec-websocket-protocol"]],
    answer: `${answer.id} ${typeof answer.result.sessionId}`,
    notice: (await run.stderr).split("\n").find((line) => line.includes("registered")) ?? "",
  };
}

function describe({ method, path, body, headers }: RecordedRequest): string {
  const masked = body.replace(/codex-exec-server-[0-9a-f]{64}/, "<idempotency>");
  return [method, path, masked, headers.authorization, headers["content-type"], headers.accept].join(" ");
}

async function start({ program, args }: ExecutorProgram, url: string) {
  const home = await tempDir();
  const child = new Deno.Command(program, {
    args: [...args, "--remote", url, "--executor-id", "e1", "--name", "parity"],
    env: { CODEX_HOME: home.path, NO_COLOR: "1", CODEX_EXEC_SERVER_REMOTE_BEARER_TOKEN: TOKEN },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  return {
    child,
    stderr,
    [Symbol.asyncDispose]: async () => {
      try {
        child.kill("SIGKILL");
      } catch {
        // it has ended
      }
      await child.status;
      await stderr;
      await home[Symbol.asyncDispose]();
    },
  };
}
