import { z } from "zod";
import { pathSchema } from "./common.ts";

const tomlPaths = z.array(z.array(z.string())).describe("TOML key paths to read");

/** Result of `environment/status`. */
export const statusResult = z.object({ status: z.string().describe("ready") });

/** Parameters of `environmentConfig/read`. */
export const configReadParams = z.object({
  cwd: pathSchema,
  configPaths: tomlPaths,
  requirementsPaths: tomlPaths,
});

/** Layers of one kind of configuration file. */
export const configLayersSchema = z.object({
  layers: z.array(z.unknown()).describe("the requested keys of each configuration file, and which it is"),
  cloudInsertionIndex: z.number().int().describe("where the client's own layers go among them"),
});

/** Result of `environmentConfig/read`. */
export const configReadResult = z.object({
  userHomeDir: z.string().describe("file: URI"),
  codexHomeDir: z.string().describe("file: URI"),
  hostname: z.string(),
  config: configLayersSchema,
  requirements: configLayersSchema,
});
