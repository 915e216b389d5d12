import { type ProfileLine, sandboxOf } from "../../support/profiles_on_wire.ts";
import type { AttackScene, ProcessAttack } from "./process_attack.ts";
import { exists } from "../../support/exists.ts";

/** A Perl program as an argument of sh: Debian always has it, and it calls the kernel directly. */
const perl = (program: string): string => `perl -e '${program.replaceAll("\n", " ").replaceAll("'", `'"'"'`)}'`;
const ARM = Deno.build.arch === "aarch64";
/** Numbers of system calls. */
const SYS = ARM
  ? { ptrace: 117, process_vm_readv: 270, mount: 40, sendmsg: 211, userfaultfd: 282, prlimit: 261, chmod: -1 }
  : { ptrace: 101, process_vm_readv: 310, mount: 165, sendmsg: 46, userfaultfd: 323, prlimit: 302, chmod: 90 };

const madeOutside = ({ out }: AttackScene) => exists(`${out}/made`);
const DENIED: readonly ProfileLine[] = ["r :root", "w $/ws", "d $/ws/t/priv"];

function hideSecret({ ws }: AttackScene): void {
  Deno.mkdirSync(`${ws}/t/priv`, { recursive: true });
  Deno.writeTextFileSync(`${ws}/t/priv/k`, "BREACH");
}

/** Asks for a file as the same client does next, under the same profile. */
async function readBack(scene: AttackScene, lines: readonly ProfileLine[], path: string): Promise<boolean> {
  const profile = lines.map((line) => line.replace("$", scene.root) as ProfileLine);
  const sandbox = scene.sandboxed ? sandboxOf(profile, scene.ws) : null;
  try {
    const { dataBase64 } = await scene.client.call("fs/readFile", { path, sandbox });
    return atob(dataBase64).includes("BREACH");
  } catch {
    return false;
  }
}

const SENDMSG = `
  socket(S, 1, ${"2"}, 0) or exit;
  my $name = pack("S a*", 1, "\\x00$ENV{NAME}d"); my $text = "BREACH"; my $part = pack("P Q", $text, 6);
  my $message = pack("P L x4 P Q Q Q l x4", $name, length $name, $part, 1, 0, 0, 0);
  syscall(${SYS.sendmsg}, fileno(S), $message, 0) > 0 and print "BREACH";
`;

