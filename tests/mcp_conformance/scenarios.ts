/**
 * The suite's client scenarios, but those of its extensions and of drafts, and one of the protocol of March 2025: in
 * `auth/2025-03-26-oauth-metadata-backcompat` the server's metadata names another issuer than where they are, which the
 * SDK refuses (RFC 8414, section 3.3).
 */
export const SCENARIOS: readonly string[] = [
  "initialize",
  "tools_call",
  "elicitation-sep1034-client-defaults",
  "sse-retry",
  "auth/metadata-default",
  "auth/metadata-var1",
  "auth/metadata-var2",
  "auth/metadata-var3",
  "auth/basic-cimd",
  "auth/scope-from-www-authenticate",
  "auth/scope-from-scopes-supported",
  "auth/scope-omitted-when-undefined",
  "auth/scope-step-up",
  "auth/scope-retry-limit",
  "auth/token-endpoint-auth-basic",
  "auth/token-endpoint-auth-post",
  "auth/token-endpoint-auth-none",
  "auth/pre-registration",
  "auth/2025-03-26-oauth-endpoint-fallback",
];
