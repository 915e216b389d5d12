import { type ConnectTarget, connectUnixLines, ExecServerClient, RemoteExec } from "../../client/mod.ts";
import { ExecServer, type ListenAddress, parseListenAddress } from "../../server/mod.ts";
import { codexBinaryInTask } from "../interop/codex_binary.ts";
import { ServerProcess } from "../support/server_process.ts";
import { tempDir } from "../support/temp_dir.ts";
import { serverCommand } from "../support/test_server.ts";
import { type ProcessSubject, processSuite } from "./process_suite.ts";

type Socket = Exclude<ListenAddress, { kind: "stdio" }>;

const OURS = { additions: true, interrupt: true, killedBy: (n: number) => 128 + n };

async function connected(
  target: ConnectTarget,
  traits: Omit<ProcessSubject, "exec" | typeof Symbol.asyncDispose>,
  release: () => Promise<void>,
): Promise<ProcessSubject> {
  const client = await ExecServerClient.connect(target, { clientName: "test" });
  return {
    ...traits,
    exec: new RemoteExec(() => Promise.resolve(client)),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await release();
    },
  };
}

processSuite("local", async () => {
  const server = await ExecServer.create();
  return { ...OURS, exec: server.localExec(), [Symbol.asyncDispose]: () => server.shutdown() };
});

processSuite("websocket", async () => {
  const server = await ExecServer.create();
  const url = await server.listen(parseListenAddress("ws://127.0.0.1:0") as Socket);
  return await connected(url, OURS, () => server.shutdown());
});

for (const kind of ["websocket", "lines"]) {
  processSuite(`unix socket, ${kind}`, async () => {
    const dir = await tempDir();
    const server = await ExecServer.create();
    await server.listen(parseListenAddress(`unix://${dir.path}/s`) as Socket);
    const target = kind === "lines" ? () => connectUnixLines(`${dir.path}/s`) : `unix://${dir.path}/s`;
    return await connected(target, OURS, async () => {
      await server.shutdown();
      await dir[Symbol.asyncDispose]();
    });
  });
}

processSuite("stdio", () => connected(serverCommand("--listen", "stdio"), OURS, () => Promise.resolve()));

const ORIGINALS = {
  "0.130.0": { additions: false, interrupt: false, killedBy: () => -1 },
  "0.169.0": { additions: false, interrupt: true, killedBy: (n: number) => 128 + n },
};
for (const [version, traits] of Object.entries(ORIGINALS)) {
  const program = await codexBinaryInTask(version);
  processSuite(`codex ${version}`, async () => {
    const home = await tempDir();
    const args = ["exec-server", "--listen", "ws://127.0.0.1:0"];
    const command = { program: program as string, args, env: { CODEX_HOME: home.path } };
    const server = await ServerProcess.start(command);
    return await connected(server.url, traits, async () => {
      await server[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    });
  }, { ignore: program === undefined });
}