/** What is tried, each by itself on a fresh scene. */
export const ATTACKS: readonly ProcessAttack[] = [
  { name: "write outside", script: `echo x > "$OUT/made"`, breach: madeOutside, control: "always", landlock: true },
  {
    name: "write through a link made inside",
    script: `ln -s "$OUT" link; echo x > link/made`,
    breach: madeOutside,
    control: "always",
  },
  {
    name: "write through /proc/self/root and /proc/1/root",
    script: `echo x > "/proc/self/root$OUT/made"; echo x > "/proc/1/root$OUT/made"`,
    breach: madeOutside,
    control: "always",
    landlock: true,
  },
  {
    name: "mount",
    script: `mkdir m; mount -t tmpfs none m && echo BREACH && umount m`,
    control: "root",
    landlock: true,
  },
  {
    name: "remount the disk for writing",
    script: `mount -o remount,rw,bind / 2>/dev/null; mount -o remount,rw /; echo x > "$OUT/made"`,
    breach: madeOutside,
    // where it worked it would change the machine; the write alone does it there
    control: "none",
  },
  {
    name: "a user namespace with mounts of its own",
    script:
      `unshare -Urm sh -c 'mount -o remount,rw,bind /; mount --bind / /mnt; echo x > "$OUT/made"; echo x > "/mnt$OUT/made"'`,
    breach: madeOutside,
    control: "always",
    landlock: true,
  },
  {
    name: "take a mask off",
    profile: DENIED,
    trap: hideSecret,
    script: `umount t/priv; unshare -Urm umount t/priv; cat t/priv/k`,
    control: "always",
  },
  {
    name: "open a mask by its mode",
    profile: DENIED,
    trap: hideSecret,
    script: `chmod 777 t/priv; cat t/priv/k`,
    control: "always",
  },
  {
    name: "give a denied file another name",
    profile: ["r :root", "w $/ws", "d $/ws/t/priv/k"],
    trap: hideSecret,
    script: `ln t/priv/k other; mv t/priv/k other; cat other t/priv/k`,
    control: "always",
  },
  {
    name: "rename the parent of a denied directory",
    profile: DENIED,
    trap: hideSecret,
    script: `mv t t2; cat t2/priv/k`,
    control: "always",
  },
  {
    name: "rename the parent of a denied directory, then read by an fs call",
    profile: DENIED,
    trap: hideSecret,
    script: `mv t t2`,
    breach: (scene) => readBack(scene, DENIED, `${scene.ws}/t2/priv/k`),
    control: "always",
  },
  {
    name: "rename the parent of a read-only directory, then write",
    profile: ["r :root", "w $/ws", "r $/ws/t/priv"],
    trap: hideSecret,
    script: `mv t t2; echo x >> t2/priv/k; echo x >> t/priv/k`,
    breach: ({ ws }) =>
      ["t", "t2"].some((name) =>
        exists(`${ws}/${name}/priv/k`) &&
        Deno.readTextFileSync(`${ws}/${name}/priv/k`) !== "BREACH"
      ),
    control: "always",
  },
  {
    name: "rename the parent of a repository's metadata",
    profile: ["r :root", "w $/ws", "w $/ws/t/repo"],
    trap: ({ ws }) => Deno.mkdirSync(`${ws}/t/repo`, { recursive: true }),
    script: `mv t t2; mkdir t2/repo/.git t/repo/.git; mkdir .git`,
    breach: ({ ws }) => ["t2/repo/.git", "t/repo/.git", ".git"].some((path) => exists(`${ws}/${path}`)),
    control: "always",
  },
  {
    name: "make a missing denied path from above",
    profile: ["r :root", "w $/ws", "d $/ws/x/y/z"],
    trap: ({ ws }) => Deno.mkdirSync(`${ws}/x`),
    script: `mv x x2; mkdir -p x/y/z x2/y/z; echo BREACH > x/y/z/f; cat x/y/z/f`,
    control: "always",
  },
  {
    name: "plant a link, then read by an fs call",
    profile: ["w $/ws", "r :minimal"],
    trap: ({ out }) => Deno.writeTextFileSync(`${out}/secret`, "BREACH"),
    script: `ln -s "$OUT/secret" planted`,
    breach: (scene) => readBack(scene, ["w $/ws", "r :minimal"], `${scene.ws}/planted`),
    control: "always",
  },
  {
    name: "plant a link, then write by an fs call",
    script: `ln -s "$OUT" planted`,
    breach: async (scene) => {
      const sandbox = scene.sandboxed ? sandboxOf(["r :root", `w ${scene.ws}`], scene.ws) : null;
      await scene.client.call("fs/writeFile", { path: `${scene.ws}/planted/made`, dataBase64: "", sandbox }).catch(
        () => {},
      );
      return madeOutside(scene);
    },
    control: "always",
  },
  {
    name: "device nodes",
    script: `mknod null c 1 3 && echo BREACH`,
    control: "root",
  },
  {
    name: "see processes outside",
    script: `test -e "/proc/$TARGET" && echo BREACH`,
    control: "always",
  },
  {
    name: "environment and memory of a process outside",
    script: `cat "/proc/$TARGET/environ" | grep -q . && echo BREACH; ls -l "/proc/$TARGET/fd/0" && echo BREACH`,
    control: "always",
    landlock: true,
  },
  {
    name: "files by way of a process outside",
    profile: ["w $/ws", "r :minimal"],
    trap: ({ out }) => Deno.writeTextFileSync(`${out}/secret`, "BREACH"),
    script: `cat "/proc/$TARGET/root$OUT/secret" "/proc/$PPID/root$OUT/secret"`,
    control: "always",
  },
  {
    name: "signal a process outside",
    script: `kill -CONT "$TARGET" && echo BREACH`,
    control: "always",
    landlock: true,
  },
  {
    name: "signal a process outside, with network",
    network: "enabled",
    script: `kill -CONT "$TARGET" && echo BREACH`,
    control: "always",
    landlock: true,
  },
  ...["restricted", "enabled"].map((network): ProcessAttack => ({
    name: `trace a process outside, network ${network}`,
    network: network as "restricted",
    script: perl(`
      my $t = $ENV{TARGET} + 0;
      if (syscall(${SYS.ptrace}, 16, $t, 0, 0) == 0) { print "BREACH"; waitpid($t, 0x40000000); syscall(${SYS.ptrace}, 17, $t, 0, 0) }
    `),
    control: "root",
    landlock: true,
  })),
  {
    name: "limits of a process outside",
    script: perl(`
      my $old = "\\0" x 16; syscall(${SYS.prlimit}, $ENV{TARGET} + 0, 7, 0, $old) == 0 and print "BREACH";
    `),
    control: "always",
    landlock: true,
  },
  {
    name: "abstract unix socket, stream",
    script: perl(`
      use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0) or exit;
      connect(S, pack("S a*", 1, "\\x00$ENV{NAME}s")) and print "BREACH";
    `),
    control: "always",
    landlock: true,
  },
  { name: "abstract unix socket, datagram by sendmsg", script: perl(SENDMSG), control: "always", landlock: true },
  {
    name: "TCP",
    script: perl(`
      use Socket; socket(S, AF_INET, SOCK_STREAM, 0) and connect(S, sockaddr_in($ENV{PORT}, INADDR_LOOPBACK)) and print "BREACH";
    `),
    control: "always",
    landlock: true,
  },
  {
    name: "TCP over IPv6 sockets",
    script: perl(`
      use Socket; socket(S, AF_INET6, SOCK_STREAM, 0) and print "BREACH";
    `),
    control: "always",
    landlock: true,
  },
  {
    name: "UDP",
    script: perl(`
      use Socket; socket(S, AF_INET, SOCK_DGRAM, 0) and send(S, "x", 0, sockaddr_in($ENV{PORT}, INADDR_LOOPBACK)) and print "BREACH";
    `),
    control: "always",
    landlock: true,
  },
  { name: "netlink", script: perl(`socket(S, 16, 3, 0) and print "BREACH";`), control: "always", landlock: true },
  {
    name: "netlink of a family besides, with network",
    network: "enabled",
    // AF_PACKET, AF_KEY, AF_VSOCK, AF_ALG: what reaches around a network namespace or deep into the kernel
    script: perl(
      `for (17, 15, 40, 38) { socket(S, $_, 3, 0) and print "BREACH"; socket(S, $_, 1, 0) and print "BREACH" }`,
    ),
    control: "none",
    landlock: true,
  },
  {
    name: "io_uring",
    network: "enabled",
    script: perl(`my $p = "\\0" x 120; syscall(425, 1, $p) >= 0 and print "BREACH"; $!{EPERM} or print "BREACH $!";`),
    control: "always",
    landlock: true,
  },
  {
    name: "userfaultfd",
    network: "enabled",
    script: perl(`syscall(${SYS.userfaultfd}, 1) >= 0 and print "BREACH"`),
    control: "root",
    landlock: true,
  },
  {
    name: "a setuid program",
    trap: ({ ws }) => {
      Deno.copyFileSync("/usr/bin/id", `${ws}/id`);
      if (Deno.uid() !== 0) return;
      Deno.chownSync(`${ws}/id`, 4242, 4242);
      Deno.chmodSync(`${ws}/id`, 0o4755);
    },
    script: `test "$(./id -u)" = "$(id -u)" || echo BREACH`,
    control: "root",
    landlock: true,
  },
  {
    name: "survive in the background",
    script: `setsid sh -c 'sleep 0.3; echo x > "$WS/made"' < /dev/null > /dev/null 2>&1 & exit 0`,
    breach: async ({ ws }) => {
      await new Promise((resolve) => setTimeout(resolve, 600));
      return exists(`${ws}/made`);
    },
    control: "always",
  },
  {
    name: "stay in the session in the background",
    script: `sleep 61 < /dev/null > /dev/null 2>&1 & exit 0`,
    breach: ({ marked }) => marked("sleep", "61"),
    control: "always",
    landlock: true,
  },
  {
    name: "type into the terminal",
    tty: true,
    script: perl(
      `open(T, "+<", "/dev/tty") or open(T, "+<&0"); my $c = "x"; ioctl(T, 0x5412, $c) and print "BREACH"; ioctl(STDIN, 0x5412, $c) and print "BREACH"`,
    ),
    control: "root",
    landlock: true,
  },
  {
    name: "change the mode, times and owner of files outside",
    trap: ({ out }) => {
      Deno.chmodSync(`${out}/secret`, 0o640);
      Deno.utimeSync(`${out}/secret`, 1000, 1000);
    },
    script:
      `chmod 777 "$OUT/secret"; touch -d @5 "$OUT/secret"; chown 1:1 "$OUT/secret"; setfattr -n user.x -v y "$OUT/secret"`,
    breach: ({ out }) => {
      const { mode, mtime } = Deno.statSync(`${out}/secret`);
      return ((mode ?? 0) & 0o777) !== 0o640 || mtime?.getTime() !== 1_000_000;
    },
    control: "always",
    landlock: true,
  },
  {
    name: "descriptors left open",
    script: perl(
      `opendir(D, "/proc/self/fd"); for (readdir D) { /^\\d+$/ && $_ > 2 && $_ != fileno(D) and print "BREACH $_ ", readlink("/proc/self/fd/$_") }`,
    ),
    control: "none",
    landlock: true,
  },
  {
    name: "raw devices and terminals of others",
    profile: ["r :root"],
    script: `for d in /dev/sd? /dev/vd? /dev/nvme* /dev/mem /dev/kmsg /dev/pts/[0-9]*; do
      dd if="$d" bs=1 count=1 iflag=nonblock 2>&1 | grep -q "^1+0 records out" && echo "BREACH $d"; done`,
    control: "none",
    landlock: true,
  },
];
