import { assertEquals } from "@std/assert";
import { runProgram } from "./run_cli.ts";

const NOTHING = { code: 0, stdout: "", stderr: "" };

Deno.test("library: importing any entry point prints nothing and the program ends", async () => {
  const modules = [
    "mod.ts",
    "client/mod.ts",
    "client/mcp/mod.ts",
    "server/mod.ts",
    "protocol/mod.ts",
    "sandbox/mod.ts",
  ];
  const results = await Promise.all(modules.map((module) => runProgram(`import "ROOT/${module}";`)));
  assertEquals(results, modules.map(() => NOTHING));
});

Deno.test("library: a server that was shut down leaves nothing that keeps the program running", async () => {
  const result = await runProgram(`
    import { ExecServer, ExecServerClient, parseListenAddress } from "ROOT/mod.ts";
    const server = await ExecServer.create();
    const url = await server.listen(parseListenAddress("ws://127.0.0.1:0"));
    const client = await ExecServerClient.connect(url, { clientName: "test" });
    const start = (processId: string, script: string) =>
      client.call("process/start", { processId, argv: ["/bin/sh", "-c", script], cwd: "/", env: {}, tty: false });
    await start("running", "sleep 60");
    await start("exited", "sleep 60 & exit 0");
    await start("closed", "exit 0");
    await client.call("process/read", { processId: "closed", afterSeq: 1, waitMs: 5000 });
    await client.call("process/read", { processId: "exited", waitMs: 5000 });
    await server.shutdown();
    await client.closed;
    Deno.unrefTimer(setTimeout(() => Deno.exit(9), 3_000)); // does not keep it running itself
  `);
  assertEquals(result, NOTHING);
});

Deno.test("library: neither do processes of sessions that expired before", async () => {
  const result = await runProgram(`
    import { ExecServer, ExecServerClient, parseListenAddress } from "ROOT/mod.ts";
    const server = await ExecServer.create({ sessionTtlMs: 0 });
    const url = await server.listen(parseListenAddress("ws://127.0.0.1:0"));
    const connect = () => ExecServerClient.connect(url, { clientName: "test" });
    const start = (client, processId, script) =>
      client.call("process/start", { processId, argv: ["/bin/sh", "-c", script], cwd: "/", env: {}, tty: false });
    const client = await connect();
    await start(client, "running", "sleep 60");
    await start(client, "exited", "sleep 60 & exit 0");
    await client.call("process/read", { processId: "exited", waitMs: 5000 });
    await client.close();
    // by the time another process has come and gone, the events of the killed ones have arrived
    const next = await connect();
    await start(next, "p", "exit 0");
    for (let after = 0; after < 2; after++) {
      await next.call("process/read", { processId: "p", afterSeq: after, waitMs: 5000 });
    }
    await next.close();
    await server.shutdown();
    Deno.unrefTimer(setTimeout(() => Deno.exit(9), 3_000)); // does not keep it running itself
  `);
  assertEquals(result, NOTHING);
});
