import { assert, assertEquals, assertRejects } from "@std/assert";
import { executorRegistration, RegistryError } from "../../../server/mod.ts";
import { registryDouble } from "../../support/registry_double.ts";
import { until } from "../../support/until.ts";
import { nextMessage, pauseForever, runExecutor } from "./support.ts";

const ask = async (socket: WebSocket, message: unknown): Promise<Record<string, unknown>> => {
  const answer = nextMessage(socket);
  socket.send(JSON.stringify(message));
  const text = await answer;
  assertEquals(typeof text, "string", "an answer is a text frame");
  return JSON.parse(text as string);
};
const initialize = (resumeSessionId: string | null) => ({
  id: 1,
  method: "initialize",
  params: { clientName: "codex-environment", resumeSessionId },
});

Deno.test("rendezvous: plain JSON-RPC, silent until it is spoken to; a session is resumed over the next one", async () => {
  await using registry = registryDouble((_request, url) =>
    Response.json({
      id: "r",
      executor_id: "e1",
      url: `${url.replace("http", "ws")}/rendezvous?role=executor&sig=secret`,
    })
  );
  const registration = await executorRegistration({ registryUrl: registry.url, id: "e1", bearerToken: "t" });
  await using executor = await runExecutor(registration);
  const first = await registry.rendezvous();
  // had it said something, that would come before the answer
  const opened = await ask(first, initialize(null)) as { id: number; result: { sessionId: string } };
  assertEquals(opened.id, 1);
  const { sessionId } = opened.result;
  first.send('{"method":"initialized","params":{}}');
  const started = await ask(first, {
    id: 2,
    method: "process/start",
    params: {
      processId: "p",
      argv: ["/bin/sh", "-c", "read line; echo got $line"],
      cwd: "/",
      env: {},
      tty: false,
      pipeStdin: true,
    },
  });
  assertEquals(started.id, 2);
  assertEquals(registry.dials[0]?.authorization, undefined);
  assertEquals(registry.dials[0]?.["sec-websocket-extensions"], undefined);
  first.close();

  const second = await registry.rendezvous();
  assertEquals(registry.requests.length, 2, "it registers again before it dials again");
  assertEquals(registry.requests[1]?.body, registry.requests[0]?.body);
  const resumed = await ask(second, initialize(sessionId)) as { result: { sessionId: string } };
  assertEquals(resumed.result.sessionId, sessionId);
  second.send('{"method":"initialized","params":{}}');
  const seen: string[] = [];
  const closed = Promise.withResolvers<void>();
  second.addEventListener("message", ({ data }) => {
    seen.push(data);
    if (data.includes("process/closed")) closed.resolve();
  });
  second.send(JSON.stringify({ id: 3, method: "process/write", params: { processId: "p", chunk: btoa("hi\n") } }));
  await closed.promise;
  assert(seen.some((text) => text.includes(btoa("got hi\n"))), seen.join("\n"));
  assertEquals(executor.pauses, [1000]);
  assertEquals(
    executor.notices,
    Array(2).fill("codex exec-server remote executor r registered with executor_id e1"),
  );
});

Deno.test("rendezvous: pauses double from 1 s to 30 s, and start again after a connection", async () => {
  let working = false;
  await using registry = registryDouble((_request, url) =>
    Response.json({
      id: "r",
      executor_id: "e1",
      url: `${url.replace("http", "ws")}${working ? "/rendezvous" : "/nowhere"}?sig=secret`,
    })
  );
  const registration = await executorRegistration({ registryUrl: registry.url, id: "e1", bearerToken: "t" });
  const pauses: number[] = [];
  await using executor = await runExecutor(registration, async (ms, signal) => {
    pauses.push(ms);
    if (pauses.length === 7) working = true;
    if (pauses.length === 9) await pauseForever(ms, signal);
  });
  for (let i = 0; i < 2; i++) (await registry.rendezvous()).close();
  await until("the last pause begins", () => pauses.length === 9);
  assertEquals(pauses, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 1000, 1000]);
  const warnings = executor.logged.filter((line) => line.startsWith("warn"));
  assertEquals(warnings.length, 7);
  assert(warnings[0]?.startsWith("warn failed to connect remote exec-server websocket: "), warnings[0]);
  assert(!executor.logged.join().includes("secret"), "the URL's secret is not logged");
});

Deno.test("rendezvous: a registration that fails ends the executor, also a later one", async () => {
  let registrations = 0;
  await using registry = registryDouble((_request, url) =>
    ++registrations === 1
      ? Response.json({ id: "r", executor_id: "e1", url: `${url.replace("http", "ws")}/rendezvous` })
      : Response.json({ error: { code: "gone", message: "moved out" } }, { status: 410 })
  );
  const registration = await executorRegistration({ registryUrl: registry.url, id: "e1", bearerToken: "t" });
  await using executor = await runExecutor(registration);
  (await registry.rendezvous()).close();
  await assertRejects(
    () => executor.running,
    RegistryError,
    "executor registry request failed (410 Gone, gone): moved out",
  );
});
