import type { Base64Body, DecodedParams, MethodName, ResultOf } from "../../protocol/mod.ts";

/** A result whose text members may still be unencoded bytes. */
export type Encodable<R> = { [K in keyof R]: string extends R[K] ? R[K] | Base64Body : R[K] };

/** Answers one method: takes decoded parameters, returns the result or throws an RpcError. */
export type Handler<M extends MethodName> = (
  params: DecodedParams<M>,
) => Encodable<ResultOf<M>> | Promise<Encodable<ResultOf<M>>>;

/** The handlers of one connection. A method of the table without a handler is answered with -32601. */
export type Handlers = { readonly [M in MethodName]?: Handler<M> };
