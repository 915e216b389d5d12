/** Who a connection acts for: only the same one may resume its sessions. */
export type Principal = string;

/** What an authenticator found: who it is, or the text the request is refused with. */
export type AuthResult = { readonly principal: Principal } | { readonly refusal: string };

/** Decides who opens a websocket, by the `Authorization` header of its HTTP request. */
export interface Authenticator {
  /** Never rejects for what a client sent. @param authorization the header's value, if there is one */
  authenticate(authorization: string | undefined): Promise<AuthResult>;
}
