// what a profile says is no secret of the sandbox: clients write them
export * from "../protocol/permission_profile.ts";
