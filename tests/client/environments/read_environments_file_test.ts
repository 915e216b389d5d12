import { assert, assertEquals, assertRejects } from "@std/assert";
import { EnvironmentError } from "../../../client/environments/environment_error.ts";
import { readEnvironmentsFile } from "../../../client/environments/read_environments_file.ts";
import { tempDir } from "../../support/temp_dir.ts";

async function read(name: string, content: string | Uint8Array) {
  await using dir = await tempDir();
  if (typeof content === "string") await Deno.writeTextFile(`${dir.path}/${name}`, content);
  else await Deno.writeFile(`${dir.path}/${name}`, content);
  return await readEnvironmentsFile(dir.path);
}

async function faultOf(name: string, content: string | Uint8Array): Promise<string> {
  await using dir = await tempDir();
  if (typeof content === "string") await Deno.writeTextFile(`${dir.path}/${name}`, content);
  else await Deno.writeFile(`${dir.path}/${name}`, content);
  const { message } = await assertRejects(() => readEnvironmentsFile(dir.path), EnvironmentError);
  return message.replaceAll(dir.path, "HOME");
}

const ENTRY_FIELDS = "`id`, `skills`, `url`, `auth_bearer_token`, `program`, `args`, `env`, `cwd`, " +
  "`connect_timeout_sec`, `initialize_timeout_sec`";
const ROOT_FIELDS = "`default`, `include_local`, `environments`";
const DURATION = "cannot convert float seconds to Duration";

/** An entry with one more line. */
const entry = (line: string) => `[[environments]]\nid = "a"\n${line}\n`;

