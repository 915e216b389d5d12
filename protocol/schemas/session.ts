import { z } from "zod";

/** Walls of one kind; own addition. */
export const sandboxWallsSchema = z.object({
  walls: z.array(z.string()).describe("names of what stands, the strongest first"),
  missing: z.array(z.string()).optional().describe("walls that do not stand, with the reason of each"),
});

/** What holds sandboxed requests on this executor; own addition. */
export const sandboxInfoSchema = z.object({
  filesystem: sandboxWallsSchema.optional().describe("files: descriptorWalk, landlock:ABI, denoFlags, canonicalPaths"),
  process: sandboxWallsSchema.optional().describe("processes"),
});

/** Where the executor runs and what it can do (section 11.1). */
export const environmentInfoSchema = z.object({
  shell: z.object({
    name: z.string().describe("bash, zsh, sh, powershell or cmd"),
    path: z.string().describe("native path"),
  }).describe("the user's shell"),
  executorVersion: z.string().optional().describe("of the server's program"),
  providerId: z.string().optional().describe("stable hash of the installation: sha256:<64 hex>"),
  cwd: z.string().nullish().describe("directory the server was started in, file: URI"),
  userHomeDir: z.string().nullish().describe("home of its user, file: URI"),
  platformOs: z.string().optional().describe("linux, macos or windows"),
  prependPathDirs: z.array(z.string()).optional().describe("directories with helpers of the installation, file: URIs"),
  temporaryDirectories: z.array(z.string()).optional().describe("TMPDIR when it is set, file: URI"),
  tempDir: z.string().nullish().describe("TMPDIR, or where temporary files go without it, file: URI"),
  capabilities: z.record(z.string(), z.boolean()).optional().describe("absent means false"),
  sandbox: sandboxInfoSchema.optional().describe("absent when it is not known"),
});

/** Parameters of `initialize`. */
export const initializeParams = z.object({
  clientName: z.string(),
  resumeSessionId: z.string().nullish().describe("id of a detached session to continue"),
});

/** Result of `initialize`. */
export const initializeResult = z.object({
  sessionId: z.string().describe("lower-case UUID v4"),
  environmentInfo: environmentInfoSchema.optional(),
});
