export * from "../protocol/legacy_policy.ts";
