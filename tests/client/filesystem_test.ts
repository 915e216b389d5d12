import { ExecServerClient, RemoteFilesystem } from "../../client/mod.ts";
import { ExecServer, type ListenAddress, parseListenAddress } from "../../server/mod.ts";
import { codexBinaryInTask } from "../interop/codex_binary.ts";
import { ServerProcess } from "../support/server_process.ts";
import { tempDir } from "../support/temp_dir.ts";
import { type FilesystemSubject, filesystemSuite } from "./filesystem_suite.ts";

type Socket = Exclude<ListenAddress, { kind: "stdio" }>;

async function remote(
  url: string,
  traits: Pick<FilesystemSubject, "newer" | "remote">,
  release: () => Promise<void>,
): Promise<FilesystemSubject> {
  const client = await ExecServerClient.connect(url, { clientName: "test" });
  return {
    ...traits,
    filesystem: new RemoteFilesystem(() => Promise.resolve(client)),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await release();
    },
  };
}

filesystemSuite("local files", async () => {
  const server = await ExecServer.create();
  return {
    newer: true,
    remote: false,
    filesystem: server.filesystem,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
});

filesystemSuite("remote files", async () => {
  const server = await ExecServer.create();
  const url = await server.listen(parseListenAddress("ws://127.0.0.1:0") as Socket);
  return await remote(url, { newer: true, remote: true }, () => server.shutdown());
});

for (const [version, newer] of [["0.130.0", false], ["0.169.0", true]] as const) {
  const program = await codexBinaryInTask(version);
  filesystemSuite(`files of codex ${version}`, async () => {
    const home = await tempDir();
    const args = ["exec-server", "--listen", "ws://127.0.0.1:0"];
    const command = { program: program as string, args, env: { CODEX_HOME: home.path } };
    const server = await ServerProcess.start(command);
    return await remote(server.url, { newer, remote: true }, async () => {
      await server[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    });
  }, { ignore: program === undefined });
}
