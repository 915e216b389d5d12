import type { Child, Spawner } from "./spawner.ts";

/**
 * What the watchdog runs: it remembers the groups named on its stdin (`+ PGID`, `- PGID`) and, when the server is gone
 * and stdin ends, kills them, everything in their sessions and everything descended from those, until none is left.
 */
const SCRIPT = `
trap '' TERM INT HUP QUIT
groups=' '
while read -r op pgid; do
  case $op in
    +) groups="$groups$pgid " ;;
    -) case $groups in *" $pgid "*) groups="\${groups%% $pgid *} \${groups#* $pgid }" ;; esac ;;
  esac
done
[ "$groups" = ' ' ] && exit 0
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
  [ "$doomed" = ' ' ] && exit 0
  kill -KILL $doomed 2>/dev/null
done
`;

const RETRY_MS = 500;

/**
 * Keeps the promise that no process outlives the server, even one ended by SIGKILL: a small shell beside the server
 * whose stdin closes with it. One per server, started with the first process and again should it be killed.
 */
export class Watchdog {
  readonly #spawner: Spawner;
  readonly #groups = new Set<number>();
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
    if (this.#stopping || this.#groups.size === 0) return;
    try {
      this.ensure();
    } catch {
      // no descriptor or process is left: the groups are without protection until there is
      Deno.unrefTimer(setTimeout(() => this.#startAgain(), RETRY_MS));
    }
  }
}
