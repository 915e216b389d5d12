import { assertEquals, assertInstanceOf } from "@std/assert";
import { internalError, invalidParams, invalidRequest, notFound, RpcError } from "../../protocol/errors.ts";
import { isMethodName } from "../../protocol/methods.ts";
import { TEXTS } from "../../protocol/texts.ts";

Deno.test("RpcError: each shorthand has its code", () => {
  const table: [RpcError, number][] = [
    [invalidRequest("x"), -32600],
    [invalidParams("x"), -32602],
    [internalError("x"), -32603],
    [notFound("x"), -32004],
  ];
  for (const [error, code] of table) {
    assertInstanceOf(error, RpcError);
    assertEquals([error.code, error.message, error.name], [code, "x", "RpcError"]);
  }
});

Deno.test("internalError: keeps its cause for the log", () => {
  const cause = new Error("why");
  assertEquals(internalError("x", { cause }).cause, cause);
});

Deno.test("TEXTS: the texts clients match on are the original's", () => {
  assertEquals(TEXTS.unknownMethod("a/b"), "exec-server stub does not implement `a/b` yet");
  assertEquals(TEXTS.callInitialize("exec"), "client must call initialize before using exec methods");
  assertEquals(TEXTS.sendInitialized("http"), "client must send initialized before using http methods");
  assertEquals(TEXTS.initializeOnce, "initialize may only be sent once per connection");
  assertEquals(TEXTS.unknownSession("s"), "unknown session id s");
  assertEquals(TEXTS.sessionAttached("s"), "session s is already attached to another connection");
  assertEquals(TEXTS.processExists("p"), "process p already exists");
  assertEquals(TEXTS.unknownProcess("p"), "unknown process id p");
  assertEquals(TEXTS.tooLargeToRead(536_870_912), "file is too large to read: limit is 536870912 bytes");
  assertEquals(TEXTS.notAFile("/x"), "path `/x` is not a file");
  assertEquals(TEXTS.handleExists("h"), "file handle `h` already exists");
  assertEquals(TEXTS.unknownHandle("h"), "unknown file handle `h`");
});

Deno.test("isMethodName: knows the table's own names only", () => {
  assertEquals(["fs/readFile", "initialized", "toString", "__proto__", ""].map(isMethodName), [
    true,
    false,
    false,
    false,
    false,
  ]);
});
