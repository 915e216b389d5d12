/**
 * Writes the frozen wire and its types anew. Run it by `deno task bless` after a change of the wire that is meant, and read the diff.
 *
 * @module
 */
import { renderWire, SNAPSHOT_URL, snapshotText } from "./wire_snapshot.ts";
import { renderWireTypes, WIRE_TYPES_URL } from "./wire_types.ts";

if (import.meta.main) {
  await Deno.writeTextFile(SNAPSHOT_URL, snapshotText(renderWire()));
  await Deno.writeTextFile(WIRE_TYPES_URL, renderWireTypes());
}