const FAULTS: readonly (readonly [toml: string, text: string])[] = [
  ["unknown = 1", `unknown field \`unknown\`, expected one of ${ROOT_FIELDS}`],
  ["zzz = 1\ndefault = 3", `unknown field \`zzz\`, expected one of ${ROOT_FIELDS}`],
  [entry("unknown = 1"), `unknown field \`unknown\`, expected one of ${ENTRY_FIELDS}\nin \`environments\``],
  [
    "[[environments]]\nunknown = 1\nurl = 3",
    `unknown field \`unknown\`, expected one of ${ENTRY_FIELDS}\nin \`environments\``,
  ],
  ["[[environments]]\nurl = 3\nunknown = 1", "invalid type: integer `3`, expected a string\nin `environments.url`"],
  ['[[environments]]\nurl = "ws://a"', "missing field `id`\nin `environments`"],
  ["[[environments]]", "missing field `id`\nin `environments`"],
  ["default = 3", "invalid type: integer `3`, expected a string\nin `default`"],
  ["default = 3\nenvironments = 1", "invalid type: integer `3`, expected a string\nin `default`"],
  ["default = 3.5", "invalid type: floating point `3.5`, expected a string\nin `default`"],
  ["default = nan", "invalid type: floating point `NaN`, expected a string\nin `default`"],
  ["default = true", "invalid type: boolean `true`, expected a string\nin `default`"],
  ["default = []", "invalid type: sequence, expected a string\nin `default`"],
  ["default = {}", "invalid type: map, expected a string\nin `default`"],
  ["default = 1979-05-27", "invalid type: map, expected a string\nin `default`"],
  ['include_local = "yes"', 'invalid type: string "yes", expected a boolean\nin `include_local`'],
  ["include_local = 1", "invalid type: integer `1`, expected a boolean\nin `include_local`"],
  ["[environments]\nx = 1", "invalid type: map, expected a sequence\nin `environments`"],
  ["environments = 1", "invalid type: integer `1`, expected a sequence\nin `environments`"],
  ["environments = [1]", "invalid type: integer `1`, expected struct EnvironmentToml\nin `environments`"],
  ["[[environments]]\nid = 1", "invalid type: integer `1`, expected a string\nin `environments.id`"],
  [entry("url = true"), "invalid type: boolean `true`, expected a string\nin `environments.url`"],
  [entry("env = { A = 1 }"), "invalid type: integer `1`, expected a string\nin `environments.env.A`"],
  [entry("env = []"), "invalid type: sequence, expected a map\nin `environments.env`"],
  [entry('env = "x"'), 'invalid type: string "x", expected a map\nin `environments.env`'],
  [entry('args = "x"'), 'invalid type: string "x", expected a sequence\nin `environments.args`'],
  [entry('args = ["x", 1]'), "invalid type: integer `1`, expected a string\nin `environments.args`"],
  [entry("args = {}"), "invalid type: map, expected a sequence\nin `environments.args`"],
  [entry("cwd = 1"), "invalid type: integer `1`, expected path string\nin `environments.cwd`"],
  [entry("auth_bearer_token = 1"), "invalid type: integer `1`, expected a string\nin `environments.auth_bearer_token`"],
  [entry('connect_timeout_sec = "5"'), 'invalid type: string "5", expected f64\nin `environments.connect_timeout_sec`'],
  [
    entry("connect_timeout_sec = true"),
    "invalid type: boolean `true`, expected f64\nin `environments.connect_timeout_sec`",
  ],
  [entry("connect_timeout_sec = -1"), `${DURATION}: value is negative\nin \`environments.connect_timeout_sec\``],
  [
    entry("initialize_timeout_sec = -0.5"),
    `${DURATION}: value is negative\nin \`environments.initialize_timeout_sec\``,
  ],
  ...["nan", "inf", "1e30", "2e19"].map((value) =>
    [
      entry(`initialize_timeout_sec = ${value}`),
      `${DURATION}: value is either too big or NaN\nin \`environments.initialize_timeout_sec\``,
    ] as const
  ),
  [entry("skills = 1"), "invalid type: integer `1`, expected struct ScopedSkillsConfig\nin `environments.skills`"],
  [entry("skills = { x = 1 }"), "unknown field `x`, expected `required`\nin `environments.skills`"],
  [
    entry('skills = { required = "a" }'),
    'invalid type: string "a", expected a sequence\nin `environments.skills.required`',
  ],
  [
    entry("skills = { required = [1] }"),
    "invalid type: integer `1`, expected a string\nin `environments.skills.required`",
  ],
  ["__proto__ = 1\nx = 1", `unknown field \`x\`, expected one of ${ROOT_FIELDS}`],
  ["constructor = 1", `unknown field \`constructor\`, expected one of ${ROOT_FIELDS}`],
];

Deno.test("environments.toml: every wrong value has the original's text and place", async () => {
  for (const [toml, text] of FAULTS) {
    const expected =
      `exec-server protocol error: failed to parse environment config \`HOME/environments.toml\`: ${text}`;
    assertEquals(await faultOf("environments.toml", toml), expected, toml);
  }
});

Deno.test("environments.jsonc: the same schema with the same texts", async () => {
  const prefix = "exec-server protocol error: failed to parse environment config `HOME/environments.jsonc`: ";
  const cases: [string, string][] = [
    ['{ "unknown": 1 }', `unknown field \`unknown\`, expected one of ${ROOT_FIELDS}`],
    [
      '{ "environments": [{ "id": "a", "env": { "A": 1 } }] }',
      "invalid type: integer `1`, expected a string\nin `environments.env.A`",
    ],
    ['{ "default": null }', "invalid type: null, expected a string\nin `default`"],
    ["[]", "invalid type: sequence, expected struct EnvironmentsToml"],
  ];
  for (const [jsonc, text] of cases) assertEquals(await faultOf("environments.jsonc", jsonc), prefix + text, jsonc);
});

Deno.test("environments.jsonc: comments and trailing commas are fine", async () => {
  const text = '// mine\n{ "default": "a", /* one */ "environments": [{ "id": "a", "url": "ws://a", }], }';
  assertEquals(await read("environments.jsonc", text), { default: "a", environments: [{ id: "a", url: "ws://a" }] });
});

