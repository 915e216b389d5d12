import { internalError, TEXTS } from "../../protocol/mod.ts";
import { toRpcError } from "../filesystem/os_error.ts";

const VARIABLES = ["CODEX_CA_CERTIFICATE", "SSL_CERT_FILE"];
const HINT =
  "If you set CODEX_CA_CERTIFICATE or SSL_CERT_FILE, ensure it points to a PEM file containing one or more " +
  "CERTIFICATE blocks, or unset it to use system roots.";
const BLOCK = /-----BEGIN (TRUSTED )?CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END (?:TRUSTED )?CERTIFICATE-----/g;
const SEQUENCE = 0x30, BIT_STRING = 0x03;

/**
 * The certificates that are trusted besides the normal roots, as PEM, one each.
 *
 * Source: HTTP and MCP, section 1.12.
 *
 * @param environment variables of the executor; empty ones count as unset
 * @throws {RpcError} -32603 saying which file of which variable cannot be used
 */
export async function readCaCertificates(environment: Readonly<Record<string, string>>): Promise<string[]> {
  const name = VARIABLES.find((variable) => environment[variable]);
  if (name === undefined) return [];
  const path = environment[name] as string;
  const fail = (what: string, reason: string, cause?: unknown): never => {
    const text = `${what} ${path} selected by ${name}: ${reason}. ${HINT}`;
    throw internalError(TEXTS.httpFailed(text), { cause });
  };
  let pem: string;
  try {
    pem = new TextDecoder().decode(await Deno.readFile(path));
  } catch (error) {
    return fail("Failed to read CA certificate file", toRpcError(error).message, error);
  }
  const blocks = [...pem.matchAll(BLOCK)];
  if (blocks.length === 0) fail("Failed to load CA certificates from", "no certificates found in PEM file");
  return blocks.map(([, , base64 = ""], index) => {
    const der = certificate(base64);
    return der === undefined
      ? fail(`Failed to parse certificate #${index + 1} from`, "builder error")
      : `-----BEGIN CERTIFICATE-----\n${der.toBase64()}\n-----END CERTIFICATE-----\n`;
  });
}

/** The certificate in a block, without what OpenSSL appends to a trusted one; undefined when it is none. */
function certificate(base64: string): Uint8Array | undefined {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(base64);
  } catch {
    return undefined;
  }
  const outer = element(bytes, 0);
  if (outer?.tag !== SEQUENCE) return undefined;
  // Certificate ::= SEQUENCE { tbsCertificate SEQUENCE, signatureAlgorithm SEQUENCE, signatureValue BIT STRING }
  let at = outer.start;
  for (const tag of [SEQUENCE, SEQUENCE, BIT_STRING]) {
    const part = element(bytes, at);
    if (part?.tag !== tag) return undefined;
    at = part.end;
  }
  return at === outer.end ? bytes.subarray(0, outer.end) : undefined;
}

/** The element of DER at an offset. */
function element(bytes: Uint8Array, at: number): { tag: number; start: number; end: number } | undefined {
  const tag = bytes[at];
  let length = bytes[at + 1];
  if (tag === undefined || length === undefined) return undefined;
  let start = at + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4) return undefined;
    length = 0;
    for (const byte of bytes.subarray(start, start + count)) length = length * 256 + byte;
    start += count;
  }
  const end = start + length;
  return end <= bytes.length ? { tag, start, end } : undefined;
}
