import { assertEquals, assertThrows } from "@std/assert";
import { RpcError } from "../../../protocol/mod.ts";
import { headerValue } from "../../../server/http/header_value.ts";

const DENIED = [
  "CODEX_EXEC_SERVER_NOISE_AUTH_TOKEN",
  "OPENAI_FEDERATION_RULE_ID",
  "OPENAI_IDENTITY_TOKEN_FILE",
  "OPENAI_WORKLOAD_IDENTITY_CONTEXT",
  "OPENAI_API_KEY",
  "CODEX_API_KEY",
  "CODEX_ACCESS_TOKEN",
  "CODEX_CONNECTORS_TOKEN",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AZURE_CLIENT_SECRET",
  "AZURE_FEDERATED_TOKEN_FILE",
  "GOOGLE_APPLICATION_CREDENTIALS",
];

function refusal(variable: string, environment: Record<string, string> = {}): string {
  const header = { name: "X-H", value: "p:", valueEnvVar: variable };
  const error = assertThrows(() => headerValue(header, environment), RpcError, undefined, variable);
  assertEquals(error.code, -32602);
  return error.message;
}

Deno.test("headerValue() appends the executor's variable", () => {
  const environment = { GITHUB_TOKEN: "secret", OPENAI_API_KEY: "x" };
  const header = { name: "authorization", value: "Bearer ", valueEnvVar: "GITHUB_TOKEN" };
  assertEquals(headerValue(header, environment), "Bearer secret");
  assertEquals(headerValue({ name: "a", valueEnvVar: "GITHUB_TOKEN" }, environment), "secret");
  assertEquals(headerValue({ name: "a", value: "v", valueEnvVar: null }, environment), "v");
});

Deno.test("headerValue() refuses denied variables in any case, set or not", () => {
  for (const name of DENIED) {
    for (const spelling of [name, name.toLowerCase()]) {
      const text = `http/request header X-H cannot use executor environment variable ${spelling}`;
      assertEquals(refusal(spelling, { [spelling]: "v" }), text);
      assertEquals(refusal(spelling), text);
    }
  }
});

Deno.test("headerValue() refuses variables that are unset, malformed or empty", () => {
  for (const name of ["NOPE", "", "A=B", "toString", "__proto__"]) {
    assertEquals(refusal(name), `http/request header X-H requires executor environment variable ${name}`);
  }
  const text = "http/request header X-H requires a non-empty executor environment variable EMPTY";
  assertEquals(refusal("EMPTY", { EMPTY: "" }), text);
});

Deno.test("headerValue() checks the value with the variable in it", () => {
  const message = "http/request header value is invalid for X-H: failed to parse header value";
  assertEquals(refusal("EVIL", { EVIL: "a\r\nx: y" }), message);
  for (const value of ["\n", "\r", "\0", "\x7f", "\x1f"]) {
    assertThrows(() => headerValue({ name: "X-H", value }, {}), RpcError, message);
  }
  assertEquals(headerValue({ name: "x", value: "\té " }, {}), "\té ");
});
