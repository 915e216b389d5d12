import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { decodeParams } from "../../protocol/decode_params.ts";
import { ErrorCode, RpcError } from "../../protocol/errors.ts";
import { type MethodName, METHODS } from "../../protocol/methods.ts";
import { METHOD_SAMPLES } from "./method_samples.ts";

const NAMES = Object.keys(METHODS) as MethodName[];
const START = METHOD_SAMPLES["process/start"].required ?? {};
const WALK = METHOD_SAMPLES["fs/walk"].required ?? {};

function refuses(method: MethodName, params: unknown, member: string): void {
  const error = assertThrows(() => decodeParams(method, params), RpcError, undefined, `${method} ${member}`);
  assertEquals(error.code, ErrorCode.InvalidParams, method);
  assertStringIncludes(error.message, member, method);
}

Deno.test("decodeParams: every method takes its required members alone", () => {
  for (const name of NAMES) {
    const { required } = METHOD_SAMPLES[name];
    const decoded = decodeParams(name, required) as Record<string, unknown> | null;
    for (const member of Object.keys(required ?? {})) assert(Object.hasOwn(decoded ?? {}, member), `${name} ${member}`);
  }
});

Deno.test("decodeParams: every optional member is taken", () => {
  for (const name of NAMES) {
    const { required, nullable, plain } = METHOD_SAMPLES[name];
    if (required === null) continue;
    const decoded = decodeParams(name, { ...required, ...nullable, ...plain }) as Record<string, unknown>;
    for (const member of Object.keys({ ...nullable, ...plain })) assert(Object.hasOwn(decoded, member), member);
  }
});

Deno.test("decodeParams: a missing required member is named", () => {
  for (const name of NAMES) {
    const required = METHOD_SAMPLES[name].required ?? {};
    for (const member of Object.keys(required)) {
      const { [member]: _, ...rest } = required;
      refuses(name, rest, `params.${member}: `);
    }
  }
});

Deno.test("decodeParams: required members do not take null", () => {
  for (const name of NAMES) {
    const required = METHOD_SAMPLES[name].required ?? {};
    for (const member of Object.keys(required)) refuses(name, { ...required, [member]: null }, `params.${member}: `);
  }
});

Deno.test("decodeParams: nullable members take null, plain ones refuse it", () => {
  for (const name of NAMES) {
    const { required, nullable, plain } = METHOD_SAMPLES[name];
    for (const member of Object.keys(nullable)) {
      const decoded = decodeParams(name, { ...required, [member]: null }) as Record<string, unknown>;
      assertEquals(decoded[member], null, `${name} ${member}`);
    }
    for (const member of Object.keys(plain)) refuses(name, { ...required, [member]: null }, `params.${member}: `);
  }
});

Deno.test("decodeParams: members of the wrong type are named", () => {
  for (const name of NAMES) {
    const { required, nullable, plain } = METHOD_SAMPLES[name];
    const anything = ["managedNetwork", "networkProxy", "shellSnapshot"];
    for (const member of Object.keys({ ...required, ...nullable, ...plain })) {
      if (!anything.includes(member)) refuses(name, { ...required, [member]: Symbol.iterator }, `params.${member}: `);
    }
  }
});

Deno.test("decodeParams: unknown members are ignored", () => {
  for (const name of NAMES) {
    const { required } = METHOD_SAMPLES[name];
    if (required === null) continue;
    assertEquals(decodeParams(name, { ...required, zz: { a: [1] } }), decodeParams(name, required));
  }
});

Deno.test("decodeParams: methods with parameters need an object", () => {
  for (const name of NAMES) {
    if (METHOD_SAMPLES[name].required === null) continue;
    for (const params of [undefined, null, 1, "x", true]) refuses(name, params, "params: ");
    refuses(name, ["x"], "params");
  }
});

Deno.test("decodeParams: methods without parameters take none, null and an empty object", () => {
  for (const name of NAMES) {
    if (METHOD_SAMPLES[name].required !== null) continue;
    for (const params of [undefined, null, {}]) decodeParams(name, params);
    for (const params of [{ x: 1 }, [1], 1, "x"]) refuses(name, params, "params: ");
  }
});

