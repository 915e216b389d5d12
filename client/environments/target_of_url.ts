import { EnvironmentError } from "./environment_error.ts";
import { DEFAULT_TIMEOUT_MS, type UrlTarget } from "./environment_target.ts";
import { trimWhiteSpace } from "./trim.ts";
import { bearerHeaders, requestIdHeaders } from "./websocket_headers.ts";

/** Further options of {@linkcode targetOfUrl}. */
export interface UrlTargetOptions {
  /** Bound of connecting, ms; default 10 s. */
  readonly connectTimeoutMs?: number | undefined;
  /** Bound of the handshake, ms; default 10 s. */
  readonly initializeTimeoutMs?: number | undefined;
  /** Sent as `authorization: Bearer …`; needs `wss://` or a loopback host. */
  readonly authBearerToken?: string | undefined;
  /** Sent as `x-request-id`; needs `wss://` or a loopback host. */
  readonly websocketRequestId?: string | undefined;
}

/**
 * The place a URL names. Its form is not checked: what makes no sense fails when it is used.
 *
 * Source: environments, section 3.3.
 *
 * @throws {EnvironmentError} for a URL that names none, or headers that may not be sent
 */
export function targetOfUrl(rawUrl: string, options: UrlTargetOptions = {}): UrlTarget {
  const url = trimWhiteSpace(rawUrl);
  if (url.toLowerCase() === "none") {
    throw new EnvironmentError("remote environment cannot use disabled exec-server url");
  }
  if (url === "") throw new EnvironmentError("remote environment requires an exec-server url");
  const { authBearerToken, websocketRequestId } = options;
  const headers = {
    ...authBearerToken !== undefined && bearerHeaders(url, authBearerToken),
    ...websocketRequestId !== undefined && requestIdHeaders(url, websocketRequestId),
  };
  return {
    kind: "url",
    url,
    connectTimeoutMs: options.connectTimeoutMs ?? DEFAULT_TIMEOUT_MS,
    initializeTimeoutMs: options.initializeTimeoutMs ?? DEFAULT_TIMEOUT_MS,
    ...Object.keys(headers).length > 0 && { headers },
  };
}
