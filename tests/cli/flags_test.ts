import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import manifest from "../../deno.json" with { type: "json" };
import { runCli } from "./run_cli.ts";

const FLAGS: Readonly<Record<string, string>> = {
  "--listen": "ws://127.0.0.1:0",
  "--session-ttl": "80s",
  "--process-retention": "80s",
  "--retained-output-bytes": "1048576",
  "--bwrap": "",
  "--sandbox-fallback": "landlock",
  "--allow-portable-sandbox": "",
  "--http-allow": "all",
  "--http-deny": "none",
  "--http-metadata": "",
  "--log-level": "warn",
  "--ws-auth": "signed-bearer-token",
  "--ws-token-file": "",
  "--ws-token-sha256": "",
  "--ws-shared-secret-file": "",
  "--ws-issuer": "",
  "--ws-audience": "",
  "--ws-max-clock-skew-seconds": "30",
  "--tls-cert": "",
  "--tls-key": "",
  "--allow-unauthenticated": "",
  "--max-connections": "1024",
  "--max-sessions": "1024",
  "--max-processes": "1024",
  "--max-retained-bytes": "134217728",
  "--max-in-flight": "256",
  "--max-message-bytes": "67108864",
  "--max-file-handles": "128",
  "--max-http-streams": "4096",
  "--max-helpers": "16",
  "--help": "",
  "--version": "",
  "--remote": "instead of listening",
  "--executor-id": "register as this executor",
  "--environment-id": "register as this environment",
  "--remote-transport": "noise",
  "--name": "shown by the registry",
};

Deno.test("command line: --help lists every flag with its default and ends with 0", async () => {
  const { code, stdout, stderr } = await runCli("--help");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const listed = [...stdout.matchAll(/^\s+(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag as string);
  assertEquals(listed.toSorted(), Object.keys(FLAGS).toSorted());
  for (const [flag, value] of Object.entries(FLAGS)) {
    // a long description is continued on the next line
    const [, text = ""] = stdout.split(flag);
    const description = text.split(/\n\s+-/)[0]?.replace(/\s+/g, " ") ?? "";
    assertStringIncludes(description, value, flag);
  }
});

Deno.test("command line: --version is that of the manifest", async () => {
  assertEquals(await runCli("--version"), { code: 0, stdout: `${manifest.version}\n`, stderr: "" });
});

Deno.test("command line: what cannot be understood gives status 2 and an error that names it", async () => {
  const cases: [string, string[]][] = [
    ["--bogus", ["--bogus"]],
    ["-x", ["-x"]],
    ["argument", ["serve"]],
    ["--listen", ["--listen"]],
    ["--session-ttl", ["--session-ttl", "soon"]],
    ["--session-ttl", ["--session-ttl=-1s"]],
    ["--session-ttl", ["--session-ttl", ""]],
    ["--process-retention", ["--process-retention", "25d"]],
    ["--process-retention", ["--process-retention", "600h"]],
    ["--retained-output-bytes", ["--retained-output-bytes", "1e6"]],
    ["--retained-output-bytes", ["--retained-output-bytes", "-1"]],
    ["--retained-output-bytes", ["--retained-output-bytes", ""]],
    ["--retained-output-bytes", ["--retained-output-bytes", "1 MiB"]],
    ["--retained-output-bytes", ["--retained-output-bytes", "99999999999999999999"]],
    ["--http-allow", ["--http-allow", ""]],
    ["--http-allow", ["--http-allow", "a b"]],
    ["--http-deny", ["--http-deny", "10.0.0.0/33"]],
    ["--http-deny", ["--http-deny", "https://example.com"]],
    ["--log-level", ["--log-level", "loud"]],
    ["--max-connections", ["--max-connections", "0"]],
    ["--max-processes", ["--max-processes", "many"]],
    ["--max-message-bytes", ["--max-message-bytes", "1024"]],
    ["--max-message-bytes", ["--max-message-bytes", "67108865"]],
  ];
  await Promise.all(cases.map(async ([named, args]) => {
    const { code, stdout, stderr } = await runCli(...args);
    const [first = ""] = stderr.split("\n");
    assertEquals({ code, stdout }, { code: 2, stdout: "" }, args.join(" "));
    assert(first.startsWith("error: ") && first.includes(named), `${args.join(" ")}: ${stderr}`);
  }));
});

Deno.test("command line: a wrong flag is found before anything listens", async () => {
  const { code, stdout } = await runCli("--listen", "ws://127.0.0.1:0", "--session-ttl", "never");
  assertEquals({ code, stdout }, { code: 2, stdout: "" });
});
