import { assertEquals, assertThrows } from "@std/assert";
import { RpcError } from "../../protocol/errors.ts";
import { formatPath, normalizePath, parsePath, toFileUri } from "../../protocol/path_uri.ts";
import { randomText, seededRandom } from "./random.ts";

function refuses(text: string, code: number, message: string): void {
  const error = assertThrows(() => parsePath(text), RpcError, message, text);
  assertEquals(error.code, code, text);
}

Deno.test("parsePath: absolute native paths keep their form", () => {
  assertEquals(parsePath("/etc/x"), { path: "/etc/x", form: "native" });
  assertEquals(parsePath("/a%20b?#\\"), { path: "/a%20b?#\\", form: "native" });
});

Deno.test("parsePath: file URIs are accepted in every spelling", () => {
  const spellings = ["file:///x", "FILE:///x", "file:/x", "file:x", "file://localhost/x", "file://LOCALHOST/x"];
  for (const uri of [...spellings, "file:////x", "file:\\\\localhost\\x", "file:///x/", "file:///./y/..//x"]) {
    assertEquals(parsePath(uri), { path: "/x", form: "uri" }, uri);
  }
  for (const uri of ["file:", "file://", "file:/", "file:///", "file://localhost"]) {
    assertEquals(parsePath(uri), { path: "/", form: "uri" }, uri);
  }
});

Deno.test("parsePath: percent-escapes are decoded, malformed ones are text", () => {
  assertEquals(parsePath("file:///%6e%20%C3%A9").path, "/n é");
  assertEquals(parsePath("file:///a%zz%").path, "/a%zz%");
  assertEquals(parsePath("file:///a%3F%23%5C").path, "/a?#\\");
  assertEquals(parsePath("file:///tmp/%2e%2E/etc").path, "/etc");
});

Deno.test("parsePath: an escaped slash is part of a name and so matches nothing", () => {
  refuses("file:///tmp/a%2Fb", -32004, "No such file or directory (os error 2)");
  refuses("file:///tmp/..%2f..%2fetc", -32004, "No such file or directory");
});

Deno.test("parsePath: bytes that are not UTF-8 are refused, not replaced", () => {
  refuses("file:///tmp/%FF", -32600, "is not UTF-8");
});

Deno.test("parsePath: what is neither absolute nor a URI is a parameter error", () => {
  for (const text of ["rel", "", "~/x", "./x", " /x", "1:b", "//"]) {
    if (text === "//") assertEquals(parsePath(text).path, "/");
    else refuses(text, -32602, "expected an absolute path or a file: URI");
  }
});

Deno.test("parsePath: other schemes are parameter errors", () => {
  refuses("http://h/x", -32602, "unsupported path URI scheme `http`");
  refuses("HTTPS:x", -32602, "unsupported path URI scheme `https`");
  refuses("c:/x", -32602, "unsupported path URI scheme `c`");
});

Deno.test("parsePath: query and fragment are parameter errors", () => {
  refuses("file:///x?", -32602, "query parameters are not allowed in path URIs");
  refuses("file:///x?a=b#c", -32602, "query parameters are not allowed in path URIs");
  refuses("file:///x#", -32602, "fragments are not allowed in path URIs");
});

Deno.test("parsePath: NUL is refused in both forms", () => {
  refuses("file:///etc/%00", -32602, "'file:///etc/%00' is invalid on 'linux'");
  refuses("/etc/\0", -32600, "file name contained an unexpected NUL byte");
});

Deno.test("parsePath: other hosts and drive letters are refused", () => {
  refuses("file://host/etc/hostname", -32600, "'file://host/etc/hostname' is invalid on 'linux'");
  refuses("file://127.0.0.1/x", -32600, "is invalid on 'linux'");
  for (const uri of ["file:///C:/x", "file:///c:", "file:/C:/x", "file:C:/x", "file:////C:/x"]) {
    refuses(uri, -32600, `'${uri}' is invalid on 'linux'`);
  }
});

Deno.test("normalizePath: works on the text alone", () => {
  const table: Record<string, string> = {
    "/": "/",
    "//": "/",
    "/a/./b//c/": "/a/b/c",
    "/nope/../f": "/f",
    "/../../x": "/x",
    "/..": "/",
    "/.": "/",
    "/...": "/...",
    "/.a/..b/c.": "/.a/..b/c.",
    "/f/": "/f",
  };
  for (const [path, normal] of Object.entries(table)) assertEquals(normalizePath(path), normal, path);
});

Deno.test("toFileUri: escapes exactly what the original escapes", () => {
  assertEquals(toFileUri("/sp ace é"), "file:///sp%20ace%20%C3%A9");
  assertEquals(toFileUri("/!$&'()*+,-.:;=@[]^_|~"), "file:///!$&'()*+,-.:;=@[]^_|~");
  assertEquals(toFileUri('/"#%<>?\\`{}\x01\x7f'), "file:///%22%23%25%3C%3E%3F%5C%60%7B%7D%01%7F");
  assertEquals(toFileUri("/日😀"), "file:///%E6%97%A5%F0%9F%98%80");
  assertEquals(toFileUri("/"), "file:///");
});

Deno.test("toFileUri: agrees with the URL standard on every printable ASCII character in a name", () => {
  for (let code = 0x20; code < 0x7f; code++) {
    const name = `x${String.fromCharCode(code)}x`;
    if ("/\\?#%".includes(String.fromCharCode(code))) continue;
    assertEquals(toFileUri(`/d/${name}`), new URL(`file:///d/${name}`).href, name);
  }
});

Deno.test("toFileUri: a name like a drive letter stays a name", () => {
  assertEquals(toFileUri("/C:/x"), "file:///%43:/x");
  for (const path of ["/C:", "/c:/x", "/z:/C:"]) assertEquals(parsePath(toFileUri(path)), { path, form: "uri" });
  assertEquals(toFileUri("/a/C:"), "file:///a/C:");
});

Deno.test("toFileUri: parsePath gives back every path", () => {
  const random = seededRandom(2);
  for (let i = 0; i < 3000; i++) {
    const names = Array.from({ length: 1 + Math.floor(random() * 4) }, () => randomText(random, 8));
    const path = normalizePath(`/${names.map((name) => name.replace(/[/\0]/g, "_")).join("/")}`);
    assertEquals(parsePath(toFileUri(path)), { path, form: "uri" });
    assertEquals(parsePath(path), { path, form: "native" });
  }
});

Deno.test("formatPath: answers in the form of the request", () => {
  assertEquals(formatPath("/a b", "native"), "/a b");
  assertEquals(formatPath("/a b", "uri"), "file:///a%20b");
});
