import { LIMITS } from "../../../protocol/mod.ts";

/** A frame that is wrong, and the error code and id it has to be answered with. */
export interface MalformedFrame {
  readonly frame: string | Uint8Array;
  readonly id: number | string;
  readonly code: number;
}

type Make = (n: number) => readonly [frame: string | Uint8Array, code: number];

const PARSE = -32600, METHOD = -32601, PARAMS = -32602;
const encoder = new TextEncoder();

/** Answered with id -1: the frame is no message (section 5.3). */
const UNPARSABLE: readonly ((n: number) => string | Uint8Array)[] = [
  (n) => `hello ${n}`,
  () => "",
  (n) => " \t\r\n".repeat(n % 50),
  (n) => "{".repeat(1 + n % 100),
  (n) => `{"id":${n},"method":"environment/status"`,
  (n) => `{"id":${n},"method":"environment/status"}}`,
  (n) => `{"id":${n},"method":"environment/status"}{"id":${n}}`,
  (n) => `{"id":${n},"method":"environment/status",}`,
  (n) => `{'id':${n}}`,
  (n) => `\uFEFF{"id":${n},"method":"environment/status"}`,
  () => "null",
  (n) => String(n),
  () => '"x"',
  () => "true",
  () => "[]",
  () => "{}",
  (n) => `[{"id":${n},"method":"environment/status"}]`,
  (n) => `{"id":${n}}`,
  (n) => `{"id":${n},"method":5}`,
  (n) => `{"id":${n},"method":null}`,
  (n) => `{"id":${n},"error":{}}`,
  (n) => `{"id":${n},"error":null}`,
  (n) => `{"id":${n},"error":{"code":"1","message":"x"}}`,
  (n) => `{"id":${n}.5,"method":"environment/status"}`,
  (n) => `{"id":${n}e400,"method":"environment/status"}`,
  () => '{"id":null,"method":"environment/status"}',
  () => '{"id":true,"method":"environment/status"}',
  () => '{"id":[1],"method":"environment/status"}',
  () => '{"id":{"id":1},"method":"environment/status"}',
  () => '{"id":9223372036854775808,"method":"environment/status"}',
  () => '{"id":-9223372036854775809,"method":"environment/status"}',
  (n) => `{"id":${n},"method":"environment/status","trace":5}`,
  (n) => `{"id":${n},"method":"environment/status","trace":[]}`,
  (n) => `{"id":${n},"method":"environment/status","trace":{"traceparent":5}}`,
  (n) => `{"id":${n},"id":${n},"method":"environment/status"}`,
  (n) => `{"id":${n},"method":"environment/status","method":"environment/status"}`,
  (n) => `{"id":${n},"method":"environment/status","params":{"a":1,"\\u0061":2}}`,
  (n) => `{"id":${n},"method":"x","params":${"[".repeat(LIMITS.maxJsonDepth)}${"]".repeat(LIMITS.maxJsonDepth)}}`,
  (n) => `{"id":${n},"method":"x","params":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`,
  (n) => `{"id":${n},"method":"\\ud800"}`,
  (n) => `{"id":${n},"method":"x","params":"\\udc00\\ud800"}`,
  (n) => `{"id":${n},"method":"x","params":{"\\ud800":1}}`,
  (n) => `{"id":${n},"method":"a\u0001b"}`,
  (n) => `{"id":${n},"method":"a\\x41"}`,
  (n) => `{"id":${n},"method":NaN}`,
  (n) => `{"id":${n},"method":"x","params":01}`,
  (n) => `{"id":${n},"method":"x","params":.5}`,
  (n) => `{"id":${n},"method":"unterminated`,
  () => new Uint8Array([0xff, 0xfe, 0x00]),
  (n) => encoder.encode(`{"id":${n},"method":"é`).slice(0, -1),
  () => new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), // a surrogate in UTF-8
  () => new Uint8Array(1_000),
];

