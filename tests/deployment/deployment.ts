/**
 * Builds and starts what `contrib` documents, by `deno task deployment`: the systemd unit in a Debian that boots, and
 * the container. Needs root, debootstrap, systemd-nspawn and podman (Debian: debootstrap, systemd-container, podman).
 * Names of images are answered from Debian's archive, not from a registry of images; the container is run by
 * systemd-nspawn, with the command and the user of the image.
 *
 * @module
 */
import { ROOT } from "../packaging/command.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { Machine } from "./machine.ts";
import { sh } from "./sh.ts";

const PORT = 7810;
const URL = `ws://127.0.0.1:${PORT}`;
const TOKEN = crypto.randomUUID() + crypto.randomUUID();

/** A machine takes some seconds to start. */
const STARTED_MS = 60_000;

let failed = 0;

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function step(name: string, body: () => Promise<unknown>): Promise<void> {
  try {
    await body();
    print(`ok      ${name}`);
  } catch (error) {
    failed++;
    print(`FAILED  ${name}: ${(error as Error).message}`);
  }
}

/** Runs a script at the server with our own client. @returns what it printed */
function remotely(script: string, ...flags: string[]): Promise<string> {
  const args = ["run", "-A", "--quiet", `${ROOT}/mod.ts`, "run", "--url", URL, "--bearer-token-env", "TOKEN", ...flags];
  return sh([Deno.execPath(), ...args, "--", "sh", "-c", script], { TOKEN });
}

async function expect(promise: Promise<string>, expected: string): Promise<void> {
  const text = await promise;
  if (text !== expected) throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(text)}`);
}

function listens(): Promise<boolean> {
  return Deno.connect({ port: PORT }).then((socket) => (socket.close(), true), () => false);
}

/** Processes may end while they are listed, which `cat` then complains of. */
async function sleeps(machine: Machine): Promise<boolean> {
  return (await machine.run("cat /proc/[0-9]*/comm 2>/dev/null || true")).includes("sleep");
}

async function serves(home: string, user: string): Promise<void> {
  await until("it serves", listens, STARTED_MS);
  const script = "id -un; pwd; echo a > a && cat a; touch /etc/x 2>/dev/null || echo no";
  const expected = `${user}\n${home}\na\nno\n`;
  await expect(remotely(script, "--cwd", home), expected);
  await expect(remotely(script, "--cwd", home, "--sandbox", "workspace-write"), expected);
  await expect(remotely("touch b 2>/dev/null || echo no", "--cwd", home, "--sandbox", "read-only"), "no\n");
}

if (import.meta.main) {
  await using dir = await tempDir();
  const base = `${dir.path}/base`;
  await sh(["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", base]);
  // an image of a host behind a proxy that ends TLS trusts what the host trusts
  const trusted = Deno.env.get("NODE_EXTRA_CA_CERTS");
  if (trusted !== undefined) {
    await Deno.copyFile(trusted, `${base}/etc/ssl/host.crt`);
    await Deno.writeTextFile(`${base}/root/.npmrc`, "cafile=/etc/ssl/host.crt\n");
  }
  await sh([Deno.execPath(), "task", "bundle"]);

  const unit = `${dir.path}/unit`;
  await sh(["cp", "-a", base, unit]);
  await sh([
    "chroot",
    unit,
    "apt-get",
    "install",
    "-y",
    "-qq",
    "--no-install-recommends",
    "systemd-sysv",
    "bubblewrap",
  ]);
  await sh(["chroot", unit, "useradd", "--system", "--home", "/var/lib/exec-server", "exec-server"]);
  await Deno.mkdir(`${unit}/opt/exec-server`);
  await Deno.mkdir(`${unit}/etc/exec-server`, { mode: 0o700 });
  await Deno.writeTextFile(`${unit}/etc/exec-server/token`, TOKEN, { mode: 0o600 });
  await sh(["install", "-m755", await Deno.realPath(Deno.execPath()), `${unit}/usr/local/bin/deno`]);
  await sh(["cp", "dist/exec-server.js", `${unit}/opt/exec-server/`]);
  await sh(["cp", "contrib/exec-server.service", `${unit}/etc/systemd/system/`]);
  await sh(["chroot", unit, "systemctl", "enable", "exec-server"]);
  {
    await using machine = await Machine.start(["--boot", "-D", unit]);
    await step("unit: serves, sandboxed and not", () => serves("/var/lib/exec-server", "exec-server"));
    await step("unit: is started again when it was killed, and nothing of it is left", async () => {
      const left = remotely("echo $$; exec sleep 1000", "--no-resume").catch(() => "");
      await until("it sleeps", () => sleeps(machine), STARTED_MS);
      await machine.run("systemctl kill -s KILL --kill-whom=main exec-server");
      await left;
      await until(
        "it is active again",
        () => machine.run("systemctl is-active exec-server").then(() => true, () => false),
        STARTED_MS,
      );
      await serves("/var/lib/exec-server", "exec-server");
      await until("nothing sleeps", async () => !await sleeps(machine), STARTED_MS);
    });
    await step("unit: stops, and its work directory stays", async () => {
      await machine.run("systemctl stop exec-server");
      await expect(machine.run("systemctl show -P Result exec-server; cat /var/lib/exec-server/a"), "success\na\n");
    });
  }

  const podman = ["podman", "--storage-driver", "vfs", "--root", `${dir.path}/root`, "--runroot", `${dir.path}/run`];
  await sh(["sh", "-c", `tar -C ${base} -c . | ${podman.join(" ")} import - docker.io/library/debian:12-slim`]);
  const build = ["build", "--isolation", "chroot", "--network", "host", "--pull=never", "-f", "contrib/Containerfile"];
  await step("container: builds", () => sh([...podman, ...build, "-t", "exec-server", "."]));
  const image = `${dir.path}/image`;
  await Deno.mkdir(image);
  await sh(["sh", "-c", `${podman.join(" ")} save exec-server | tar -x -C ${dir.path} -f -`]);
  const { config, layers } = await saved(dir.path);
  for (const layer of layers) await sh(["tar", "-x", "-C", image, "-f", `${dir.path}/${layer}`]);
  await Deno.writeTextFile(`${dir.path}/token`, TOKEN);
  {
    const { Entrypoint, Cmd, User, WorkingDir } = config;
    const mount = `--bind-ro=${dir.path}/token:/run/secrets/exec-server-token`;
    const flags = ["-D", image, "--user", User, "--chdir", WorkingDir, mount, "--as-pid2"];
    await using _ = await Machine.start([...flags, "--", ...Entrypoint, ...Cmd]);
    await step("container: serves, sandboxed and not", () => serves("/home/agent", "agent"));
  }
  if (failed > 0) Deno.exitCode = 1;
}

interface ImageConfig {
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly User: string;
  readonly WorkingDir: string;
}

async function saved(folder: string): Promise<{ config: ImageConfig; layers: readonly string[] }> {
  const [{ Config, Layers }] = JSON.parse(await Deno.readTextFile(`${folder}/manifest.json`));
  const { config } = JSON.parse(await Deno.readTextFile(`${folder}/${Config}`));
  return { config, layers: Layers };
}
