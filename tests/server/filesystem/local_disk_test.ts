import { assertEquals } from "@std/assert";
import { mayHang } from "../../../server/filesystem/local_disk.ts";

function mount(type: string, at = "/mnt"): string {
  return `36 35 98:0 / ${at} rw,noatime master:1 - ${type} source rw`;
}

Deno.test("mayHang() knows remote filesystems and user daemons", () => {
  const types = ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "fuseblk", "9p", "ceph", "afs", "lustre", "virtiofs"];
  for (const type of types) assertEquals(mayHang(`${mount("ext4")}\n${mount(type)}\n`), true, type);
  assertEquals(mayHang(mount("autofs", "/home")), true);
});

Deno.test("mayHang() is false for local ones", () => {
  const types = ["ext4", "xfs", "btrfs", "overlay", "tmpfs", "proc", "fusectl", "nsfs"];
  assertEquals(mayHang(types.map((type) => mount(type)).join("\n")), false);
  assertEquals(mayHang(mount("autofs", "/proc/sys/fs/binfmt_misc")), false);
  assertEquals(mayHang(mount("ext4", "/nfs")), false);
});
