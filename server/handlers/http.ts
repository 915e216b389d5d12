import { decodeBase64, type DecodedParams, type HttpRequest, invalidParams } from "../../protocol/mod.ts";
import type { HttpRequests } from "../http/http_requests.ts";
import type { Handlers } from "./handlers.ts";

/** The handlers of `http/*`; sections 1.1 to 1.10 of HTTP and MCP. */
export function httpHandlers(requests: HttpRequests): Handlers {
  return {
    "http/request": (params) => {
      const { requestId, streamResponse } = params;
      const request = () => decodeRequest(params);
      return streamResponse ? requests.streamed(requestId, request) : requests.buffered(requestId, request);
    },
    "http/request/cancel": ({ requestId }) => ({ cancelled: requests.cancel(requestId) }),
  };
}

function decodeRequest(params: DecodedParams<"http/request">): HttpRequest {
  const { method, url, headers, bodyBase64, timeoutMs, redirectPolicy } = params;
  return { method, url, headers, body: decodeBody(bodyBase64), timeoutMs, redirectPolicy };
}

function decodeBody(text: string | null | undefined): Uint8Array | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return decodeBase64(text);
  } catch (error) {
    throw invalidParams(`params.bodyBase64: ${(error as Error).message}`);
  }
}
