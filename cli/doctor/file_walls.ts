import { RpcError } from "../../protocol/mod.ts";
import type { WallOptions } from "../../sandbox/mod.ts";
import type { Check, Finding } from "./finding.ts";
import type { TestArea } from "./test_area.ts";

/** Deno's own permissions of the helper, without the other walls. */
export const DENO_FLAGS: Check = {
  name: "deno-flags",
  title: "File sandbox: Deno permissions",
  run: (area) =>
    tryHelper(area, { descriptors: false, landlock: false }, ({ permissions }) => {
      if (!permissions) return { status: "failed", detail: "the helper could not drop permissions" };
      return { status: "ok", detail: "a helper reads and writes inside, not outside" };
    }),
};

/** The walk on descriptors. */
export const DESCRIPTOR_WALK: Check = {
  name: "descriptor-walk",
  title: "File sandbox: walk on descriptors",
  run: (area) =>
    tryHelper(area, { descriptors: true, landlock: false }, ({ descriptors, missing }) => {
      if (descriptors) return { status: "ok", detail: "links that lead outside are refused, without races" };
      return {
        status: "missing",
        detail: `${missing.join("; ")}: sandboxed file operations are refused`,
        advice: "Linux with a C library that Deno can open (glibc or musl), and permission for FFI (-A)",
      };
    }),
};

/** Landlock on the helper. */
export const LANDLOCK: Check = {
  name: "landlock",
  title: "File sandbox: Landlock",
  run: (area) =>
    tryHelper(area, { descriptors: true, landlock: true }, ({ landlock, missing }) => {
      if (landlock > 0) {
        return { status: "ok", detail: `ABI ${landlock}: the kernel refuses what the policy does not grant` };
      }
      return {
        status: "missing",
        detail: `${missing.join("; ")}: one wall fewer behind the walk on descriptors`,
        advice:
          "Linux 5.13 or newer with landlock among /sys/kernel/security/lsm, and a container runtime that lets its calls through",
      };
    }),
};

type Walls = Awaited<ReturnType<ReturnType<TestArea["helpers"]>["walls"]>>;
type Result = Omit<Finding, "name">;

/** Starts a helper with these walls, tries what is granted and what is not, and lets `judge` say what the walls mean. */
async function tryHelper(area: TestArea, options: WallOptions, judge: (walls: Walls) => Result): Promise<Result> {
  const pool = area.helpers(options);
  try {
    const walls = await pool.walls(area.policy);
    const files = pool.filesystem(area.policy);
    const note = await files.readFile(`${area.inside}/note`, {});
    if (new TextDecoder().decode(note) !== "inside") {
      return { status: "failed", detail: "a granted file could not be read" };
    }
    await files.writeFile(`${area.inside}/written`, new TextEncoder().encode("x"), {});
    const secrets = [`${area.outside}/secret`, `${area.inside}/link/secret`];
    for (const secret of secrets) {
      if (await succeeds(() => files.readFile(secret, {}))) return leak("read", secret, area);
      if (await succeeds(() => files.writeFile(secret, new Uint8Array(1), {}))) return leak("written", secret, area);
    }
    return judge(walls);
  } finally {
    await pool.close();
  }
}

function leak(done: string, path: string, area: TestArea): Result {
  const how = path.startsWith(area.inside) ? "through a link" : "by its own name";
  return { status: "failed", detail: `a file outside of the policy could be ${done} ${how}` };
}

async function succeeds(operation: () => Promise<unknown>): Promise<boolean> {
  try {
    await operation();
    return true;
  } catch (error) {
    if (error instanceof RpcError) return false;
    throw error;
  }
}
