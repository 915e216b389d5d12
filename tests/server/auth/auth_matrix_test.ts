import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ClientError, ExecServerClient } from "../../../client/mod.ts";
import { TEXTS } from "../../../protocol/mod.ts";
import { CapabilityToken, ExecServer, SignedToken } from "../../../server/mod.ts";
import type { Authenticator } from "../../../server/mod.ts";
import { UPGRADE } from "../../faults/support/raw_websocket.ts";
import { rawHttp } from "../lifecycle/support.ts";
import { signJwt } from "./sign_jwt.ts";

const TOKEN = "a capability token of some length";
const SECRET = "0123456789abcdef0123456789abcdef";
const NOW = 1_800_000_000;
const SKEW = 30;

/** One row: what is sent, and what the server says; undefined is let in. */
interface Row {
  readonly name: string;
  readonly authorization: string | undefined;
  readonly refusal: string | undefined;
}

/** Rows that hold for both kinds of authentication. */
function headerRows(token: string, wrong: string): Row[] {
  const { missingBearerToken, invalidAuthorization } = TEXTS;
  return [
    { name: "no header", authorization: undefined, refusal: missingBearerToken },
    { name: "empty header", authorization: "", refusal: invalidAuthorization },
    { name: "no token", authorization: "Bearer", refusal: invalidAuthorization },
    { name: "blank token", authorization: "Bearer   ", refusal: invalidAuthorization },
    { name: "other scheme", authorization: `Basic ${token}`, refusal: invalidAuthorization },
    { name: "no scheme", authorization: token, refusal: invalidAuthorization },
    { name: "no blank", authorization: `Bearer${token}`, refusal: invalidAuthorization },
    { name: "a tab for the blank", authorization: `Bearer\t${token}`, refusal: invalidAuthorization },
    { name: "not ASCII", authorization: "Bearer \xff", refusal: invalidAuthorization },
    { name: "right", authorization: `Bearer ${token}`, refusal: undefined },
    { name: "scheme in lower case, blanks around", authorization: `bearer   ${token}  `, refusal: undefined },
    { name: "scheme in upper case", authorization: `BEARER ${token}`, refusal: undefined },
    { name: "one character more", authorization: `Bearer ${token}x`, refusal: wrong },
    { name: "one character less", authorization: `Bearer ${token.slice(0, -1)}`, refusal: wrong },
    { name: "two of them", authorization: `Bearer x, Bearer ${token}`, refusal: wrong },
  ];
}

async function jwtRows(): Promise<Row[]> {
  const good = { exp: NOW + 60, iss: "issuer", aud: "audience" };
  const { invalidJwt, expiredJwt, earlyJwt, jwtIssuer, jwtAudience } = TEXTS;
  const claims: [string, unknown, string | undefined][] = [
    ["audience in a list", { ...good, aud: ["other", "audience"] }, undefined],
    ["no exp", { ...good, exp: undefined }, invalidJwt],
    ["exp is a string", { ...good, exp: `${NOW + 60}` }, invalidJwt],
    ["exp is a fraction", { ...good, exp: NOW + 60.5 }, invalidJwt],
    ["exp is beyond any time", { ...good, exp: 1e300 }, invalidJwt],
    ["expired within the skew", { ...good, exp: NOW - SKEW }, undefined],
    ["expired", { ...good, exp: NOW - SKEW - 1 }, expiredJwt],
    ["expired long ago", { ...good, exp: -5 }, expiredJwt],
    ["expired goes before issuer", { ...good, exp: NOW - 99, iss: "other" }, expiredJwt],
    ["expired goes before nbf", { ...good, exp: NOW - 99, nbf: NOW + 99 }, expiredJwt],
    ["nbf within the skew", { ...good, nbf: NOW + SKEW }, undefined],
    ["nbf is null", { ...good, nbf: null }, undefined],
    ["not valid yet", { ...good, nbf: NOW + SKEW + 1 }, earlyJwt],
    ["not valid yet goes before issuer", { ...good, nbf: NOW + 99, iss: "other" }, earlyJwt],
    ["nbf is a string", { ...good, nbf: "soon" }, invalidJwt],
    ["other issuer", { ...good, iss: "other" }, jwtIssuer],
    ["no issuer", { ...good, iss: undefined }, jwtIssuer],
    ["issuer is a list", { ...good, iss: ["issuer"] }, invalidJwt],
    ["issuer goes before audience", { ...good, iss: "other", aud: "other" }, jwtIssuer],
    ["other audience", { ...good, aud: "other" }, jwtAudience],
    ["no audience", { ...good, aud: undefined }, jwtAudience],
    ["other audiences", { ...good, aud: ["other"] }, jwtAudience],
    ["audience is a number", { ...good, aud: 5 }, invalidJwt],
    ["audiences with a number", { ...good, aud: ["audience", 5] }, invalidJwt],
    ["payload is an array", [1], invalidJwt],
    ["payload is no JSON", "hello", invalidJwt],
  ];
  const rows = await Promise.all(claims.map(async ([name, payload, refusal]) => {
    return { name, authorization: `Bearer ${await signJwt(SECRET, payload)}`, refusal };
  }));
  const right = await signJwt(SECRET, good);
  const [head, payload] = right.split(".") as [string, string];
  const none = btoa('{"alg":"none"}').replaceAll("=", "");
  const forged: [string, string, string | undefined][] = [
    ["signed by another secret", await signJwt(`${SECRET}x`, good), invalidJwt],
    ["alg none", `${none}.${payload}.`, invalidJwt],
    ["alg none with the signature of another token", `${none}.${payload}.${right.split(".")[2]}`, invalidJwt],
    ["HS384", await signJwt(SECRET, good, { alg: "HS384" }, "SHA-384"), invalidJwt],
    ["HS512 in the header only", await signJwt(SECRET, good, { alg: "HS512" }), invalidJwt],
    ["no alg", await signJwt(SECRET, good, { typ: "JWT" }), invalidJwt],
    ["no typ", await signJwt(SECRET, good, { alg: "HS256" }), undefined],
    ["a critical extension nobody knows", await signJwt(SECRET, good, { alg: "HS256", crit: ["b"], b: 1 }), invalidJwt],
    ["no signature", `${head}.${payload}`, invalidJwt],
    ["empty signature", `${head}.${payload}.`, invalidJwt],
    ["padding behind the signature", `${right}=`, invalidJwt],
    [
      "another payload under the signature",
      `${head}.${btoa(JSON.stringify({ exp: NOW + 99 })).replaceAll("=", "")}.${right.split(".")[2]}`,
      invalidJwt,
    ],
  ];
  return [...rows, ...forged.map(([name, token, refusal]) => ({ name, authorization: `Bearer ${token}`, refusal }))];
}

