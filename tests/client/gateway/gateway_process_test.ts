import { RemoteExec } from "../../../client/mod.ts";
import { type ProcessSubject, processSuite } from "../process_suite.ts";
import { connectGateway, startGateway } from "./support.ts";

processSuite("gateway", async (): Promise<ProcessSubject> => {
  const fixture = await startGateway();
  const client = await connectGateway(fixture.url);
  return {
    additions: true,
    interrupt: true,
    killedBy: (n: number) => 128 + n,
    exec: new RemoteExec(() => Promise.resolve(client)),
    [Symbol.asyncDispose]: async () => {
      await client.close();
      await fixture[Symbol.asyncDispose]();
    },
  };
});
