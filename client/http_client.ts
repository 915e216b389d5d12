export type {
  HttpCallOptions,
  HttpClient,
  HttpHeader,
  HttpRequest,
  HttpResponse,
  HttpResponseHead,
  HttpResponseHeader,
  HttpStreamResponse,
} from "../protocol/mod.ts";