async function startWith(authenticator: Authenticator): Promise<{ url: string; server: ExecServer } & AsyncDisposable> {
  const server = await ExecServer.create({ authenticator });
  const url = await server.listen({ kind: "websocket", hostname: "127.0.0.1", port: 0 });
  return { url, server, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** Each row against a server of its own, so that no row is slowed down by the failures of others. */
async function checkRows(t: Deno.TestContext, create: () => Authenticator, rows: readonly Row[]): Promise<void> {
  for (const { name, authorization, refusal } of rows) {
    await t.step(`${name}: ${refusal ?? "let in"}`, async () => {
      await using running = await startWith(create());
      const header = authorization === undefined ? "" : `Authorization: ${authorization}\r\n`;
      const raw = await rawHttp(running.url, latin1(`${UPGRADE}${header}\r\n`));
      assertEquals({ status: raw.status, body: raw.body }, {
        status: refusal === undefined ? 101 : 401,
        body: refusal ?? "",
      });
      if (refusal !== undefined) assertEquals(raw.headers.get("content-type"), "text/plain; charset=utf-8");
      const headers = authorization === undefined ? {} : { authorization };
      const connect = () => ExecServerClient.connect(running.url, { clientName: "test", headers });
      if (refusal === undefined) {
        await using client = await connect();
        assertEquals(await client.call("environment/status", {}), { status: "ready" });
      } else {
        const error = await assertRejects(connect, ClientError);
        assertStringIncludes(error.message, "401");
        assertEquals(running.server.connections, 0);
      }
    });
  }
}

function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

Deno.test("authentication: every row of the matrix, capability token", async (t) => {
  const authenticator = await CapabilityToken.of(TOKEN);
  await checkRows(t, () => authenticator, headerRows(TOKEN, TEXTS.invalidBearerToken));
});

Deno.test("authentication: every row of the matrix, signed token", async (t) => {
  const token = await signJwt(SECRET, { exp: NOW + 60, iss: "issuer", aud: "audience" });
  const create = () =>
    new SignedToken({
      secret: new TextEncoder().encode(SECRET),
      issuer: "issuer",
      audience: "audience",
      maxClockSkewSeconds: SKEW,
      now: () => NOW * 1000 + 999,
    });
  await checkRows(t, create, [...headerRows(token, TEXTS.invalidJwt), ...await jwtRows()]);
});

Deno.test("authentication: without a required issuer and audience, tokens of any are let in", async () => {
  const authenticator = new SignedToken({ secret: new TextEncoder().encode(SECRET), maxClockSkewSeconds: 0 });
  const exp = Math.floor(Date.now() / 1000) + 60;
  const of = async (claims: object) => authenticator.authenticate(`Bearer ${await signJwt(SECRET, claims)}`);
  assertEquals(await of({ exp }), { principal: "jwt:[null,null]" });
  assertEquals(await of({ exp, iss: "i", aud: ["x"], sub: "s" }), { principal: 'jwt:["i","s"]' });
  // two pairs of claims never make one principal
  assertEquals(await of({ exp, iss: 'i","s' }), { principal: 'jwt:["i\\",\\"s",null]' });
  assertEquals(await of({ exp, sub: 5 }), { refusal: TEXTS.invalidJwt });
});

Deno.test("authentication: comes behind Origin, route and upgrade headers, and health needs none", async () => {
  await using running = await startWith(await CapabilityToken.of(TOKEN));
  const status = async (request: string) => (await rawHttp(running.url, request)).status;
  assertEquals(await status(`${UPGRADE}Origin: x\r\n\r\n`), 403);
  assertEquals(await status("GET /other HTTP/1.1\r\n\r\n"), 404);
  assertEquals(await status("POST / HTTP/1.1\r\n\r\n"), 405);
  assertEquals(await status("GET / HTTP/1.1\r\n\r\n"), 400);
  assertEquals(await status("GET /readyz HTTP/1.1\r\n\r\n"), 200);
  assertEquals(await status("GET /livez HTTP/1.1\r\n\r\n"), 200);
  // a proxy in front may name the machine as it likes: who has the token is no web page
  assertEquals(await status(`${UPGRADE.replace("localhost", "devbox.example")}\r\n`), 401);
});

Deno.test("authentication: a digest of another length is a mistake of the caller", () => {
  let error: unknown;
  try {
    new CapabilityToken(new Uint8Array(31));
  } catch (thrown) {
    error = thrown;
  }
  assert(error instanceof RangeError);
});
