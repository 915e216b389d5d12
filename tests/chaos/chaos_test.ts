import { assert } from "@std/assert";
import { startServer } from "../support/test_server.ts";
import { chaos } from "./chaos.ts";

Deno.test("chaos: no byte is lost and no write applied twice, over cuts, silences and a restart", async () => {
  const { breaks, restarts, writes, outputBytes } = await chaos({
    startServer: () => startServer(),
    lives: 2,
    breaks: 40,
    processes: 10,
    seed: 20_260_514,
  });
  assert(breaks >= 80 && restarts === 1, `${breaks} breaks, ${restarts} restarts`);
  assert(writes > 300 && outputBytes > 1_000_000, `${writes} writes, ${outputBytes} bytes of output`);
});