Deno.test("decodeParams: absent optional members get their defaults", () => {
  const start = decodeParams("process/start", START);
  assertEquals([start.pipeStdin, start.enforceManagedNetwork, start.envPolicy], [false, false, undefined]);
  assertEquals(decodeParams("fs/open", { handleId: "h", path: "/" }).mode, "read");
  assertEquals(decodeParams("fs/walk", WALK).options.pruneHiddenDirectories, false);
  const http = decodeParams("http/request", METHOD_SAMPLES["http/request"].required);
  assertEquals([http.headers, http.redirectPolicy, http.streamResponse], [[], "follow", false]);
});

Deno.test("decodeParams: paths are decoded in the form they came in", () => {
  assertEquals(decodeParams("fs/readFile", { path: "/a/../b/" }).path, { path: "/b", form: "native" });
  assertEquals(decodeParams("fs/readFile", { path: "file:///a%20b" }).path, { path: "/a b", form: "uri" });
  assertEquals(decodeParams("process/start", { ...START, cwd: "file:///w" }).cwd, { path: "/w", form: "uri" });
});

Deno.test("decodeParams: a refused path keeps its own code", () => {
  const codeOf = (path: string) => {
    const error = assertThrows(() => decodeParams("fs/readFile", { path }), RpcError);
    return [error.code, error.message];
  };
  assertEquals(codeOf("http://h/x"), [-32602, "params.path: unsupported path URI scheme `http`"]);
  assertEquals(codeOf("file://host/x"), [-32600, "'file://host/x' is invalid on 'linux'"]);
  assertEquals(codeOf("file:///a%2Fb"), [-32004, "No such file or directory (os error 2)"]);
});

Deno.test("decodeParams: nested members are named by their whole path", () => {
  const policy = { inherit: "all", ignoreDefaultExcludes: false, exclude: [], set: {}, includeOnly: [] };
  for (const member of Object.keys(policy)) {
    const { [member as "set"]: _, ...rest } = policy;
    refuses("process/start", { ...START, envPolicy: rest }, `params.envPolicy.${member}: `);
  }
  refuses("process/start", { ...START, envPolicy: { ...policy, inherit: "CORE" } }, "params.envPolicy.inherit: ");
  refuses("process/start", { ...START, argv: ["a", 1] }, "params.argv.1: ");
  refuses("process/start", { ...START, env: { A: 1 } }, "params.env.A: ");
  refuses("fs/walk", { ...WALK, options: {} }, "params.options.maxDepth: ");
  refuses("fs/watchMissing", { watchId: 1, missing: ["/a", "b"] }, "params.missing.1: ");
  refuses("http/request", { method: "", url: "", requestId: "", headers: [{ name: "a" }] }, "params.headers.0.value: ");
});

Deno.test("decodeParams: unsigned integers are refused when negative or fractional", () => {
  const read = (member: string, value: unknown) => ({ processId: "p", [member]: value });
  for (const member of ["afterSeq", "maxBytes", "waitMs"]) {
    for (const value of [-1, 1.5, "1", 2 ** 65, Infinity, NaN, true]) {
      refuses("process/read", read(member, value), `params.${member}: `);
    }
    decodeParams("process/read", read(member, Number("18446744073709551615")));
  }
});

Deno.test("decodeParams: terminal sizes fit 16 bits and are not zero", () => {
  const resize = (rows: unknown, cols: unknown) => ({ processId: "p", rows, cols });
  decodeParams("process/resize", resize(1, 65_535));
  for (const size of [0, -1, 65_536, 1.5, null]) {
    refuses("process/resize", resize(size, 1), "params.rows: ");
    refuses("process/resize", resize(1, size), "params.cols: ");
  }
});

Deno.test("decodeParams: enums name what is allowed", () => {
  refuses("process/signal", { processId: "p", signal: "SIGINT" }, '"interrupt"');
  refuses("fs/open", { handleId: "h", path: "/", mode: "append" }, '"replace"');
  refuses("http/request", { method: "", url: "", requestId: "", redirectPolicy: "error" }, '"stop"');
});
