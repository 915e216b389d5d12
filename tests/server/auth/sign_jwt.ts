/** A JWT as an issuer makes it, by Web Crypto alone: what checks it is not what made it. */
export async function signJwt(
  secret: string,
  payload: unknown,
  header: Readonly<Record<string, unknown>> = { alg: "HS256", typ: "JWT" },
  hash = "SHA-256",
): Promise<string> {
  const bytes = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash }, false, ["sign"]);
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  const content = `${base64Url(new TextEncoder().encode(JSON.stringify(header)))}.${
    base64Url(new TextEncoder().encode(text))
  }`;
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(content));
  return `${content}.${base64Url(new Uint8Array(signature))}`;
}

function base64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
