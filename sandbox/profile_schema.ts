import { z } from "zod";
import { LIMITS } from "../protocol/limits.ts";
import { pathMember } from "./path_member.ts";
import type { FileSystemPermissions, PermissionProfile, ProfileEntry, ProfileTarget, SpecialPath } from "./profile.ts";

type Discriminated = readonly [z.core.$ZodTypeDiscriminable, ...z.core.$ZodTypeDiscriminable[]];

/** One of several objects, told apart by a member; the message for an unknown one lists those there are. */
function tagged<const Options extends Discriminated>(member: string, names: readonly string[], options: Options) {
  const expected = `expected one of ${names.map((name) => JSON.stringify(name)).join(", ")}`;
  return z.discriminatedUnion(member, options, {
    error: ({ code }) => code === "invalid_union" ? expected : "expected an object",
  });
}

const network = z.enum(["restricted", "enabled"]);
const subpath = z.string().nullish().transform((text) => text ?? undefined);
const entryPath = pathMember("invalid sandbox permission path URI: ");

const specialKinds = [
  "root",
  "minimal",
  "current_working_directory",
  "project_roots",
  "tmpdir",
  "slash_tmp",
  "unknown",
] as const;
const specialSchema = tagged("kind", specialKinds, [
  z.object({ kind: z.enum(["root", "minimal", "tmpdir", "slash_tmp"]) }),
  z.object({ kind: z.literal("current_working_directory") }).transform(() => ({ kind: "project_roots" as const })),
  z.object({ kind: z.literal("project_roots"), subpath }),
  z.object({ kind: z.literal("unknown"), path: z.string(), subpath }),
]).transform((value): SpecialPath => value as SpecialPath);

const targetSchema = tagged("type", ["path", "glob_pattern", "special"], [
  z.object({ type: z.literal("path"), path: entryPath }),
  z.object({ type: z.literal("glob_pattern"), pattern: z.string().max(LIMITS.maxGlobLength) }),
  z.object({ type: z.literal("special"), value: specialSchema }),
]).transform((target): ProfileTarget => target);

const entrySchema = z.object({
  path: targetSchema,
  access: z.enum(["read", "write", "deny", "none"]).transform((access) => access === "none" ? "deny" : access),
  missing_path_behavior: z.literal("skip").nullish(),
}).transform(({ path, access, missing_path_behavior }): ProfileEntry => ({
  target: path,
  access,
  ...(missing_path_behavior === "skip" && { missingPathBehavior: "skip" }),
}));

const entriesSchema = z.array(entrySchema).max(LIMITS.maxProfileEntries);
const scanDepth = z.number().int().min(1).nullish();

function restricted(entries: readonly ProfileEntry[], depth?: number | null): FileSystemPermissions {
  return { type: "restricted", entries, ...(typeof depth === "number" && { globScanMaxDepth: depth }) };
}

const fileSystemSchema = tagged("type", ["restricted", "unrestricted"], [
  z.object({ type: z.literal("restricted"), entries: entriesSchema, glob_scan_max_depth: scanDepth })
    .transform(({ entries, glob_scan_max_depth }) => restricted(entries, glob_scan_max_depth)),
  z.object({ type: z.literal("unrestricted") }),
]);

const taggedProfileSchema = tagged("type", ["managed", "disabled", "external"], [
  z.object({ type: z.literal("managed"), file_system: fileSystemSchema, network }),
  z.object({ type: z.literal("disabled") }),
  z.object({ type: z.literal("external"), network }),
]).transform((profile): PermissionProfile =>
  profile.type === "managed"
    ? { type: "managed", network: profile.network, fileSystem: profile.file_system as FileSystemPermissions }
    : profile
);

const pathsOf = (access: "read" | "write") =>
  z.array(entryPath).max(LIMITS.maxProfileEntries).nullish().transform((paths) =>
    (paths ?? []).map((path): ProfileEntry => ({ target: { type: "path", path }, access }))
  );
const legacyPathsSchema = z.object({ read: pathsOf("read"), write: pathsOf("write") })
  .transform(({ read, write }) => restricted([...read, ...write]));
const legacyEntriesSchema = z.object({ entries: entriesSchema, glob_scan_max_depth: scanDepth })
  .transform(({ entries, glob_scan_max_depth }) => restricted(entries, glob_scan_max_depth));

/** The object clients of 0.130 may send instead, without `type` (section 1.4). */
const legacyPermissionsSchema = z.object({
  network: z.object({ enabled: z.boolean().nullish() }).nullish(),
  file_system: byMember("entries", legacyEntriesSchema, legacyPathsSchema).nullish(),
}).transform(({ network, file_system }): PermissionProfile => ({
  type: "managed",
  network: network?.enabled === true ? "enabled" : "restricted",
  fileSystem: file_system ?? restricted([]),
}));

/** The first schema for an object that has a member, else the second. */
function byMember<T>(member: string, present: z.ZodType<T>, absent: z.ZodType<T>): z.ZodType<T> {
  return z.unknown().transform((input, context): T => {
    const has = typeof input === "object" && input !== null && Object.hasOwn(input, member);
    const result = (has ? present : absent).safeParse(input);
    if (result.success) return result.data;
    context.issues.push(...result.error.issues as z.core.$ZodRawIssue[]);
    return z.NEVER;
  });
}

/**
 * A permission profile of either generation: tagged by `type`, or the legacy object without one.
 *
 * Source: exec-server permissions, sections 1.3, 1.4 and 1.6.
 */
export const profileSchema: z.ZodType<PermissionProfile> = byMember(
  "type",
  taggedProfileSchema,
  legacyPermissionsSchema,
);
