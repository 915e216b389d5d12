import { splitComponents } from "../glob.ts";
import { isAtOrBelow, type Policy, type PolicyEntry } from "../policy.ts";
import type { NetworkAccess } from "../profile.ts";
import { PROTECTED_NAMES } from "../protected_metadata.ts";

/** What `/usr/bin/sandbox-exec` takes before the command. */
export interface SeatbeltPolicy {
  /** The policy in its language; `-p`. */
  readonly text: string;
  /** Paths by the names they have in the text; `-DNAME=PATH`. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** What a seatbelt policy depends on besides paths. */
export interface SeatbeltOptions {
  /** Whether it may use the network. */
  readonly network: NetworkAccess;
  /** Whether the profile asks for what programs need to run. */
  readonly platformDefaults: boolean;
}

/** What every program needs whatever its files: itself, its kind, the system's answers, and the harmless devices. */
const BASE = `(version 1)
(deny default)
(allow process-exec)
(allow process-fork)
(allow process-info* (target same-sandbox))
(allow signal (target same-sandbox))
(allow sysctl-read)
(allow pseudo-tty)
(allow ipc-posix-sem)
(allow mach-lookup (global-name "com.apple.system.opendirectoryd.libinfo") (global-name "com.apple.PowerManagement.control"))
(allow file-read-metadata)
(allow file-read* file-write* (literal "/dev/null") (literal "/dev/zero") (literal "/dev/tty") (regex #"^/dev/ttys[0-9]+$"))
(allow file-read* (literal "/dev/random") (literal "/dev/urandom") (literal "/"))
(allow file-ioctl (literal "/dev/tty") (regex #"^/dev/ttys[0-9]+$"))`;

const PLATFORM_DEFAULTS = [
  "/bin",
  "/sbin",
  "/usr",
  "/etc",
  "/private/etc",
  "/System",
  "/Library/Apple",
  "/private/var/db/dyld",
  "/private/var/select",
];

/**
 * The policy text for macOS. Untested on hardware: its form is tested, what the kernel makes of it is not.
 *
 * Source: exec-server permissions, section 4.6.
 *
 * @param policy resolved on this machine, so that its paths are real
 * @throws {RangeError} for a quote in a writable root or a glob
 */
export function seatbeltPolicy(policy: Policy, options: SeatbeltOptions): SeatbeltPolicy {
  const parameters = new Map<string, string>();
  const sections = [
    BASE,
    readSection(policy, parameters),
    writeSection(policy, parameters),
    ...policy.denyGlobs.map(globSection),
    ...options.network === "enabled" ? ["(allow network*)\n(allow system-socket)"] : [],
    ...options.platformDefaults && !policy.fullRead
      ? [`(allow file-read* ${PLATFORM_DEFAULTS.map((path) => `(subpath ${quoted(path)})`).join(" ")})`]
      : [],
  ];
  return { text: sections.filter((section) => section !== "").join("\n"), parameters };
}

/** Arguments of sandbox-exec for a command. */
export function seatbeltArguments({ text, parameters }: SeatbeltPolicy, command: readonly string[]): string[] {
  return ["-p", text, ...[...parameters].map(([name, path]) => `-D${name}=${path}`), "--", ...command];
}

function readSection(policy: Policy, parameters: Map<string, string>): string {
  if (policy.fullRead) return "(allow file-read*)";
  const readable = ({ access }: PolicyEntry) => access !== "deny";
  const roots = policy.entries.filter((entry) => readable(entry) && !isReadable(above(policy, entry)));
  return rule("file-read*", "READABLE_ROOT", roots, policy, parameters, ({ access }) => access === "deny");
}

function writeSection(policy: Policy, parameters: Map<string, string>): string {
  if (policy.fullWrite) return '(allow file-write* (regex #"^/"))';
  const roots = policy.entries.filter(({ access }) => access === "write");
  return rule("file-write*", "WRITABLE_ROOT", roots, policy, parameters, ({ access }) => access !== "write");
}

/** One allow rule: each root without what is closed in it; what is reopened there is a root of its own. */
function rule(
  operation: string,
  prefix: string,
  roots: readonly PolicyEntry[],
  policy: Policy,
  parameters: Map<string, string>,
  closes: (entry: PolicyEntry) => boolean,
): string {
  const filters = roots.map((root, i) => {
    const name = `${prefix}_${i}`;
    parameters.set(name, root.path);
    const own = `(subpath (param "${name}"))`;
    const closed = policy.entries.filter((entry) =>
      closes(entry) && entry.path !== root.path && isAtOrBelow(entry.path, root.path)
    );
    const without = closed.map((entry, j) => exclusion(entry, root, `${name}_EXCLUDED_${j}`, parameters));
    return without.length === 0 ? own : `(require-all ${own} ${without.join(" ")})`;
  });
  return filters.length === 0 ? "" : `(allow ${operation} ${filters.join(" ")})`;
}

function exclusion(entry: PolicyEntry, root: PolicyEntry, name: string, parameters: Map<string, string>): string {
  const base = root.path === "/" ? "" : root.path;
  const protectedName = PROTECTED_NAMES.find((candidate) => entry.path === `${base}/${candidate}`);
  if (protectedName !== undefined && entry.access === "read") {
    return `(require-not (regex ${quotedRegex(`^${escapeRegex(entry.path)}(/.*)?$`)}))`;
  }
  parameters.set(name, entry.path);
  return `(require-not (literal (param "${name}"))) (require-not (subpath (param "${name}")))`;
}

function above(policy: Policy, { path }: PolicyEntry): PolicyEntry | undefined {
  let nearest: PolicyEntry | undefined;
  for (const entry of policy.entries) {
    if (entry.path === path || !isAtOrBelow(path, entry.path)) continue;
    if (nearest === undefined || entry.path.length > nearest.path.length) nearest = entry;
  }
  return nearest;
}

function isReadable(entry: PolicyEntry | undefined): boolean {
  return entry !== undefined && entry.access !== "deny";
}

function globSection(pattern: string): string {
  const regex = quotedRegex(globRegex(pattern));
  return `(deny file-read* (regex ${regex}))\n(deny file-write-unlink (regex ${regex}))`;
}

/** A match and everything below it, as everywhere in this sandbox. */
function globRegex(pattern: string): string {
  const components = splitComponents(pattern);
  const parts = components.map((component, i) => {
    const last = i === components.length - 1;
    if (component === "**") return last ? ".*" : "(.*/)?";
    return `${componentRegex(component)}${last ? "" : "/"}`;
  });
  return `^/${parts.join("")}(/.*)?$`;
}

function componentRegex(component: string): string {
  let regex = "";
  for (let i = 0; i < component.length; i++) {
    const character = component[i] as string;
    const close = character === "[" ? component.indexOf("]", i + (/^\[[!^]/.test(component.slice(i)) ? 3 : 2)) : -1;
    if (character === "*") regex += regex.endsWith("[^/]*") ? "" : "[^/]*";
    else if (character === "?") regex += "[^/]";
    else if (character === "\\" && i + 1 < component.length) regex += escapeRegex(component[++i] as string);
    else if (close !== -1) {
      regex += `[${component.slice(i + 1, close).replace(/^[!^]/, "^")}]`;
      i = close;
    } else regex += escapeRegex(character);
  }
  return regex;
}

function escapeRegex(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|"]/g, "\\$&");
}

function quoted(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, "\\$&")}"`;
}

/** There is no way to write a quote in one, and what stood behind it would be policy. */
function quotedRegex(regex: string): string {
  if (regex.includes('"')) throw new RangeError(`a quote cannot be part of a protected path or a glob: ${regex}`);
  return `#"${regex}"`;
}
