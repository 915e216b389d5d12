import { exists } from "../support/exists.ts";

/** Which original the transcripts were taken from: codex 0.130.0 or 0.169.0. */
export type Generation = "130" | "169";

/** One golden transcript. */
export interface GoldenFile {
  readonly name: string;
  readonly url: URL;
  /** It waits for the original's timers; run on request only. */
  readonly slow: boolean;
}

const FOLDER = new URL("../../../shared/golden/", import.meta.url);

/** The golden transcripts of a generation; empty in a clone that has no `../shared` beside it. */
export function goldenFiles(generation: Generation): GoldenFile[] {
  const folder = new URL(`${generation}/`, FOLDER);
  if (!exists(folder)) return [];
  return [...Deno.readDirSync(folder)]
    .filter(({ name }) => name.endsWith(".json"))
    .map(({ name }) => ({ name, url: new URL(name, folder), slow: name.startsWith("slow_") }))
    .toSorted((a, b) => a.name < b.name ? -1 : 1);
}
