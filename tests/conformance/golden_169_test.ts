import { defineGoldenTest } from "./golden_suite.ts";

await defineGoldenTest("169");