/** Answered with their own id: the message is well-formed and asks for something that cannot be. */
const REFUSED: readonly Make[] = [
  (n) => [request(n, `no/such/method/${n}`), METHOD],
  (n) => [request(n, ""), METHOD],
  (n) => [request(n, "__proto__"), METHOD],
  (n) => [request(n, "toString"), METHOD],
  (n) => [request(n, "initialized"), METHOD],
  (n) => [request(n, "process/start"), PARAMS],
  (n) => [request(n, "process/start", null), PARAMS],
  (n) => [request(n, "process/start", ["p", ["true"], "/", {}, false]), PARAMS],
  (n) => [request(n, "process/start", { processId: "p", argv: ["true"], cwd: "/", env: {}, tty: "no" }), PARAMS],
  (n) => [request(n, "process/start", { processId: 5, argv: ["true"], cwd: "/", env: {}, tty: false }), PARAMS],
  (n) => [request(n, "process/start", { processId: "p", argv: "true", cwd: "/", env: {}, tty: false }), PARAMS],
  (n) => [request(n, "process/start", { processId: "p", argv: [], cwd: "/", env: {}, tty: false }), PARAMS],
  (n) => [request(n, "process/start", { processId: "p", argv: ["true"], cwd: "/", env: { A: 1 }, tty: false }), PARAMS],
  (
    n,
  ) => [
    request(n, "process/start", { processId: "p", argv: ["true"], cwd: "not/absolute", env: {}, tty: false }),
    PARAMS,
  ],
  (n) => [request(n, "process/read", { processId: "p", afterSeq: -1 }), PARAMS],
  (n) => [request(n, "process/read", { processId: "p", waitMs: 1.5 }), PARAMS],
  (n) => [request(n, "process/read", { processId: `unknown ${n}` }), PARSE],
  (n) => [request(n, "process/write", { processId: "p", chunk: "a" }), PARAMS],
  (n) => [request(n, "process/write", { processId: "p", chunk: "YQ==", writeId: "" }), PARAMS],
  (n) => [request(n, "process/signal", { processId: "p", signal: "stop" }), PARAMS],
  (n) => [request(n, "fs/readFile", { path: 5 }), PARAMS],
  (n) => [request(n, "fs/readFile", { path: "http://host/x" }), PARAMS],
  (n) => [request(n, "fs/readFile", { path: "/no/such/file" }), -32004],
  (n) => [request(n, "fs/readFile", { path: "/etc/\0" }), PARSE],
  (n) => [request(n, "fs/writeFile", { path: "/no/such/file", dataBase64: "*" }), PARSE],
  (n) => [request(n, "fs/readBlock", { handleId: "none", offset: 0, len: 1 }), -32004],
  (n) => [request(n, "fs/open", { handleId: "x".repeat(33), path: "/etc/passwd" }), PARSE],
  (n) => [request(n, "initialize", { clientName: "again" }), PARSE],
  (n) => [request(n, "initialize", { clientName: null }), PARAMS],
  (n) => [request(n, "environment/info", { x: 1 }), PARAMS],
];

/** Frames behind which the connection is closed without an answer (section 5.4). */
export const VIOLATIONS: readonly string[] = [
  '{"method":"environment/status"}',
  '{"method":"process/terminate","params":{"processId":"p"}}',
  '{"method":"no/such/notification"}',
  '{"method":""}',
  '{"id":1,"result":{}}',
  '{"id":"1","result":null}',
  '{"id":1,"error":{"code":1,"message":"x"}}',
];

/** Many malformed frames of every kind in turn, a few of them large. */
export function* malformedFrames(count: number): Generator<MalformedFrame, void, void> {
  const kinds = UNPARSABLE.length + REFUSED.length;
  for (let n = 0; n < count; n++) {
    const kind = n % kinds;
    if (n % 1_000 === 999) {
      yield { frame: request(n, "x", Array(LIMITS.maxJsonValues).fill(0)), id: -1, code: PARSE };
    } else if (kind < UNPARSABLE.length) {
      yield { frame: (UNPARSABLE[kind] as (n: number) => string | Uint8Array)(n), id: -1, code: PARSE };
    } else {
      const [frame, code] = (REFUSED[kind - UNPARSABLE.length] as Make)(n);
      yield { frame, id: n, code };
    }
  }
}

function request(id: number, method: string, params?: unknown): string {
  return JSON.stringify({ id, method, params });
}
