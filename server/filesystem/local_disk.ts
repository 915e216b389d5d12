const RECHECK_MS = 1_000;
const REMOTE =
  /^(nfs|cifs|smb|fuse|9p|ceph|afs|lustre|autofs|virtiofs|ocfs2|gfs2|gpfs|gluster|beegfs|orangefs|pvfs|coda|ncp|davfs|drvfs|vboxsf|vmhgfs|prl_fs)/;

let checkedAt = -Infinity;
let localOnly = false;

/**
 * Whether no mounted filesystem can hang on a remote peer or a user's daemon, so that a short synchronous call cannot
 * stop the server. Read from the mount table at most once a second; false where there is no such table.
 */
export function onlyLocalDisks(): boolean {
  const now = performance.now();
  if (now - checkedAt < RECHECK_MS) return localOnly;
  checkedAt = now;
  localOnly = readMountTable();
  return localOnly;
}

function readMountTable(): boolean {
  if (Deno.build.os !== "linux") return false;
  try {
    return !mayHang(Deno.readTextFileSync("/proc/self/mountinfo"));
  } catch {
    return false;
  }
}

/** Whether a mount table in the form of `/proc/self/mountinfo` names a filesystem that can hang. */
export function mayHang(mountInfo: string): boolean {
  return mountInfo.split("\n").some((line) => {
    const [mount, filesystem] = line.split(" - ", 2);
    const type = filesystem?.split(" ", 1)[0] ?? "";
    if (!REMOTE.test(type) || type === "fusectl") return false;
    // systemd puts this trigger on every host; what it mounts is local
    return !(type === "autofs" && mount?.split(" ")[4] === "/proc/sys/fs/binfmt_misc");
  });
}
