/**
 * Writes the frozen wire anew. Run it by `deno task bless` after a change of the wire that is meant, and read the diff.
 *
 * @module
 */
import { renderWire, SNAPSHOT_URL, snapshotText } from "./wire_snapshot.ts";

if (import.meta.main) await Deno.writeTextFile(SNAPSHOT_URL, snapshotText(renderWire()));
