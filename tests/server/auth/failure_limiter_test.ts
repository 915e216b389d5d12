import { assert, assertEquals } from "@std/assert";
import { LIMITS, TEXTS } from "../../../protocol/mod.ts";
import { FailureLimiter } from "../../../server/auth/failure_limiter.ts";
import { CapabilityToken, ExecServer } from "../../../server/mod.ts";
import { UPGRADE } from "../../faults/support/raw_websocket.ts";
import { rawHttp } from "../lifecycle/support.ts";

const { authFailureBurst, maxHeldAuthFailures, authFailureDelayMs } = LIMITS;

Deno.test("failed authentications: the first are answered at once, the next late, and then nothing is looked at", async () => {
  const limiter = new FailureLimiter(() => 0);
  for (let i = 0; i < authFailureBurst; i++) assertEquals(limiter.failed("10.0.0.1"), undefined);
  const waits: Promise<void>[] = [];
  for (let i = 0; i < maxHeldAuthFailures; i++) {
    assert(limiter.admits("10.0.0.1"));
    const wait = limiter.failed("10.0.0.1");
    assert(wait instanceof Promise);
    waits.push(wait);
  }
  assertEquals([limiter.admits("10.0.0.1"), limiter.failed("10.0.0.1")], [false, "full"]);
  assertEquals([limiter.admits("10.0.0.2"), limiter.failed("10.0.0.2")], [true, undefined]);
  await Promise.all(waits);
  assertEquals(limiter.admits("10.0.0.1"), true);
});

Deno.test("failed authentications: one is forgiven a second", async () => {
  let now = 0;
  const limiter = new FailureLimiter(() => now);
  for (let i = 0; i < authFailureBurst; i++) limiter.failed("10.0.0.1");
  now += authFailureDelayMs * 3;
  const answers = Array.from({ length: 4 }, () => limiter.failed("10.0.0.1"));
  assertEquals(answers.map((wait) => wait === undefined), [true, true, true, false]);
  await Promise.all(answers);
});

Deno.test("failed authentications: IPv6 addresses count by their network, IPv4 ones by themselves", async () => {
  const pairs: [string, string, boolean][] = [
    ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true],
    ["2001:db8::1", "2001:db8:0:0:1:2:3:4", true],
    ["2001:db8:1:2::1", "2001:db8:1:3::1", false],
    ["::ffff:10.0.0.1", "::ffff:10.0.0.2", false],
    ["10.0.0.1", "10.0.0.2", false],
  ];
  for (const [one, other, same] of pairs) {
    const limiter = new FailureLimiter(() => 0);
    for (let i = 0; i < authFailureBurst; i++) limiter.failed(one);
    const wait = limiter.failed(other);
    assertEquals(wait !== undefined, same, `${one} ${other}`);
    await wait;
  }
});

Deno.test("failed authentications: addresses that are remembered are bounded", () => {
  const limiter = new FailureLimiter(() => 0);
  for (let i = 0; i < authFailureBurst; i++) limiter.failed("10.0.0.1");
  for (let i = 0; i < LIMITS.maxAuthFailureAddresses; i++) limiter.failed(`10.1.${i >> 8}.${i & 255}`);
  // the oldest is forgotten
  assertEquals(limiter.failed("10.0.0.1"), undefined);
});

Deno.test("failed authentications: a flood is answered 429, another address and a right token notice nothing", async () => {
  const token = "the right token";
  await using stack = new AsyncDisposableStack();
  const server = await ExecServer.create({ authenticator: await CapabilityToken.of(token) });
  stack.defer(() => server.shutdown());
  const url = await server.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 });
  const attempt = (sent: string) => rawHttp(url, `${UPGRADE}Authorization: Bearer ${sent}\r\n\r\n`);
  const started = performance.now();
  const flood = Array.from({ length: authFailureBurst + maxHeldAuthFailures + 20 }, (_, i) => attempt(`guess ${i}`));
  const statuses = await Promise.all(flood);
  const refused = statuses.filter(({ status }) => status === 429);
  assert(refused.length > 0 && statuses.length - refused.length >= authFailureBurst + maxHeldAuthFailures);
  for (const { body, headers } of refused) {
    assertEquals({ body, after: headers.get("retry-after") }, { body: TEXTS.tooManyAuthFailures, after: "1" });
  }
  assert(performance.now() - started >= authFailureDelayMs);
  assertEquals((await attempt(token)).status, 101);
  const again = performance.now();
  assertEquals((await attempt("guess")).status, 401);
  assert(performance.now() - again >= authFailureDelayMs * 0.9, "a further guess is answered late");
});
