/**
 * The sandbox: what a permission profile allows and how this host enforces it.
 *
 * @module
 */
export * from "./restricts.ts";
