import { refuseRestricted } from "../../../sandbox/mod.ts";
import { assertRefused } from "./support.ts";

const managed = { type: "managed", file_system: { type: "unrestricted" }, network: "enabled" };
const NOT_RUN = "sandboxed requests are not supported by this build: process/start was not run";

Deno.test("refuseRestricted() passes what restricts nothing", () => {
  for (const sandbox of [null, undefined]) refuseRestricted("process/start", sandbox);
  refuseRestricted("process/start", { permissions: { type: "disabled" } });
  refuseRestricted("process/start", { permissions: { type: "external", network: "restricted" } });
  refuseRestricted("process/start", { permissions: managed });
  refuseRestricted("fs/readFile", { permissions: { ...managed, network: "restricted" } });
});

Deno.test("refuseRestricted() refuses what it cannot enforce", async () => {
  const offline = { permissions: { ...managed, network: "restricted" } };
  await assertRefused(() => refuseRestricted("process/start", offline), -32600, NOT_RUN);
});

const MALFORMED: [sandbox: Record<string, unknown>, text: string][] = [
  [{}, "params.sandbox.permissions: expected an object"],
  [{ permissions: [] }, "params.sandbox.permissions: expected an object"],
  [
    { permissions: { type: "x" } },
    'params.sandbox.permissions.type: expected one of "managed", "disabled", "external"',
  ],
  [
    { permissions: { type: "external" } },
    'params.sandbox.permissions.network: expected one of "restricted", "enabled"',
  ],
  [
    { permissions: { type: "managed", network: "enabled" } },
    "params.sandbox.permissions.file_system: expected an object",
  ],
  [
    { permissions: { ...managed, file_system: { type: "restricted" } } },
    "params.sandbox.permissions.file_system.entries: expected an array",
  ],
];

for (const [sandbox, text] of MALFORMED) {
  Deno.test(`refuseRestricted() names the fault in ${JSON.stringify(sandbox)}`, async () => {
    await assertRefused(() => refuseRestricted("fs/readFile", sandbox), -32602, text);
  });
}
