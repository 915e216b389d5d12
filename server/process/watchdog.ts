import type { Placeholder } from "../../sandbox/mod.ts";
import type { PlaceholderKeeper } from "./sandbox/placeholders.ts";
import type { Child, Spawner } from "./spawner.ts";

/**
 * What the watchdog runs: it remembers the groups named on its stdin (`+ PGID`, `- PGID`) and the placeholders (`! PATH`,
 * `. PATH`, escaped for printf). When the server is gone and stdin ends, it kills the groups, everything in their
 * sessions and everything descended from those, until none is left, and removes the placeholders that no other server
 * has locked and that are still empty.
 */
const SCRIPT = `
trap '' TERM INT HUP QUIT
groups=' '
held=' '
while read -r op name; do
  case $op in
    +) groups="$groups$name " ;;
    -) case $groups in *" $name "*) groups="\${groups%% $name *} \${groups#* $name }" ;; esac ;;
    !) held="$held$name " ;;
    .) case $held in *" $name "*) held="\${held%%" $name "*} \${held#*" $name "}" ;; esac ;;
  esac
done
finish() {
  for name in $held; do
    path=$(printf '%b.' "$name")
    path=\${path%.}
    [ -L "$path" ] && continue
    if [ -d "$path" ]; then remove=rmdir; elif [ -f "$path" ] && [ ! -s "$path" ]; then remove='rm -f'; else continue; fi
    (
      exec 9< "$path" || exit
      if command -v flock > /dev/null; then flock -xn 9 || exit; fi
      $remove "$path"
    ) 2>/dev/null
  done
  exit 0
}
set -f
[ "$groups" = ' ' ] && finish
set +f
pass=0
while [ $pass -lt 20 ]; do
  pass=$((pass + 1))
  table=$(for f in /proc/[0-9]*/stat; do
    { read -r line < "$f"; } 2>/dev/null || continue
    set -- \${line##*) }
    [ "$1" = Z ] || echo "\${line%% *} $2 $3 $4"
  done)
  for g in $groups; do kill -KILL -"$g" 2>/dev/null; done
  doomed=' '
  again=1
  while [ $again = 1 ]; do
    again=0
    while read -r pid ppid pgid sid; do
      case $doomed in *" $pid "*) continue ;; esac
      case $groups in
        *" $pgid "* | *" $sid "*) ;;
        *) case $doomed in *" $ppid "*) ;; *) continue ;; esac ;;
      esac
      doomed="$doomed$pid "
      again=1
    done <<END
$table
END
  done
  [ "$doomed" = ' ' ] && break
  kill -KILL $doomed 2>/dev/null
done
set -f
finish
`;

const RETRY_MS = 500;

/**
 * Keeps the promise that no process outlives the server, even one ended by SIGKILL: a small shell beside the server
 * whose stdin closes with it. One per server, started with the first process and again should it be killed.
 */
export class Watchdog implements PlaceholderKeeper {
  readonly #spawner: Spawner;
  readonly #groups = new Set<number>();
  readonly #placeholders = new Set<string>();
  #child: Child | undefined;
  #exited: PromiseWithResolvers<void> = Promise.withResolvers();
  #stopping = false;

  /** @param spawner starts the shell */
  constructor(spawner: Spawner) {
    this.#spawner = spawner;
  }

  /** Starts the shell if it is not running. @throws {SpawnError} when it cannot be started */
  ensure(): void {
    if (this.#child !== undefined || this.#stopping) return;
    this.#exited = Promise.withResolvers();
    const child = this.#spawner.spawn({
      program: "/bin/sh",
      argv: ["exec-server-watchdog", "-c", SCRIPT],
      env: new Map([["PATH", "/usr/bin:/bin"]]),
      cwd: "/",
      stdio: { kind: "pipes", stdin: true },
    }, {
      output: () => {},
      ended: () => {},
      exited: () => this.#restart(),
    });
    this.#child = child;
    for (const group of this.#groups) this.#tell(`+ ${group}\n`);
    for (const path of this.#placeholders) this.#tell(`! ${escapePath(path)}\n`);
  }

  /** Watches over a process group. */
  add(pgid: number): void {
    this.#groups.add(pgid);
    this.#tell(`+ ${pgid}\n`);
  }

  /** Forgets a group that has no process any more: its number may be given to another. */
  remove(pgid: number): void {
    if (this.#groups.delete(pgid)) this.#tell(`- ${pgid}\n`);
  }

  /** Removes a placeholder when the server is gone. */
  holds({ path }: Placeholder): void {
    this.ensure();
    this.#placeholders.add(path);
    this.#tell(`! ${escapePath(path)}\n`);
  }

  /** Forgets a placeholder. */
  releases({ path }: Placeholder): void {
    if (this.#placeholders.delete(path)) this.#tell(`. ${escapePath(path)}\n`);
  }

  /** Kills all watched groups, their sessions and descendants, and resolves when that is done. */
  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#child === undefined) return;
    this.#child.input?.end();
    await this.#exited.promise;
  }

  #tell(line: string): void {
    this.#child?.input?.write(new TextEncoder().encode(line));
  }

  #restart(): void {
    this.#child?.input?.close();
    this.#child?.cancel();
    this.#child = undefined;
    this.#exited.resolve();
    this.#startAgain();
  }

  #startAgain(): void {
    if (this.#stopping || this.#groups.size + this.#placeholders.size === 0) return;
    try {
      this.ensure();
    } catch {
      // no descriptor or process is left: the groups are without protection until there is
      Deno.unrefTimer(setTimeout(() => this.#startAgain(), RETRY_MS));
    }
  }
}

/** A path as `printf %b` reads it, without anything a shell would take apart. */
function escapePath(path: string): string {
  return Array.from(new TextEncoder().encode(path), (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w./-]/.test(character) ? character : `\\0${byte.toString(8).padStart(3, "0")}`;
  }).join("");
}
