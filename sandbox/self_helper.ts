import { denoPermissions } from "./deno_flags.ts";
import { FrameDecoder } from "./helper/frame.ts";
import { readConfig, type WorkerStart } from "./helper/main.ts";
import { raiseLandlock } from "./helper/walls.ts";
import { helperProgramData } from "./helper_program.ts";
import type { Policy } from "./policy.ts";

/**
 * A helper in a program that has all permissions and cannot be started with fewer: Landlock first, on the main thread,
 * then a worker inside of it with the permissions of the policy, which serves.
 *
 * Source: Deno 2.9.6 sandbox facts, section 4; it needs `--unstable-worker-options`.
 *
 * @returns the exit status, when the input has ended
 */
export async function runSelfHelper(): Promise<number> {
  const config = readConfig(new FrameDecoder());
  if (config === undefined) return 0;
  const permissions = workerPermissions(config.policy, config.libc);
  const inherited = raiseLandlock(config);
  const worker = new Worker(helperProgramData(), { type: "module", deno: { permissions } });
  return await new Promise((resolve) => {
    worker.addEventListener("message", () => resolve(0));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      Deno.stderr.writeSync(new TextEncoder().encode(`${event.message}\n`));
      resolve(1);
    });
    const start: WorkerStart = { config, inherited };
    worker.postMessage(start);
  });
}

/**
 * The permissions of a worker for a policy: what its entries grant. A worker has no way to say what is denied in it.
 *
 * @param libc path of the C library that it may open, if any
 */
export function workerPermissions(policy: Policy, libc: string | undefined): Deno.PermissionOptionsObject {
  const { read, write } = denoPermissions(policy);
  return {
    read: listOrNone(read.allow),
    write: listOrNone(write.allow),
    ffi: libc === undefined ? false : [libc],
    env: false,
    import: false,
    net: false,
    run: false,
    sys: false,
  };
}

/** An empty list would be one more way to say everything in some places. */
function listOrNone(paths: readonly string[]): string[] | false {
  return paths.length === 0 ? false : [...paths];
}
