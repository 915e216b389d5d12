import { dirname } from "@std/path";
import { bundleModule } from "../support/bundle_module.ts";
import { ROOT } from "./command.ts";

const DECODER = "client/tools/image/decode_worker.ts";
const DECODER_MEMORY = "node_modules/@silvia-odwyer/photon-node/photon_rs_bg.wasm";

/**
 * Bundles the program into one file. What `deno bundle` leaves outside is put in: the thread that decodes images, and
 * its WebAssembly.
 *
 * @param output path of the file
 * @throws {Error} when the bundler fails, or has changed its output so that a part would be left outside
 */
export async function bundle(output: string): Promise<void> {
  const wasm = await Deno.readFile(`${ROOT}/${DECODER_MEMORY}`);
  const decoder = replaceEach(await bundled(DECODER), {
    '__require("node:fs").readFileSync(path)': `Uint8Array.fromBase64("${wasm.toBase64()}")`,
    '__require("node:path").join(__dirname, "photon_rs_bg.wasm")': "undefined",
    // the address of a thread made from a text is not one of a file
    "createRequire(import.meta.url)": 'createRequire("file:///")',
  });
  const program = replaceEach(await bundled("mod.ts"), {
    'new URL("./decode_worker.ts", import.meta.url)': `URL.createObjectURL(new Blob([${
      JSON.stringify(decoder)
    }], { type: "text/javascript" }))`,
  });
  await Deno.mkdir(dirname(output), { recursive: true });
  await Deno.writeTextFile(output, program);
}

async function bundled(entry: string): Promise<string> {
  const text = await bundleModule(entry);
  if (text === undefined) throw new Error(`Deno cannot bundle ${entry}`);
  return text;
}

function replaceEach(text: string, replacements: Readonly<Record<string, string>>): string {
  for (const [part, replacement] of Object.entries(replacements)) {
    const [before = "", after, ...rest] = text.split(part);
    if (after === undefined || rest.length > 0) throw new Error(`The bundle should have once: ${part}`);
    text = before + replacement + after;
  }
  return text;
}
