import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ClientError, DisconnectedError, ExecServerClient, spawnStdio } from "../../client/mod.ts";
import { LIMITS } from "../../protocol/mod.ts";
import { alive, pidsOfGroup } from "../support/process_table.ts";
import { tempDir } from "../support/temp_dir.ts";
import { serverCommand } from "../support/test_server.ts";
import { until } from "../support/until.ts";

/** A server of a few lines: answers the handshake, and everything else with an empty object. */
const ANSWER = `while read -r line; do
  id=$(printf %s "$line" | sed -n 's/.*"id":\\([0-9]*\\).*/\\1/p')
  case $line in
    *'"initialize"'*) printf '{"id":%s,"result":{"sessionId":"s"}}\\n\\n' "$id" ;;
    *'"id"'*) printf '{"id":%s,"result":{"status":"ready"}}\\n' "$id" ;;
  esac
done`;

function script(text: string, log?: (line: string) => void) {
  return { program: "/bin/sh", args: ["-c", text], log };
}

async function pidIn(path: string): Promise<number> {
  await until("the pid is written", () => {
    try {
      return Deno.readTextFileSync(path).endsWith("\n");
    } catch {
      return false;
    }
  });
  return Number(await Deno.readTextFile(path));
}

Deno.test("spawnStdio() leads a group of its own, and its stderr goes to the log alone", async () => {
  const lines: string[] = [];
  const command = script(`echo '{"id":1}' >&2; echo $$ >&2; ${ANSWER}`, (line) => lines.push(line));
  await using client = await ExecServerClient.connect(command, { clientName: "test" });
  await until("stderr arrives", () => lines.length === 2);
  assertEquals(lines[0], 'exec-server stdio stderr: {"id":1}');
  const pid = Number(lines[1]?.split(" ").at(-1));
  assert(pidsOfGroup(pid).includes(pid));
  assertEquals(await client.call("environment/status", null), { status: "ready" });
  await client.close();
  assertEquals(pidsOfGroup(pid), []);
});

Deno.test("closing asks a program to end, and kills its whole group after a while", async () => {
  await using dir = await tempDir();
  const stubborn = `trap '' TERM; sleep 61 & echo $$ > ${dir.path}/pid; ${ANSWER}; while :; do sleep 1; done`;
  const client = await ExecServerClient.connect(script(stubborn), { clientName: "test" });
  const pid = await pidIn(`${dir.path}/pid`);
  const started = performance.now();
  await client.close();
  const took = performance.now() - started;
  assert(took >= LIMITS.stdioGraceMs - 50, `it had only ${took} ms to end by itself`);
  await until("the group is gone", () => pidsOfGroup(pid).length === 0);
});

Deno.test("a program that obeys is not waited for, and what it leaves behind is killed", async () => {
  await using dir = await tempDir();
  const text = `trap 'exit 0' TERM; (trap '' TERM; exec sleep 62) & echo $$ > ${dir.path}/pid; ${ANSWER}`;
  const client = await ExecServerClient.connect(script(text), { clientName: "test" });
  const pid = await pidIn(`${dir.path}/pid`);
  const started = performance.now();
  await client.close();
  assert(performance.now() - started < LIMITS.stdioGraceMs);
  await until("the group is gone", () => pidsOfGroup(pid).length === 0);
});

Deno.test("a program that ends takes its group with it and is not started again", async () => {
  await using dir = await tempDir();
  const text = `sleep 63 & echo $$ > ${dir.path}/pid; read -r line; echo '{"id":1,"result":{"sessionId":"s",` +
    `"environmentInfo":{"shell":{"name":"sh","path":"/bin/sh"}}}}'; read -r line; read -r line; exit 3`;
  const client = await ExecServerClient.connect(script(text), { clientName: "test", recovery: "resume" });
  const pid = await pidIn(`${dir.path}/pid`);
  const call = client.call("environment/status", null);
  await assertRejects(() => call, DisconnectedError, "exec-server transport disconnected");
  await client.closed;
  assertEquals(client.failure, "exec-server transport disconnected");
  await until("the group is gone", () => pidsOfGroup(pid).length === 0);
});

Deno.test("spawnStdio() says that a program or directory does not exist", () => {
  const text = "failed to spawn exec-server: No such file or directory (os error 2)";
  const error = assertThrows(() => spawnStdio({ program: "/no/such/program" }), ClientError, text);
  assertEquals(error.code, "spawn");
  assertThrows(() => spawnStdio({ program: "/bin/sh", cwd: "/no/such" }), ClientError, text);
});

Deno.test("spawnStdio() lays its variables over those of this process", async () => {
  await using dir = await tempDir();
  const command = {
    program: "/bin/sh",
    args: ["-c", `echo "$PATH|$MARK|$PWD" > out; ${ANSWER}`],
    env: { MARK: "m" },
    cwd: dir.path,
  };
  await using client = await ExecServerClient.connect(command, { clientName: "test" });
  await client.call("environment/status", null);
  const [path, mark, cwd] = (await Deno.readTextFile(`${dir.path}/out`)).trim().split("|");
  assertEquals([path, mark, cwd], [Deno.env.get("PATH"), "m", dir.path]);
});

Deno.test("a program that answers nonsense is given up", async () => {
  const connecting = ExecServerClient.connect(script("echo hello; sleep 64"), { clientName: "test" });
  const error = await assertRejects(() => connecting, ClientError, "exec-server transport closed");
  assertEquals(error.code, "connect");
});

Deno.test("our server as a program leaves no process behind", async () => {
  const client = await ExecServerClient.connect(serverCommand("--listen", "stdio"), { clientName: "test" });
  const process = await client.start({ argv: ["/bin/sh", "-c", "echo $$; exec sleep 65"], cwd: "/" });
  let pid = 0;
  for await (const event of process) {
    if (event.type === "output") pid = Number(new TextDecoder().decode(event.bytes));
    if (pid > 0) break;
  }
  assert(alive(pid));
  await client.close();
  await until("the process is gone", () => !alive(pid));
});
