/**
 * Which environment is the default one: the named one; none (`disabled`: agents get no shell and no files); or `derived`:
 * `remote` when there is one of that name, else `local` when there is one, else none.
 *
 * Source: environments, section 3.1.
 */
export type DefaultSelection =
  | { readonly kind: "environment"; readonly id: string }
  | { readonly kind: "derived" }
  | { readonly kind: "disabled" };

/** The default that a selection means. @param ids environments there are @returns an id, not checked, or undefined for none */
export function resolveSelection(selection: DefaultSelection, ids: ReadonlySet<string>): string | undefined {
  if (selection.kind === "environment") return selection.id;
  if (selection.kind === "disabled") return undefined;
  return ["remote", "local"].find((id) => ids.has(id));
}