Deno.test("environments.toml: wrong syntax is located without showing what stands there", async () => {
  const secret = 'auth_bearer_token = "hunter2';
  for (const text of ["default =", entry(secret), `${entry("")}${secret}`]) {
    const fault = await faultOf("environments.toml", text);
    assert(/environments\.toml`: Parse error on line \d+, column \d+$/.test(fault), fault);
  }
  for (const text of ["{", '{ "token": "hunter2', '{ "a": 1 } hunter2', "{ hunter2: 1 }"]) {
    const fault = await faultOf("environments.jsonc", text);
    assert(/environments\.jsonc`: unexpected (end of JSONC input|token in JSONC at position \d+)$/.test(fault), fault);
  }
});

Deno.test("environments.toml: nothing, comments, blanks and a byte order mark are an empty configuration", async () => {
  for (const text of ["", "# nothing\n", " \n", "\ufeff", "\ufeff# x\n"]) {
    assertEquals(await read("environments.toml", text), {});
  }
  for (const text of ["", " \n", "{}"]) assertEquals(await read("environments.jsonc", text), {});
});

Deno.test("environments.toml: every key is taken, durations become milliseconds", async () => {
  const toml = `default = "b"
include_local = false
[[environments]]
id = "a"
url = "ws://a"
auth_bearer_token = "t"
connect_timeout_sec = 12.5
initialize_timeout_sec = 0
skills = { required = ["s"] }
[[environments]]
id = "b"
program = "p"
args = ["x", "y"]
cwd = "w"
initialize_timeout_sec = 34
[environments.env]
A = "1"
`;
  assertEquals(JSON.parse(JSON.stringify(await read("environments.toml", toml))), {
    default: "b",
    include_local: false,
    environments: [
      {
        id: "a",
        url: "ws://a",
        auth_bearer_token: "t",
        connect_timeout_sec: 12_500,
        initialize_timeout_sec: 0,
        skills: { required: ["s"] },
      },
      { id: "b", program: "p", args: ["x", "y"], cwd: "w", initialize_timeout_sec: 34_000, env: { A: "1" } },
    ],
  });
});

Deno.test("environments.toml: a missing file is no configuration, an unreadable one is an error", async () => {
  await using dir = await tempDir();
  assertEquals(await readEnvironmentsFile(dir.path), undefined);
  assertEquals(await readEnvironmentsFile(`${dir.path}/missing/`), undefined);
  await Deno.mkdir(`${dir.path}/environments.toml`);
  const path = `${dir.path}/environments.toml`;
  const { message } = await assertRejects(() => readEnvironmentsFile(dir.path), EnvironmentError);
  const expected = `failed to read environment config \`${path}\`: Is a directory (os error 21)`;
  assertEquals(message, `exec-server protocol error: ${expected}`);
  assertEquals(
    await faultOf("environments.toml", new Uint8Array([0x61, 0xff])),
    "exec-server protocol error: failed to read environment config `HOME/environments.toml`: stream did not contain valid UTF-8",
  );
});

Deno.test("environments.toml: a file that cannot be looked at is an error", async () => {
  await using dir = await tempDir();
  await Deno.writeTextFile(`${dir.path}/file`, "");
  const { message } = await assertRejects(() => readEnvironmentsFile(`${dir.path}/file`), EnvironmentError);
  const path = `${dir.path}/file/environments.toml`;
  const expected = `failed to inspect environment config \`${path}\`: Not a directory (os error 20)`;
  assertEquals(message, `exec-server protocol error: ${expected}`);
});

Deno.test("environments.toml and environments.jsonc exclude each other", async () => {
  await using dir = await tempDir();
  for (const name of ["toml", "jsonc"]) await Deno.writeTextFile(`${dir.path}/environments.${name}`, "");
  const { message } = await assertRejects(() => readEnvironmentsFile(dir.path), EnvironmentError);
  assert(message.endsWith(`environments.toml\` and \`${dir.path}/environments.jsonc\` exclude each other`), message);
});
