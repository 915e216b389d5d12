export * from "../protocol/encode_sandbox.ts";
