/** Where an MCP server is reached. */
export type McpListen =
  | { readonly kind: "stdio" }
  | { readonly kind: "http"; readonly hostname: string; readonly port: number };

/** Reads `stdio` or `http://IP:PORT`. @throws {Error} naming what was expected */
export function parseMcpListen(text: string): McpListen {
  if (text === "stdio") return { kind: "stdio" };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const hostname = url?.hostname.replace(/^\[|\]$/g, "") ?? "";
  const isPlain = url !== undefined && url.protocol === "http:" && /^(\/|\/mcp)$/.test(url.pathname) &&
    url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  // a name may lead anywhere; what to bind is said by address
  if (!isPlain || !/^(\d+\.\d+\.\d+\.\d+|.*:.*)$/.test(hostname)) {
    throw new Error(`unsupported --listen \`${text}\`; expected \`stdio\` or \`http://IP:PORT\``);
  }
  return { kind: "http", hostname, port: url.port === "" ? 80 : Number(url.port) };
}
