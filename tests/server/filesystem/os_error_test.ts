import { assertEquals } from "@std/assert";
import { internalError } from "../../../protocol/mod.ts";
import { isErrno, osError, toRpcError } from "../../../server/filesystem/os_error.ts";

function failed(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

const TABLE: [string, number, string][] = [
  ["ENOENT", -32004, "No such file or directory (os error 2)"],
  ["EACCES", -32600, "Permission denied (os error 13)"],
  ["EPERM", -32600, "Operation not permitted (os error 1)"],
  ["EINVAL", -32600, "Invalid argument (os error 22)"],
  ["EEXIST", -32603, "File exists (os error 17)"],
  ["ENOTDIR", -32603, "Not a directory (os error 20)"],
  ["EISDIR", -32603, "Is a directory (os error 21)"],
  ["ENAMETOOLONG", -32603, "Filename too long (os error 36)"],
  ["ENOTEMPTY", -32603, "Directory not empty (os error 39)"],
  ["ELOOP", -32603, "Symbolic link loop (os error 40)"],
  ["ENOSPC", -32603, "No space left on device (os error 28)"],
  ["EROFS", -32603, "Read-only file system (os error 30)"],
  ["EBUSY", -32603, "Resource busy (os error 16)"],
];

for (const [name, code, message] of TABLE) {
  Deno.test(`toRpcError() maps ${name}`, () => {
    const error = toRpcError(failed(`whatever: open '/x (os error 5)'`, name));
    assertEquals([error.code, error.message], [code, message]);
    assertEquals(osError(name).message, message);
    assertEquals(isErrno(failed("", name), name), true);
  });
}

Deno.test("toRpcError() takes the number from the text when there is no code", () => {
  assertEquals(toRpcError(failed("File too large (os error 27)")).message, "File too large (os error 27)");
  assertEquals(toRpcError(failed("write '/a (os error 2)'")).code, -32603);
});

Deno.test("toRpcError() leaves RPC errors as they are", () => {
  const error = internalError("x");
  assertEquals(toRpcError(error), error);
});
