import { ExecServerClient } from "../../client/mod.ts";
import { RemoteExec } from "../../client/mod.ts";
import { ExecServer, parseListenAddress } from "../../server/mod.ts";
import { type ProcessSubject, processSuite } from "./process_suite.ts";

const OURS = { additions: true, interrupt: true, killedBy: (n: number) => 128 + n };

processSuite("local", async (): Promise<ProcessSubject> => {
  const server = await ExecServer.create();
  return { ...OURS, exec: server.localExec(), [Symbol.asyncDispose]: () => server.shutdown() };
});

processSuite("websocket", async (): Promise<ProcessSubject> => {
  const server = await ExecServer.create();
  const url = await server.listen(parseListenAddress("ws://127.0.0.1:0") as never);
  const client = await ExecServerClient.connect(url, { clientName: "test" });
  return {
    ...OURS,
    exec: new RemoteExec(() => Promise.resolve(client)),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await server.shutdown();
    },
  };
});
