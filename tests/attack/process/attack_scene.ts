import { ExecServerClient } from "../../../client/mod.ts";
import { collectProcess } from "../../support/collect_process.ts";
import { type ProfileLine, sandboxOf } from "../../support/profiles_on_wire.ts";
import type { ServerProcess } from "../../support/server_process.ts";
import type { AttackScene, ProcessAttack } from "./process_attack.ts";

const DEFAULT_PROFILE: readonly ProfileLine[] = ["r :root", "w $/ws"];
const LANDLOCK_PROFILE: readonly ProfileLine[] = ["r :root"];

/** How attacks are tried: the way they are confined, and by which server. */
export interface AttackRun {
  readonly server: ServerProcess;
  readonly way: "bwrap" | "landlock" | "none";
  /** Whom the scene belongs to, when it is not this user. */
  readonly owner?: number | undefined;
}

/** Runs an attack on a fresh scene. @returns what came out when it worked, undefined when it was held */
export async function tryAttack(attack: ProcessAttack, { server, way, owner }: AttackRun): Promise<string | undefined> {
  const root = Deno.realPathSync(Deno.makeTempDirSync({ dir: "/var/tmp", prefix: "exec-server-attack-" }));
  const ws = `${root}/ws`, out = `${root}/out`, mark = crypto.randomUUID();
  await using client = await ExecServerClient.connect(server.url, { clientName: "attack" });
  const bystanders = new Bystanders(mark);
  try {
    for (const path of [ws, out]) Deno.mkdirSync(path);
    Deno.writeTextFileSync(`${out}/secret`, "kept");
    const scene: AttackScene = {
      client,
      sandboxed: way !== "none",
      root,
      ws,
      out,
      marked: (...argv) => processesOf(mark).some((pid) => commandOf(pid) === argv.join(" ")),
    };
    await bystanders.ready;
    attack.trap?.(scene);
    if (owner !== undefined) new Deno.Command("chown", { args: ["-Rh", `${owner}:${owner}`, root] }).outputSync();
    Deno.chmodSync(root, 0o755);
    const lines = (way === "landlock" ? LANDLOCK_PROFILE : attack.profile ?? DEFAULT_PROFILE)
      .map((line) => line.replace("$", root) as ProfileLine);
    const { stdout, pty } = await collectProcess(client, ["/bin/sh", "-c", attack.script], {
      cwd: ws,
      tty: attack.tty ?? false,
      sandbox: way === "none" ? null : sandboxOf(lines, ws, attack.network),
      env: {
        PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
        ROOT: root,
        WS: ws,
        OUT: out,
        MARK: mark,
        NAME: mark,
        PORT: new URL(server.url).port,
        TARGET: String(bystanders.pid),
      },
    });
    const printed = `${stdout}${pty}`;
    if (printed.includes("BREACH")) return printed;
    return await attack.breach?.(scene) ? "a breach was found afterwards" : undefined;
  } finally {
    bystanders.end();
    for (const pid of processesOf(mark)) Deno.kill(pid, "SIGKILL");
    await new Deno.Command("chmod", { args: ["-R", "u+rwx", root], stderr: "null" }).output();
    Deno.removeSync(root, { recursive: true });
  }
}

/** A process outside that listens on abstract sockets, as a target. */
class Bystanders {
  readonly ready: Promise<void>;
  readonly #child: Deno.ChildProcess;

  constructor(name: string) {
    const program = `use Socket; $| = 1;
      socket(A, AF_UNIX, SOCK_STREAM, 0); bind(A, pack("S a*", 1, "\\x00${name}s")) and listen(A, 9) or die;
      socket(B, AF_UNIX, SOCK_DGRAM, 0); bind(B, pack("S a*", 1, "\\x00${name}d")) or die;
      print "ready\\n"; sleep 60;`;
    this.#child = new Deno.Command("perl", { args: ["-e", program], stdin: "null", stdout: "piped" }).spawn();
    const reader = this.#child.stdout.getReader();
    this.ready = reader.read().then(() => reader.cancel());
  }

  get pid(): number {
    return this.#child.pid;
  }

  end(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // the control may have ended it
    }
  }
}

/** Processes that an attack started, by a variable of its own. */
function processesOf(mark: string): number[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter(Number.isInteger).filter((pid) =>
    pid > 1 && pid !== Deno.pid && read(`/proc/${pid}/environ`).split("\0").includes(`MARK=${mark}`)
  );
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).split("\0").slice(0, -1).join(" ");
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
