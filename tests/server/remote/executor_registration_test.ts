import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { executorRegistration, RegistryError } from "../../../server/mod.ts";
import { type RecordedRequest, registryDouble } from "../../support/registry_double.ts";

const signal = new AbortController().signal;
const good = (id = "e1") => Response.json({ id: "registration-1", executor_id: id, url: "ws://127.0.0.1:9/", more: 1 });

Deno.test("executor registration: the request is the original's, message for message", async () => {
  await using registry = registryDouble(() => good("exec-1"));
  const registration = await executorRegistration({
    registryUrl: ` ${registry.url}/base// `,
    id: " e1 ",
    bearerToken: " token-1\n",
  });
  const rendezvous = await registration.register(signal);
  assertEquals(rendezvous.url, "ws://127.0.0.1:9/");
  assertEquals(
    rendezvous.notice,
    "codex exec-server remote executor registration-1 registered with executor_id exec-1",
  );
  await registration.register(signal);
  const [first, second] = registry.requests as [RecordedRequest, RecordedRequest];
  assertEquals([first.method, first.path], ["POST", "/base/cloud/executor/e1/register"]);
  const { authorization, accept } = first.headers;
  assertEquals({ authorization, type: first.headers["content-type"], accept }, {
    authorization: "Bearer token-1",
    type: "application/json",
    accept: "*/*",
  });
  const idempotency = (JSON.parse(first.body) as { idempotency_id: string }).idempotency_id;
  assertMatch(idempotency, /^codex-exec-server-[0-9a-f]{64}$/);
  assertEquals(
    first.body,
    `{"idempotency_id":"${idempotency}","executor_id":"e1","name":"codex-exec-server","labels":{},"metadata":{}}`,
  );
  assertEquals(second.body, first.body);
});

Deno.test("executor registration: another process or name has another idempotency id; the id goes out unencoded", async () => {
  await using registry = registryDouble(() => good());
  for (const name of [undefined, undefined, "devbox"]) {
    const options = { registryUrl: registry.url, id: "a/b", bearerToken: "t", name };
    await (await executorRegistration(options)).register(signal);
  }
  const bodies = registry.requests.map(({ body }) => JSON.parse(body) as { idempotency_id: string; name: string });
  assertEquals(new Set(bodies.map(({ idempotency_id }) => idempotency_id)).size, 3);
  assertEquals(bodies.map(({ name }) => name), ["codex-exec-server", "codex-exec-server", "devbox"]);
  assertEquals(registry.requests[0]?.path, "/cloud/executor/a/b/register");
});

Deno.test("executor registration: redirects are followed, 302 with GET", async () => {
  await using registry = registryDouble(({ path }, url) =>
    path === "/moved" ? good() : Response.redirect(`${url}/moved`, 302)
  );
  const registration = await executorRegistration({ registryUrl: registry.url, id: "e1", bearerToken: "t" });
  assertEquals((await registration.register(signal)).url, "ws://127.0.0.1:9/");
  assertEquals(registry.requests.map(({ method, path }) => `${method} ${path}`), [
    "POST /cloud/executor/e1/register",
    "GET /moved",
  ]);
});

const json = (status: number, body: unknown) => Response.json(body, { status });
const FAILURES: readonly [string, () => Response, string][] = [
  [
    "401 with a message",
    () => json(401, { error: { code: "no", message: "go away" } }),
    "executor registry authentication error: executor registry authentication failed (401 Unauthorized): go away",
  ],
  [
    "403 without a body",
    () => new Response(null, { status: 403 }),
    "executor registry authentication error: executor registry authentication failed (403 Forbidden): empty error body",
  ],
  [
    "401 in plain text",
    () => new Response("who?", { status: 401 }),
    "executor registry authentication error: executor registry authentication failed (401 Unauthorized): who?",
  ],
  [
    "404 with code and message",
    () => json(404, { error: { code: "not_found", message: "no such" } }),
    "executor registry request failed (404 Not Found, not_found): no such",
  ],
  [
    "an error without a code",
    () => json(409, { error: { message: "busy" } }),
    "executor registry request failed (409 Conflict): busy",
  ],
  [
    "an error without a message",
    () => new Response('{"error":{}}', { status: 500 }),
    'executor registry request failed (500 Internal Server Error): {"error":{}}',
  ],
  [
    "no JSON",
    () => new Response("<html>", { status: 502 }),
    "executor registry request failed (502 Bad Gateway): <html>",
  ],
  [
    "a long page",
    () => new Response("x".repeat(9_000), { status: 502 }),
    `executor registry request failed (502 Bad Gateway): ${"x".repeat(4096)}`,
  ],
  [
    "nothing",
    () => new Response(null, { status: 503 }),
    "executor registry request failed (503 Service Unavailable): empty or malformed error body",
  ],
  [
    "success without JSON",
    () => new Response("fine"),
    "executor registry request failed: error decoding response body\n\nCaused by:\n    bad JSON",
  ],
  [
    "success without a url",
    () => json(200, { id: "r", executor_id: "e" }),
    "executor registry request failed: error decoding response body\n\nCaused by:\n    missing field `url`",
  ],
];

for (const [name, answer, message] of FAILURES) {
  Deno.test(`executor registration: fails after ${name}`, async () => {
    await using registry = registryDouble(answer);
    const registration = await executorRegistration({ registryUrl: registry.url, id: "e1", bearerToken: "t" });
    const error = await assertRejects(() => registration.register(signal), RegistryError);
    // what the engine says of the JSON is its own
    assertEquals(error.message.replace(/(Caused by:\n {4})Unexpected token.*/s, "$1bad JSON"), message);
  });
}

Deno.test("executor registration: an answer without end and a refused connection are failures", async () => {
  const endless = () => new Response(ReadableStream.from(stream()));
  async function* stream() {
    while (true) yield await Promise.resolve(new TextEncoder().encode("x".repeat(1000)));
  }
  await using registry = registryDouble(endless);
  const options = { id: "e1", bearerToken: "secret-token" };
  const long = await executorRegistration({ ...options, registryUrl: registry.url });
  const prefix = "executor registry request failed: error sending request for url (";
  await assertRejects(
    () => long.register(signal),
    RegistryError,
    `${prefix}${registry.url}/cloud/executor/e1/register)`,
  );
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  taken.close(); // nobody listens there now
  const nobody = await executorRegistration({ ...options, registryUrl: `http://u:p@127.0.0.1:${port}/x?sig=1#` });
  const error = await assertRejects(() => nobody.register(signal), RegistryError, prefix);
  assertMatch(error.message, /Caused by:\n[^]*refused/);
  for (const secret of ["secret-token", "u:p", "sig"]) assert(!error.message.includes(secret), error.message);
});

Deno.test("executor registration: id, token and base URL are checked in this order", async () => {
  const missing = async (id: string, bearerToken: string | undefined, registryUrl: string) =>
    (await assertRejects(() => executorRegistration({ id, bearerToken, registryUrl }), RegistryError)).message;
  const variable = "executor registry authentication error: executor registry bearer token environment variable " +
    "`CODEX_EXEC_SERVER_REMOTE_BEARER_TOKEN`";
  assertEquals(
    await missing(" ", undefined, ""),
    "executor registry configuration error: executor id is required for remote exec-server registration",
  );
  assertEquals(await missing("e", undefined, ""), `${variable} is not set`);
  assertEquals(await missing("e", "  ", ""), `${variable} is empty`);
  assertEquals(
    await missing("e", "t", " / "),
    "executor registry configuration error: executor registry base URL is required",
  );
});
